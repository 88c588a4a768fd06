package inputs

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/pflag"

	"mmjsonl/internal/problem"
)

// Arguments prepares what follows a command on its command line for pflag, so that pflag finds nothing wrong with it. It notes how each flag
// is typed; it joins values that pflag would take apart: --image-size W H, as the Python program has it, becomes --image-size WxH, and
// --sha256 false, whose value can be left out, --sha256=false. --no-uuid, which that program has too, becomes --uuid=false. It takes out each flag
// that does not exist, with what looks like its value, and each without the value that it needs: these are the problems.
//
// flags are all of the command's flags, and words says that it takes arguments beside them. elsewhere returns the command that has a flag
// which this one does not, or "".
func (s *Set) Arguments(args []string, flags *pflag.FlagSet, words bool, elsewhere func(flag string) string) (clean []string, problems problem.List) {
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			return append(append(clean, arg), args...), problems
		}
		if len(arg) < 2 || arg[0] != '-' {
			clean = append(clean, arg)
			continue
		}
		flag, typed, complete := lookUp(flags, arg)
		if name, negated := strings.CutPrefix(arg, "--no-"); negated && flag == nil {
			if positive := flags.Lookup(name); positive != nil && positive.NoOptDefVal == "true" {
				clean = append(clean, "--"+name+"=false")
				continue
			}
		}
		if flag == nil {
			likely, unknown := s.unknownFlag(typed, flags, elsewhere)
			problems = append(problems, unknown)
			// A word after a flag of which nothing is known could be its value, or an argument.
			valued := likely == nil && !words || likely != nil && likely.NoOptDefVal == ""
			if valued && !strings.Contains(arg, "=") && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
				args = args[1:]
			}
			continue
		}
		in, ours := flag.Value.(input)
		if ours {
			in.common().flagName = typed
		}
		long := strings.HasPrefix(arg, "--")
		switch {
		case complete:
			clean = append(clean, arg)
		case flag.NoOptDefVal != "" && ours && len(args) > 0 && (isBool(args[0]) || !words && !strings.HasPrefix(args[0], "-")):
			clean = append(clean, arg+"="+args[0])
			args = args[1:]
		case flag.NoOptDefVal != "":
			clean = append(clean, arg)
		case len(args) == 0:
			problems.Add(problem.Name(flag.Name), "%s needs a value\ngive %s %s", typed, typed, flag.Value.Type())
		case ours && in.twoWords() && long && len(args) > 1 && isNumber(args[0]) && isNumber(args[1]):
			clean = append(clean, arg, args[0]+"x"+args[1])
			args = args[2:]
		default:
			clean = append(clean, arg, args[0])
			args = args[1:]
		}
	}
	return clean, problems
}

// lookUp finds the flag that an argument names, the last one of a group of short flags; nil if it, or one of the group, does not exist.
// typed is how it is called there. complete says that its value, if it needs one, is in the argument too.
func lookUp(flags *pflag.FlagSet, arg string) (flag *pflag.Flag, typed string, complete bool) {
	name, _, complete := strings.Cut(arg, "=")
	if long, found := strings.CutPrefix(name, "--"); found {
		return flags.Lookup(long), name, complete
	}
	for i := 1; i < len(arg); i++ {
		if arg[i] >= utf8.RuneSelf {
			return nil, name, false
		}
		flag = flags.ShorthandLookup(arg[i : i+1])
		if flag == nil {
			return nil, name, false
		}
		typed = "-" + arg[i:i+1]
		if flag.NoOptDefVal == "" || i+1 < len(arg) && arg[i+1] == '=' {
			return flag, typed, i+1 < len(arg)
		}
	}
	return flag, typed, false
}

// unknownFlag returns the problem of a flag that does not exist, and the flag that was probably meant, or nil.
func (s *Set) unknownFlag(typed string, flags *pflag.FlagSet, elsewhere func(flag string) string) (*pflag.Flag, problem.Problem) {
	if name, long := strings.CutPrefix(typed, "--"); long {
		if command := elsewhere(name); command != "" {
			return nil, problem.New("", "there is no flag %.100q here\nit belongs to %s", typed, command)
		}
		var names []string
		flags.VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if meant := Closest(name, names); meant != "" {
			return flags.Lookup(meant), problem.New("", "there is no flag %.100q\ndid you mean --%s?", typed, meant)
		}
	}
	return nil, problem.New("", "there is no flag %.100q\nsee %s --help", typed, s.command)
}

// Closest returns the word that a person who typed another one probably meant, or "" if none is close.
func Closest(typed string, words []string) (closest string) {
	typed = typed[:min(len(typed), 100)] // no word is that long
	best := len(typed)/2 + 1
	for _, word := range words {
		if distance := levenshtein.ComputeDistance(typed, word); distance < best {
			best, closest = distance, word
		}
	}
	return closest
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func isBool(s string) bool {
	return slices.Contains([]string{"true", "false"}, strings.ToLower(s))
}
