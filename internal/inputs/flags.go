package inputs

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"
)

// flagValue is a flag's text: it is understood later, together with what the environment gives.
type flagValue struct {
	definition definition
	given      map[string]string
}

func (v flagValue) String() string { return "" }
func (v flagValue) Type() string   { return v.definition.Value }
func (v flagValue) Set(s string) error {
	if strings.TrimSpace(s) != "" {
		v.given[v.definition.key] = v.definition.trim(s)
	}
	return nil
}

// flagSets returns the flags by group, in the order of the definitions, and all of them together.
func (r *Read) flagSets() (groups []*pflag.FlagSet, all *pflag.FlagSet) {
	newSet := func(name string) *pflag.FlagSet {
		set := pflag.NewFlagSet(name, pflag.ContinueOnError)
		set.SortFlags = false
		set.SetOutput(io.Discard)
		return set
	}
	all = newSet("mmjsonl")
	for _, d := range definitions() {
		if len(groups) == 0 || groups[len(groups)-1].Name() != d.Group {
			groups = append(groups, newSet(d.Group))
		}
		group := groups[len(groups)-1]
		help := d.Help
		if d.Default != "" {
			help += " (default " + d.Default + ")"
		}
		flag := group.VarPF(flagValue{d, r.flags}, d.Name, d.Short, help)
		if d.Value == "BOOL" {
			flag.NoOptDefVal = "true"
		}
	}
	general := newSet("General")
	general.BoolVar(&r.Quiet, "quiet", false, "show no progress")
	general.BoolVarP(&r.Help, "help", "h", false, "show this help")
	general.BoolVar(&r.Version, "version", false, "show which build this is")
	groups = append(groups, general)
	for _, group := range groups {
		all.AddFlagSet(group)
	}
	return groups, all
}

// Usage returns the flags' help, grouped, in lines of at most width characters.
func Usage(width int) string {
	var b strings.Builder
	groups, _ := (&Read{flags: map[string]string{}}).flagSets()
	for _, group := range groups {
		fmt.Fprintf(&b, "\n%s\n%s", group.Name(), group.FlagUsagesWrapped(width))
	}
	// That a flag's value may be left out goes without saying.
	return strings.NewReplacer("[=true|false]", "", "[=true]", "").Replace(b.String())
}

// parseFlags reads the command line. A flag that cannot be read is a problem, and the rest is read all the same.
func (r *Read) parseFlags(args []string) {
	args = joinValues(args)
	_, all := r.flagSets()
	for {
		err := all.Parse(args)
		if err == nil {
			break
		}
		bad := -1
		var unknown *pflag.NotExistError
		switch {
		case errors.As(err, &unknown):
			bad = r.unknownFlag(args, unknown, all)
		default:
			r.problem("%s: see --help", err)
		}
		if bad < 0 {
			return
		}
		// Without the flag, and without what looks like its value.
		end := bad + 1
		if end < len(args) && !strings.Contains(args[bad], "=") && !strings.HasPrefix(args[end], "-") {
			end++
		}
		args = slices.Delete(slices.Clone(args), bad, end)
	}
	for _, arg := range all.Args() {
		hint := "see --help"
		for _, command := range []string{"inspect", "regenerate", "single-turn"} {
			if levenshtein.ComputeDistance(arg, command) <= 3 {
				hint = "did you mean mmjsonl " + command + "? It comes first"
			}
		}
		r.problem("the argument %q means nothing here: %s", arg, hint)
	}
	for _, d := range definitions() {
		if _, given := r.flags[d.key]; !given {
			continue
		}
		r.typed[d.key] = "--" + d.Name
		long := slices.ContainsFunc(args, func(arg string) bool {
			name, _, _ := strings.Cut(arg, "=")
			return name == "--"+d.Name
		})
		if !long {
			r.typed[d.key] = "-" + d.Short
		}
	}
}

// unknownFlag adds the problem of a flag that does not exist, and returns where it stands.
func (r *Read) unknownFlag(args []string, unknown *pflag.NotExistError, all *pflag.FlagSet) int {
	name := unknown.GetSpecifiedName()
	if shorthands := unknown.GetSpecifiedShortnames(); shorthands != "" {
		r.problem("there is no flag %q: see --help", "-"+shorthands)
		return slices.Index(args, "-"+shorthands)
	}
	hint := "see --help"
	best := len(name)/2 + 1
	all.VisitAll(func(f *pflag.Flag) {
		distance := levenshtein.ComputeDistance(name, f.Name)
		if distance < best {
			best, hint = distance, "did you mean --"+f.Name+"?"
		}
	})
	r.problem("there is no flag %q: %s", "--"+name, hint)
	return slices.IndexFunc(args, func(arg string) bool {
		typed, _, _ := strings.Cut(arg, "=")
		return typed == "--"+name
	})
}

// joinValues joins what a flag parser would take apart: --image-size W H, as the Python program has it, becomes --image-size WxH, and
// --sha256 false, whose value may be left out, --sha256=false.
func joinValues(args []string) []string {
	var joined []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--image-size" && i+2 < len(args) && isNumber(args[i+1]) && isNumber(args[i+2]):
			joined = append(joined, arg, args[i+1]+"x"+args[i+2])
			i += 2
		case (arg == "--sha256" || arg == "--allow-local-urls" || arg == "--force") && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"):
			joined = append(joined, arg+"="+args[i+1])
			i++
		default:
			joined = append(joined, arg)
		}
	}
	return joined
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
