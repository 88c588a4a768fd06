package inputs

import (
	"bytes"
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
)

// FuzzInputs reads any command line and any environment, each with zero bytes between its parts, as it comes from the system. What is wrong
// is told in lines that can be shown; what is not makes a plan; and a plan that is small runs, and makes rows that a reader takes, and the
// same rows again from what its manifest would keep.
func FuzzInputs(f *testing.F) {
	f.Add("-n\x003", "", false)
	f.Fuzz(func(t *testing.T, arguments, variables string, asAction bool) {
		if len(arguments)+len(variables) > 4<<10 {
			t.Skip("longer ones only take longer")
		}
		var args []string
		if arguments != "" {
			args = strings.Split(arguments, "\x00")
		}
		env := NewEnvironment(strings.Split(variables, "\x00"))
		for _, w := range append(env.Misspelt(asAction), Bind("mmjsonl", new(Inspect)).Unread(env, "inspect")...) {
			checkTexts(t, problem.List{w}, func(n problem.Name) string { return string(n) }, variables)
		}
		inputs := understand(t, args, env, asAction)
		dir := t.TempDir()
		mustWrite(t, filepath.Join(dir, "annotations", "image_info_test2017.json"), `{"images":[{"coco_url":"http://h/a"},{"coco_url":"http://h/b"}]}`)
		mustWrite(t, filepath.Join(dir, "list"), "http://h/a\nhttp://h/b\nhttp://h/c\n")
		first := planOf(t, inputs, dir, asAction)
		if first == nil {
			return
		}
		want := rowsOf(t, first)
		again := inputs.Deciding(first)
		again["output"], again["image-dir"] = "-", "images again"
		if !first.Output.Stdout {
			again["output"] = filepath.Join("again", filepath.Base(first.Names.Output.Here))
		}
		inputs = new(Generate)
		set := Bind("mmjsonl", inputs)
		if err := set.ReadManifest(t.Context(), again, false); err != nil || len(set.Problems()) > 0 || len(set.Given()) > 0 {
			t.Fatalf("%v, %v, %v given", err, set.Problems(), set.Given())
		}
		second := planOf(t, inputs, dir, false)
		if second == nil {
			t.Fatalf("%q made a plan, and what its manifest keeps does not: %q", arguments+variables, again)
		}
		if got := rowsOf(t, second); !bytes.Equal(got, want) {
			t.Errorf("made again from %q, %.300q is %.300q", again, want, got)
		}
	})
}

// understand reads inputs, and checks what is said about them; nil if anything is wrong.
func understand(t *testing.T, args []string, env Environment, asAction bool) *Generate {
	t.Helper()
	set, inputs, problems := generateInputs(t, asAction, env, args...)
	checkTexts(t, problems, set.Typed, strings.Join(args, "")+strings.Join(slices.Collect(maps.Values(env)), ""))
	if len(problems) > 0 {
		return nil
	}
	return inputs
}

func checkTexts(t *testing.T, problems problem.List, typed func(problem.Name) string, from string) {
	t.Helper()
	for _, p := range problems {
		text := p.Text(typed)
		if text == "" || strings.Contains(text, "\n") || text != escape.OneLine(text) {
			t.Errorf("the problem %q is not a line that can be shown", text)
		}
		if strings.Contains(text, "%!") && !strings.Contains(from, "%!") {
			t.Errorf("a value is missing in %q", text)
		}
	}
}

// planOf makes a plan in a folder that it must not leave; nil if it is refused, or too large to be tried, or would fetch something.
func planOf(t *testing.T, inputs *Generate, dir string, unattended bool) *generator.Plan {
	t.Helper()
	if inputs == nil {
		return nil
	}
	c := inputs.Config()
	if strings.HasPrefix(strings.ToLower(c.Media.Annotations), "http") || c.Requests.Count > 30 || c.Requests.Images > 10 || c.Requests.Pool > 300 || c.Text.Tokens > 100 || max(c.Media.Sizes.Largest().Width, c.Media.Sizes.Largest().Height) > 64 {
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	env := generator.Environment{Places: files.Places{Dir: dir, Shared: []files.Mount{{Here: dir, Next: dir}}}, Unattended: unattended}
	plan, err := generator.NewPlan(ctx, c, env, nil)
	if err != nil {
		problems, ok := err.(problem.List)
		if !ok {
			t.Fatalf("%T: %v", err, err)
		}
		checkTexts(t, problems, func(n problem.Name) string { return string(n) }, c.Output.Path+c.Media.Folder+c.Output.Report+c.Media.URLList+c.Media.Annotations+
			c.Text.Prompt+c.Media.URLBase+c.Media.PathPrefix+string(c.Media.Mode)+string(c.Output.Compression)+string(c.Output.Level)+string(c.Reuse.Pattern)+string(c.Reuse.WarmUp))
		return nil
	}
	return plan
}

// rowsOf runs a plan and returns the rows, once a reader has taken them all.
func rowsOf(t *testing.T, p *generator.Plan) []byte {
	t.Helper()
	var stdout bytes.Buffer
	stats, err := generator.Run(t.Context(), p, &stdout, &generator.Progress{}, nil)
	if err != nil {
		t.Fatalf("the plan of %q broke: %v", p.Names.Output.Here, err)
	}
	written := stdout.Bytes()
	if !p.Output.Stdout {
		if written, err = os.ReadFile(p.Names.Output.Here); err != nil {
			t.Fatal(err)
		}
	}
	read, err := inspect.Read(t.Context(), "rows", bytes.NewReader(written), inspect.Options{
		Open: func(string) (*os.File, error) { return nil, inspect.ErrOutside },
	})
	if err != nil {
		t.Fatal(err)
	}
	if read.Requests != int64(p.Shape().Rows) || read.BadRowCount > 0 || read.Slots != p.Shape().Slots || read.Distinct != int64(p.Shape().Pool) || read.WithinRows > 0 || stats.Bytes != int64(len(written)) {
		t.Errorf("%d requests of %d images from %d, %d bytes: %d rows, %d slots, %d images, %d bytes, bad: %+v", p.Shape().Rows, p.Shape().Widest, p.Shape().Pool, stats.Bytes,
			read.Requests, read.Slots, read.Distinct, len(written), read.BadRows)
	}
	return written
}

func mustWrite(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}
