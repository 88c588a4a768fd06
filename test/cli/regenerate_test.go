package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// A manifest from somebody else does not decide where files go, by any spelling.
func TestRegenerateForeignManifest(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "1", "--image-size", "8", "-o", "x.jsonl")
	text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range []string{`"report": "PWNED"`, `"image-dir": "PWNED"`, `"output": "PWNED"`, `"report=PWNED": "x"`, `"\u0072eport": "PWNED"`, `"image-dir=PWNED": ""`, `"": "PWNED"`,
		`"allow-local-urls": "true"`, `"force": "true"`} {
		program.Write(t, filepath.Join(dir, "m.json"), strings.Replace(string(text), `"inputs": {`, `"inputs": {`+input+",", 1))
		before := program.Snapshot(t, dir)
		got := program.Run(t, dir, nil, "regenerate", "m.json", "-o", "y.jsonl")
		if got.Code != 2 || !strings.Contains(got.Stderr, `the manifest "m.json" cannot be read: it gives the input`) {
			t.Errorf("%s: exit code %d, want 2\n%s%s", input, got.Code, got.Stdout, got.Stderr)
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Errorf("%s: something was written:\n%s", input, after)
		}
	}

	// Nor by a name of its file that is a path, even if the output's name is given.
	for _, name := range []string{"../x.jsonl", "folder/x.jsonl", dir + "/y.jsonl", "./x.jsonl"} {
		program.Write(t, filepath.Join(dir, "m.json"), strings.Replace(string(text), `"name": "x.jsonl"`, `"name": "`+name+`"`, 1))
		before := program.Snapshot(t, dir)
		for _, args := range [][]string{{"regenerate", "m.json"}, {"regenerate", "m.json", "-o", "y.jsonl"}} {
			if got := program.Run(t, dir, nil, args...); got.Code != 2 || !strings.Contains(got.Stderr, `the manifest "m.json"`) {
				t.Errorf("%s: exit code %d, want 2\n%s%s", name, got.Code, got.Stdout, got.Stderr)
			}
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Errorf("%s: something was written:\n%s", name, after)
		}
	}

	// Nor by the name of its file, which becomes that of the output: not one that another program reads, nor one that is there.
	for _, name := range []string{"-rf.jsonl", "--output=a.jsonl", "a b.jsonl", "$(touch PWNED).jsonl", "~.jsonl", "a;b.jsonl.gz", ".bashrc", "Makefile", "-", ".x.jsonl", "there.jsonl", "folder.jsonl", "pipe.jsonl"} {
		program.Write(t, filepath.Join(dir, "m.json"), strings.Replace(string(text), `"name": "x.jsonl"`, `"name": "`+name+`"`, 1))
		program.Write(t, filepath.Join(dir, "there.jsonl"), "mine\n")
		_ = os.Mkdir(filepath.Join(dir, "folder.jsonl"), 0o755)
		_ = os.Symlink("/dev/null", filepath.Join(dir, "pipe.jsonl"))
		before := program.Snapshot(t, dir)
		got := program.Run(t, dir, nil, "regenerate", "m.json")
		if got.Code != 2 || !strings.Contains(got.Stderr, "give --output") {
			t.Errorf("%s: exit code %d, want 2\n%s%s", name, got.Code, got.Stdout, got.Stderr)
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Errorf("%s: something was written:\n%s", name, after)
		}
	}
}

// A manifest whose inputs do not make what it says leaves no images, which may be many, however late that is found out. What was there stays.
func TestRegenerateLeavesNoImages(t *testing.T) {
	t.Parallel()
	for change, want := range map[[2]string]string{
		{`"image-size": "8x8"`, `"image-size": "16x16"`}: "checksums",
		{`"seed": "42"`, `"seed": "43"`}:                 "sha256",
		{`"crc32s_sha256": "`, `"crc32s_sha256": "00`}:   "checksums",
	} {
		dir := t.TempDir()
		program.Succeed(t, dir, nil, "-n", "20", "--image-size", "8x8", "--image-path-prefix", "/data", "-o", "x.jsonl")
		text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
		if err != nil || !strings.Contains(string(text), change[0]) {
			t.Fatalf("%s is not in %s, %v", change[0], text, err)
		}
		program.Write(t, filepath.Join(dir, "m.json"), strings.Replace(string(text), change[0], change[1], 1))
		before := program.Snapshot(t, dir)
		for _, args := range [][]string{{"-o", "y.jsonl"}, {"-o", "y.jsonl", "--image-dir", "new"}, {"-o", "-"}} {
			got := program.Run(t, dir, nil, append([]string{"regenerate", "m.json"}, args...)...)
			if got.Code == 0 || !strings.Contains(got.Stderr, want) {
				t.Errorf("%s, %q: exit code %d, %s", change[1], args, got.Code, got.Stderr)
			}
			if after := program.Snapshot(t, dir); after != before {
				t.Errorf("%s, %q: something was left:\n%s", change[1], args, after)
			}
		}
		program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "z.jsonl", "--image-dir", "again")
		if files := program.Files(t, filepath.Join(dir, "again")); len(files) != 61 {
			t.Errorf("a good manifest makes %d files in the image folder, want 61", len(files))
		}
	}
}
