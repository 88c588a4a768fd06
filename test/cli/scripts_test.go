package cli

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"mmjsonl/test/program"
)

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                "scripts",
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
		each := func(value func(program.Row) string) {
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
			each(func(r program.Row) string { return strconv.Itoa(len(r.Images)) })
		case "words":
			each(func(r program.Row) string { return strconv.Itoa(len(strings.Fields(r.Text))) })
		case "text":
			each(func(r program.Row) string { return r.Text })
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

// scriptResolve checks that every reference of a file is the path of a complete PNG of the given size, as a reader in the
// current folder sees it; without "relative", that it is absolute.
func scriptResolve(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 2, "resolve FILE WIDTHxHEIGHT [relative]")
	relative := len(args) == 3 && args[2] == "relative"
	for i, r := range scriptParse(ts, args[0]) {
		for _, ref := range r.Images {
			if filepath.IsAbs(ref) == relative || ref != filepath.Clean(ref) {
				ts.Fatalf("row %d refers to %q", i, ref)
			}
			if _, err := program.DecodePNG([]byte(ts.ReadFile(ref)), args[1]); err != nil {
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
		pixels, err := program.DecodePNG([]byte(ts.ReadFile(name)), args[1])
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
	listing, err := program.List(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(listing), 0o666))
}

// scriptSHA256 checks that another file (or stdout, stderr) has the digest of a file.
func scriptSHA256(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "sha256 FILE REPORT")
	report := ts.ReadFile(args[1])
	if digest := fmt.Sprintf("%x", sha256.Sum256([]byte(ts.ReadFile(args[0])))); !strings.Contains(report, digest) {
		ts.Fatalf("%s does not say %s", args[1], digest)
	}
}

// scriptBytes checks that another file (or stdout, stderr) has the size of a file, with or without commas between thousands.
func scriptBytes(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "bytes FILE REPORT")
	report := regexp.MustCompile(`\d,\d{3}[,\d]*`).ReplaceAllStringFunc(ts.ReadFile(args[1]), func(n string) string { return strings.ReplaceAll(n, ",", "") })
	if size := strconv.Itoa(len(ts.ReadFile(args[0]))); !regexp.MustCompile(`(^|[\s=])` + size + `(\s|$)`).MatchString(report) {
		ts.Fatalf("%s does not say %s", args[1], size)
	}
}

// scriptOutputs checks values of a GITHUB_OUTPUT file as the runner would parse it. NAME=VALUE wants the value, NAME alone wants
// only that it is set; what is set has to be what action.yml declares.
func scriptOutputs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) >= 1, "outputs FILE [NAME[=VALUE]...]")
	got, err := program.ParseOutputs(ts.ReadFile(args[0]))
	ts.Check(err)
	for _, arg := range args[1:] {
		name, want, exact := strings.Cut(arg, "=")
		value, ok := got[name]
		if !ok || exact && value != want {
			ts.Fatalf("output %s is %q (set: %v), want %q", name, value, ok, want)
		}
	}
	ts.Check(program.CheckOutputs(got))
}

// scriptCOCO makes an image_info file of N images in COCO's shape, by extension plain or as the only member of a zip.
func scriptCOCO(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "coco N FILE")
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	data := program.COCO(n, 0)
	if strings.HasSuffix(args[1], ".zip") {
		data = program.Zip(map[string][]byte{"annotations/image_info_test2017.json": data})
	}
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[1])), 0o777))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o666))
}

// scriptURLs checks that every reference of a file begins with a prefix, or with "coco" that it is one of COCO's URLs.
func scriptURLs(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "urls FILE coco|PREFIX")
	for i, r := range scriptParse(ts, args[0]) {
		for _, ref := range r.Images {
			if args[1] == "coco" && !program.IsCOCOURL(ref) || args[1] != "coco" && !strings.HasPrefix(ref, args[1]) {
				ts.Fatalf("row %d refers to %q", i, ref)
			}
		}
	}
}

// scriptParse reads the rows of a file, or of the last program's stdout.
func scriptParse(ts *testscript.TestScript, name string) []program.Row {
	rows, err := program.ParseRows(name, []byte(ts.ReadFile(name)))
	if err != nil {
		ts.Fatalf("%s: %v", name, err)
	}
	return rows
}
