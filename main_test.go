package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary stand in for the program: scripts and tests find it as mmjsonl on PATH, and it runs the
// real main in a process of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mmjsonl": main})
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bytes":    scriptBytes,
			"code":     scriptCode,
			"coco":     scriptCOCO,
			"distinct": scriptDistinct,
			"empty":    scriptEmpty,
			"outputs":  scriptOutputs,
			"resolve":  scriptResolve,
			"rows":     scriptRows,
			"same":     scriptSame,
			"sha256":   scriptSHA256,
			"snapshot": scriptSnapshot,
			"urls":     scriptURLs,
		},
	})
}

// usage ends a script whose command line does not fit the command.
func usage(ts *testscript.TestScript, ok bool, line string) {
	if !ok {
		ts.Fatalf("usage: %s", line)
	}
}

// scriptCode runs a program and wants exactly this exit code of it, where "! exec" would take any failure.
func scriptCode(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "code N program args...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("failed to run %q: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// scriptRows reads a request file (or stdout) strictly and checks figures counted from its rows: n, k, slots, distinct, dup,
// words (in each row) and text (of each row).
func scriptRows(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 1, "rows FILE [n=N] [k=K] [slots=S] [distinct=D] [dup=R] [words=W] [text=TEXT]")
	rows := scriptParse(ts, args[0])
	seen := map[string]bool{}
	slots := 0
	for _, r := range rows {
		for _, ref := range r.Images {
			seen[ref] = true
			slots++
		}
	}
	ts.Logf("rows %d, slots %d, distinct %d", len(rows), slots, len(seen))
	for _, arg := range args[1:] {
		key, want, _ := strings.Cut(arg, "=")
		each := func(value func(row) string) {
			for i, r := range rows {
				if got := value(r); got != want {
					ts.Fatalf("row %d has %s %q, want %q", i, key, got, want)
				}
			}
		}
		got := want
		switch key {
		case "n":
			got = strconv.Itoa(len(rows))
		case "slots":
			got = strconv.Itoa(slots)
		case "distinct":
			got = strconv.Itoa(len(seen))
		case "dup":
			got = strconv.Itoa(slots - len(seen))
		case "k":
			each(func(r row) string { return strconv.Itoa(len(r.Images)) })
		case "words":
			each(func(r row) string { return strconv.Itoa(len(strings.Fields(r.Text))) })
		case "text":
			each(func(r row) string { return r.Text })
		default:
			ts.Fatalf("rows knows nothing of %q", key)
		}
		if got != want {
			ts.Fatalf("%s has %s %s, want %s", args[0], key, got, want)
		}
	}
}

// scriptSame checks that two files agree row by row in one respect.
func scriptSame(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, len(args) == 3 && (args[0] == "text" || args[0] == "images"), "[!] same text|images FILE FILE")
	column := func(name string) []string {
		var values []string
		for _, r := range scriptParse(ts, name) {
			if args[0] == "text" {
				values = append(values, r.Text)
			} else {
				values = append(values, strings.Join(r.Images, " "))
			}
		}
		return values
	}
	if slices.Equal(column(args[1]), column(args[2])) == neg {
		ts.Fatalf("the %s of %s and %s: equal is %v", args[0], args[1], args[2], !neg)
	}
}

// scriptResolve checks that every reference of a file is the path of a whole PNG of the given size, as a reader in the
// current folder sees it; without "relative", that it is absolute.
func scriptResolve(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "resolve FILE WIDTHxHEIGHT [relative]")
	relative := len(args) == 3 && args[2] == "relative"
	for i, r := range scriptParse(ts, args[0]) {
		for _, ref := range r.Images {
			if filepath.IsAbs(ref) == relative || ref != filepath.Clean(ref) {
				ts.Fatalf("row %d refers to %q", i, ref)
			}
			if _, err := decodePNG([]byte(ts.ReadFile(ref)), args[1]); err != nil {
				ts.Fatalf("row %d: %s: %v", i, ref, err)
			}
		}
	}
}

// scriptDistinct checks that a folder holds img_0000.png on, exactly N of them, no two with the same pixels.
func scriptDistinct(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 3, "distinct N WIDTHxHEIGHT DIR")
	names, err := filepath.Glob(filepath.Join(ts.MkAbs(args[2]), "*.png"))
	ts.Check(err)
	seen := map[string]string{}
	for i, name := range names {
		if want := fmt.Sprintf("img_%04d.png", i); filepath.Base(name) != want {
			ts.Fatalf("file %d of %s is %s, want %s", i, args[2], filepath.Base(name), want)
		}
		pixels, err := decodePNG([]byte(ts.ReadFile(name)), args[1])
		if err != nil {
			ts.Fatalf("%s: %v", name, err)
		}
		if other, ok := seen[pixels]; ok {
			ts.Fatalf("%s and %s show the same image", name, other)
		}
		seen[pixels] = name
	}
	if got := strconv.Itoa(len(names)); got != args[0] {
		ts.Fatalf("%s has %s images, want %s", args[2], got, args[0])
	}
}

// decodePNG gives the RGB bytes of an opaque image of the wanted size.
func decodePNG(data []byte, size string) (string, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	if got := fmt.Sprintf("%dx%d", img.Bounds().Dx(), img.Bounds().Dy()); got != size {
		return "", fmt.Errorf("is %s, want %s", got, size)
	}
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		return "", errors.New("is not an opaque RGB image")
	}
	box := img.Bounds()
	pixels := make([]byte, 0, 3*box.Dx()*box.Dy())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			pixels = append(pixels, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return string(pixels), nil
}

// scriptEmpty checks that a folder holds nothing at all, hidden files included.
func scriptEmpty(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 1, "empty DIR")
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	for _, e := range entries {
		ts.Fatalf("%s holds %s", args[0], e.Name())
	}
}

// scriptSnapshot writes down every file under a folder, with its time and digest, to be compared with cmp later.
func scriptSnapshot(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "snapshot DIR FILE (outside DIR)")
	listing, err := snapshot(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(listing), 0o666))
}

// snapshot lists every file under dir with its time and digest, a symbolic link with its target.
func snapshot(dir string) (string, error) {
	var lines []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			lines = append(lines, rel+"/")
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			lines = append(lines, rel+" -> "+target)
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s %d %x", rel, info.ModTime().UnixNano(), sha256.Sum256(data)))
		return nil
	})
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n", err
}

// scriptSHA256 checks that the digest of a file stands in another (or in stdout, stderr).
func scriptSHA256(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "sha256 FILE REPORT")
	report := ts.ReadFile(args[1])
	if digest := fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[0])))); !strings.Contains(report, digest) {
		ts.Fatalf("%s does not say %s", args[1], digest)
	}
}

// scriptBytes checks that the size of a file stands in another (or in stdout, stderr).
func scriptBytes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "bytes FILE REPORT")
	report := ts.ReadFile(args[1])
	if size := strconv.Itoa(len(ts.ReadFile(args[0]))); !regexp.MustCompile(`(^|[\s=])` + size + `(\s|$)`).MatchString(report) {
		ts.Fatalf("%s does not say %s", args[1], size)
	}
}

// scriptOutputs checks values of a GITHUB_OUTPUT file as the runner would parse it. NAME=VALUE wants the value, NAME alone wants
// only that it is set; what is set has to be what action.yml declares.
func scriptOutputs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 1, "outputs FILE [NAME[=VALUE]...]")
	got, err := parseOutputs(ts.ReadFile(args[0]))
	ts.Check(err)
	for _, arg := range args[1:] {
		name, want, exact := strings.Cut(arg, "=")
		value, ok := got[name]
		if !ok || exact && value != want {
			ts.Fatalf("output %s is %q (set: %v), want %q", name, value, ok, want)
		}
	}
	declared, err := declaredOutputs()
	ts.Check(err)
	if set := slices.Sorted(maps.Keys(got)); !slices.Equal(set, declared) {
		ts.Fatalf("the outputs %q were set, action.yml declares %q", set, declared)
	}
}

// declaredOutputs are the names of action.yml's outputs, sorted.
func declaredOutputs() ([]string, error) {
	data, err := os.ReadFile("action.yml")
	if err != nil {
		return nil, err
	}
	_, section, ok := strings.Cut(string(data), "\noutputs:\n")
	if !ok {
		return nil, errors.New("action.yml has no outputs")
	}
	var names []string
	for line := range strings.Lines(section) {
		if line[0] != ' ' && line[0] != '\n' && line[0] != '#' {
			break // the next section
		}
		if name, ok := strings.CutSuffix(strings.TrimRight(line, "\n"), ":"); ok && strings.HasPrefix(name, "  ") && name[2] != ' ' {
			names = append(names, name[2:])
		}
	}
	slices.Sort(names)
	return names, nil
}

// parseOutputs reads a GITHUB_OUTPUT file by the runner's rules.
func parseOutputs(text string) (map[string]string, error) {
	outputs := map[string]string{}
	lines := strings.Split(text, "\n")
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if line == "" {
			continue
		}
		name, value, plain := strings.Cut(line, "=")
		if heredoc, delimiter, ok := strings.Cut(line, "<<"); ok && (!plain || len(heredoc) < len(name)) {
			var body []string
			for i++; i < len(lines) && lines[i] != delimiter; i++ {
				body = append(body, lines[i])
			}
			if i == len(lines) {
				return nil, fmt.Errorf("output %s never ends", heredoc)
			}
			name, value, plain = heredoc, strings.Join(body, "\n"), true
		}
		if !plain {
			return nil, fmt.Errorf("line %q sets no output", line)
		}
		if _, ok := outputs[name]; ok {
			return nil, fmt.Errorf("output %s is set twice", name)
		}
		outputs[name] = value
	}
	return outputs, nil
}

// scriptCOCO makes an image_info file of N images in COCO's shape, by extension plain or as the only member of a zip.
func scriptCOCO(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "coco N FILE")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	data := cocoJSON(n, 0)
	if strings.HasSuffix(args[1], ".zip") {
		data = zipOf(map[string][]byte{"annotations/image_info_test2017.json": data})
	}
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[1])), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}

// scriptURLs checks that every reference of a file begins with the prefix, and is the URL of a COCO image made by cocoJSON where
// the prefix is "coco".
func scriptURLs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "urls FILE coco|PREFIX")
	for i, r := range scriptParse(ts, args[0]) {
		for _, ref := range r.Images {
			if args[1] == "coco" && !isCOCOURL(ref) || args[1] != "coco" && !strings.HasPrefix(ref, args[1]) {
				ts.Fatalf("row %d refers to %q", i, ref)
			}
		}
	}
}

// scriptParse reads the rows of a file, or of the last program's stdout.
func scriptParse(ts *testscript.TestScript, name string) []row {
	rows, err := parseRows(name, []byte(ts.ReadFile(name)))
	if err != nil {
		ts.Fatalf("%s: %v", name, err)
	}
	return rows
}

// result is what a finished run of the program left.
type result struct {
	code           int
	stdout, stderr string
}

// program is mmjsonl in a folder, with an environment of its own: nothing of the caller's environment but PATH and a home.
// It is killed when the test has waited a minute for it.
func program(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, "mmjsonl", args...)
	cmd.Dir = dir
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/no-home", "TMPDIR=" + os.TempDir()}, env...)
	return cmd
}

// run runs the program to its end.
func run(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	cmd := program(t, dir, env, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("failed to run mmjsonl %q: %v", args, err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: stdout.String(), stderr: stderr.String()}
}

// succeed runs the program and wants exit code 0.
func succeed(t *testing.T, dir string, env []string, args ...string) result {
	t.Helper()
	got := run(t, dir, env, args...)
	if got.code != 0 {
		t.Fatalf("mmjsonl %q: exit code %d, want 0\n%s%s", args, got.code, got.stdout, got.stderr)
	}
	return got
}

// mustWrite makes a file, and the folders it is in.
func mustWrite(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// mustSnapshot lists a folder as snapshot does.
func mustSnapshot(t *testing.T, dir string) string {
	t.Helper()
	listing, err := snapshot(dir)
	if err != nil {
		t.Fatal(err)
	}
	return listing
}
