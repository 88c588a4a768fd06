package action

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/text"
)

// figures are those of a small stream.
func figures() *reuse.Figures {
	w := reuse.NewWatcher(reuse.Options{Capacities: []int64{2}})
	w.Add([]uint32{0, 1})
	w.Add([]uint32{1, 0})
	return w.Figures()
}

// FuzzStep publishes a run whose files have any names, in any environment of a runner, with zero bytes between its variables: an output has
// the value that it was given, or leads to it from the workspace, nothing else is set, the summary has the lines that it always has, and the
// log is without commands but for the annotations. Every output is plain words of a shell, or nothing is set, and then the plan was refused.
func FuzzStep(f *testing.F) {
	f.Add("GITHUB_WORKSPACE=/w", "/w/x.jsonl", "http://h/a.json")
	f.Fuzz(func(t *testing.T, variables, output, source string) {
		dir := t.TempDir()
		env := inputs.NewEnvironment(strings.Split(variables, "\x00"))
		env["GITHUB_OUTPUT"], env["GITHUB_STEP_SUMMARY"] = filepath.Join(dir, "output"), filepath.Join(dir, "summary")
		var log bytes.Buffer
		step := NewStep(env, &log)

		args, problems := step.Arguments()
		for _, p := range problems {
			fault, remedy := p.Parts(func(n problem.Name) string { return string(n) })
			step.Error(string(p.Input), fault, remedy)
		}
		if len(problems) == 0 && (len(args) != 1 && len(args) != 3 || len(args) == 3 && args[1] != "--") {
			t.Errorf("the inputs stand for %q", args)
		}
		place, err := Places(env, "/w").Find(output)
		if err != nil {
			step.Warning("", err.Error(), "")
			place = files.Place{Here: output, Next: output}
		}
		step.Error(source, output, source)
		step.Warning("", output, "")
		checkLog(t, log.String())

		plan := &generator.Plan{Stream: stream.Uniform{Rows: 2, PerRow: 2, Pool: 2}, Mode: generator.ModeHTTP, Format: &format.SingleTurn{}, Text: generator.Text{Source: text.BuiltIn()}, Media: media.Noise{Size: media.Size{Width: 2, Height: 2}},
			Names: generator.Names{Output: place, Manifest: files.Place{Here: output + ".m", Next: output + ".m"}, Images: files.Place{Here: source, Next: source}},
			URLs:  &generator.URLSource{Name: source}}
		if len(output)%2 == 0 {
			plan.Output.Compression = generator.CompressionZstd
		}
		refused := len(step.Check(plan)) > 0
		want := map[string]string{}
		about := report.OfRun(plan, &generator.Stats{Figures: figures()}, step.Paths(plan))
		for _, f := range about.Facts {
			if f.Output != "" {
				want[f.Output] = f.Value
			}
		}
		err = step.Publish(about)
		checkPublished(t, step, want, err)
		if !refused {
			if err != nil {
				t.Errorf("a plan that was accepted has the outputs %q: %v", want, err)
			}
			checkWords(t, want["aiperf-args"])
		}

		os.Remove(env["GITHUB_OUTPUT"])
		os.Remove(env["GITHUB_STEP_SUMMARY"])
		refused = len(step.CheckPath("file", place)) > 0
		err = step.Publish(report.OfFile(&inspect.Result{File: output, Compression: "none", BadRowCount: 1, ReferenceKinds: inspect.ReferenceKinds{Path: 4}, Figures: figures()}, nil, nil, place))
		checkPublished(t, step, nil, err)
		if refused != (err != nil) {
			t.Errorf("the path %+v of a file: refused beforehand: %v, publishing it: %v", place, refused, err)
		}
	})
}

// checkPublished reads the runner's files as a runner does; want are all outputs, unless it is nil.
func checkPublished(t *testing.T, s *Step, want map[string]string, fault error) {
	t.Helper()
	outputs, err := os.ReadFile(s.env["GITHUB_OUTPUT"])
	if fault != nil {
		if err == nil && len(outputs) > 0 {
			t.Errorf("publishing failed (%v) and left %q", fault, outputs)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for line := range strings.Lines(string(outputs)) {
		name, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if _, twice := got[name]; !found || twice || strings.Contains(name, "<<") {
			t.Errorf("the output file has the line %q", line)
		}
		got[name] = value
		for i, word := range strings.Split(value, " ") {
			if value != "" && (!escape.ShellSafe(word) || i > 0 && name != "aiperf-args" || i == 0 && word[0] == '-' && name != "aiperf-args") {
				t.Errorf("%s is %q, which is not a plain word of a shell", name, value)
			}
		}
	}
	for name, value := range want {
		workspace := files.Mount{}
		if shared := Places(s.env, "/w").Shared; len(shared) > 0 {
			workspace = shared[0]
		}
		if g := got[name]; g != value && (escape.ShellSafe(value) || g == "" || filepath.Join(workspace.Here, g) != filepath.Clean(value) && filepath.Join(workspace.Next, g) != filepath.Clean(value)) {
			t.Errorf("%s is %q, want %q", name, g, value)
		}
	}
	if want != nil && len(got) != len(want) {
		t.Errorf("the outputs %q were set", got)
	}
	summary, err := os.ReadFile(s.env["GITHUB_STEP_SUMMARY"])
	if err != nil {
		t.Fatal(err)
	}
	checkSummary(t, string(summary))
}

// The lines that a summary may have. A user's words stand in <code> and in the command, which is indented.
var summaryLines = regexp.MustCompile("^(### " + codeText + ": 2 requests, LRU hit rate 50\\.00 % at 2 images(, as requested)?|" +
	"\\| fact \\| value \\||\\|---\\|---:\\||\\| [-a-zA-Z0-9 ]+ \\| ([a-z0-9. %(),]+|" + codeText + ") \\||Next:|    (aiperf|zstd|  --input-file|mmjsonl compare) .*|    # where MODEL [-a-zA-Z, ]+||" +
	"- [a-z0-9 :.%(),]+|```|```mermaid|---|[a-zA-Z]+:|config:|  +[a-zA-Z]+:.*|xychart-beta|    (title|x-axis|y-axis|line) [^`<|]*)$")

const codeText = `<code>[^<>|*_\[~\\$@#:.` + "`" + `]*</code>`

func checkSummary(t *testing.T, summary string) {
	t.Helper()
	// A colon, a full stop and so on are in there as entities.
	plain := regexp.MustCompile(`&#64;<wbr>|&#?[a-z0-9]+;`).ReplaceAllString(summary, "e")
	for line := range strings.Lines(plain) {
		if line = strings.TrimSuffix(line, "\n"); !summaryLines.MatchString(line) || !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("the summary has the line %q", line)
		}
	}
	if rows := strings.Count(summary, "\n| "); rows < 7 || rows > 16 {
		t.Errorf("%d rows:\n%s", rows, summary)
	}
}

// checkWords wants what a shell, without quotes around it, takes for just as many words as there are.
func checkWords(t *testing.T, args string) {
	t.Helper()
	words := strings.Split(args, " ")
	if len(words) != 10 || words[0] != "--input-file" || words[2] != "--custom-dataset-type" {
		t.Errorf("the words %q", words)
	}
	for _, word := range words {
		if !escape.ShellSafe(word) {
			t.Errorf("a shell does not take %q as it stands", word)
		}
	}
	if strings.HasPrefix(words[1], "-") {
		t.Errorf("the file %q is an option", words[1])
	}
}

var annotation = regexp.MustCompile(`^::(error|warning)( title=Input [^:,]*)?::[^\r\n]*$`)

// checkLog wants annotations and nothing else.
func checkLog(t *testing.T, log string) {
	t.Helper()
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if !annotation.MatchString(line) || !utf8.ValidString(line) || strings.Contains(line, "##") || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("the log has the line %q", line)
		}
	}
}
