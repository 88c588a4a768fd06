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
		config, deciding := understand(t, args, NewEnvironment(strings.Split(variables, "\x00")), asAction)
		dir := t.TempDir()
		mustWrite(t, filepath.Join(dir, "annotations", "image_info_test2017.json"), `{"images":[{"coco_url":"http://h/a"},{"coco_url":"http://h/b"}]}`)
		mustWrite(t, filepath.Join(dir, "list"), "http://h/a\nhttp://h/b\nhttp://h/c\n")
		first := planOf(t, config, dir, asAction)
		if first == nil {
			return
		}
		want := rowsOf(t, first)
		again := deciding(first)
		again["output"], again["image-dir"] = "-", "images again"
		if !first.Output.Stdout {
			again["output"] = filepath.Join("again", filepath.Base(first.Names.Output.Here))
		}
		args = args[:0]
		for _, name := range slices.Sorted(maps.Keys(again)) {
			args = append(args, "--"+name+"="+again[name])
		}
		config, _ = understand(t, args, nil, false)
		second := planOf(t, config, dir, false)
		if second == nil {
			t.Fatalf("%q made a plan, and what its manifest keeps does not: %q", arguments+variables, args)
		}
		if got := rowsOf(t, second); !bytes.Equal(got, want) {
			t.Errorf("made again from %q, %.300q is %.300q", args, want, got)
		}
	})
}

// understand reads inputs, and checks what is said of them.
func understand(t *testing.T, args []string, env Environment, asAction bool) (*generator.Config, func(*generator.Plan) map[string]string) {
	t.Helper()
	read, err := From(t.Context(), args, env, asAction)
	if err != nil {
		t.Fatal(err)
	}
	config, problems := read.Config()
	checkTexts(t, problems, read.Typed, strings.Join(args, "")+strings.Join(slices.Collect(maps.Values(env)), ""))
	if len(problems) > 0 {
		return nil, nil
	}
	return &config, read.Deciding
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
func planOf(t *testing.T, c *generator.Config, dir string, unattended bool) *generator.Plan {
	t.Helper()
	if c == nil || strings.HasPrefix(strings.ToLower(c.Annotations), "http") || c.Requests > 30 || c.ImagesPerRequest > 10 || c.Pool > 300 || c.Words > 100 || c.Size.Width > 64 || c.Size.Height > 64 {
		return nil
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	env := generator.Environment{Places: files.Places{Dir: dir, Shared: []files.Mount{{Here: dir, Next: dir}}}, Unattended: unattended}
	plan, err := generator.NewPlan(ctx, *c, env, nil)
	if err != nil {
		problems, ok := err.(problem.List)
		if !ok {
			t.Fatalf("%T: %v", err, err)
		}
		checkTexts(t, problems, func(n problem.Name) string { return string(n) }, c.Output+c.ImageDir+c.Report+c.URLList+c.Annotations+
			c.Prompt+c.ImageURLBase+c.ImagePathPrefix+string(c.Mode)+string(c.Compression)+string(c.Level)+string(c.Reuse.Pattern)+string(c.Reuse.WarmUp))
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
	read, err := inspect.Read(t.Context(), "rows", bytes.NewReader(written), inspect.Options{Dir: t.TempDir()})
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
