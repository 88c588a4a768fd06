package faults

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// peak is the most memory, in MB, that the program had by the time its output came to so many bytes. It writes to a pipe, so
// that it still waits there when it is asked; the kernel's rusage would count in what this process has.
func peak(t *testing.T, dir string, after int64, args ...string) int {
	t.Helper()
	cmd := program.Command(t, dir, nil, append(args, "-o", "-", "--quiet")...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 1<<16)
	if n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, io.LimitReader(out, after), buf); n < after {
		_ = cmd.Wait() // its words say more
		t.Fatalf("only %d bytes, %v: %s", n, err, said.String())
	}
	status, err := os.Open(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	defer status.Close()
	kilobytes := 0
	for s := bufio.NewScanner(status); s.Scan(); {
		_, _ = fmt.Sscanf(s.Text(), "VmHWM: %d kB", &kilobytes) // one line of many
	}
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, out, buf); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said.String())
	}
	if kilobytes == 0 {
		t.Fatal("the kernel did not say how much memory the program had")
	}
	return kilobytes / 1024
}

// Data URIs are not held in memory: 300 images took the reference 341 MB.
func TestMemoryOfDataURIs(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"-n 300 --images-per-request 1 --images-pool 300",
		"-n 300 --images-per-request 1 --images-pool 100",
		"-n 3 --images-per-request 130 --images-pool 300", // nor is a row
	} {
		if mb := peak(t, t.TempDir(), 300<<20, append(strings.Fields(args), "--image-mode", "datauri")...); mb > 150 {
			t.Errorf("%s: took %d MB", args, mb)
		}
	}
}

// The annotations are read as a stream: what is not a URL costs nothing.
func TestMemoryOfAnnotations(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := program.COCO(1000, 80000) // 80 MB
	if err := os.WriteFile(filepath.Join(dir, "large.json"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	server := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(data) // the program says what it misses
	}))
	for _, source := range []string{"large.json", server.URL + "/large.json"} {
		if mb := peak(t, dir, 1<<20, "-n", "20000", "--images-per-request", "1", "--images-pool", "1000", "--user-text-tokens", "10", "--image-mode", "http",
			"--coco-annotations", source); mb > 60 {
			t.Errorf("annotations of %d MB from %s took %d MB", len(data)>>20, source, mb)
		}
	}
}

// What has been read and not counted is bounded over all rows: a few kilobytes of zstd hold millions of
// references to one image, in rows of any length.
func TestMemoryOfManyReferences(t *testing.T) {
	t.Parallel()
	const references = 4_000_000
	for _, test := range []struct{ inRow, code int }{{1000, 0}, {1 << 16, 0}, {1 << 20, 0}} {
		row := `{"text":"a","images":[` + strings.Repeat(`"http://h/x",`, test.inRow-1) + `"http://h/x"],"image_uuids":[` + strings.Repeat(`"u",`, test.inRow-1) + "\"u\"]}\n"
		dir := t.TempDir()
		program.Write(t, filepath.Join(dir, "rows.zst"), inZstd(times{row, 1}, references/test.inRow)(t))
		cmd := program.Command(t, dir, nil, "inspect", "rows.zst")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		memory := watchMemory(cmd.Process.Pid)
		_ = cmd.Wait()                                                                        // the exit code says it
		if mb, code := memory(), cmd.ProcessState.ExitCode(); mb > 350 || code != test.code { // with two processors it is 150; a row of a million took 1071
			t.Errorf("%d references in rows of %d took %d MB, exit code %d, want %d", references, test.inRow, mb, code, test.code)
		}
	}
}

// Whatever the lines of a file are, inspect takes no more memory than SECURITY.md says: for what it has read and not counted yet, and for each
// image.
func TestMemoryOfInspect(t *testing.T) {
	const million = 1_000_000
	rows := func(n int, row ...any) func(w io.Writer) error {
		return func(w io.Writer) error {
			for range n {
				for _, part := range row {
					var err error
					switch part := part.(type) {
					case string:
						_, err = io.WriteString(w, part)
					case times:
						for i := 0; i < part.n && err == nil; i += 1000 {
							_, err = io.WriteString(w, strings.Repeat(part.text, min(1000, part.n-i)))
						}
					}
					if err != nil {
						return err
					}
				}
			}
			return nil
		}
	}
	for name, test := range map[string]struct {
		write func(w io.Writer) error
		want  string
		most  int // MB
	}{
		"rows of a million references": {rows(8, `{"images":["http://h/a"`, times{`,"http://h/a"`, million - 1}, "]}\n"), "image slots           8,000,000 ", 300},
		"rows of a million data URIs":  {rows(8, `{"images":["data:,"`, times{`,"data:,"`, million - 1}, "]}\n"), "image slots           8,000,000 ", 300},
		"rows of fifty references":     {rows(60_000, `{"images":["data:,"`, times{`,"data:,"`, 49}, "]}\n"), "image slots           3,000,000 ", 300},
		"rows of a million uuids":      {rows(4, `{"image_uuids":["a"`, times{`,"a"`, million - 1}, "]}\n"), "image slots           4,000,000 ", 300},
		"a row of long names":          {rows(1, `{"images":["http://h/a"`, times{`,"http://h/` + strings.Repeat("a", 4000) + `"`, 100_000}, "]}\n"), "bad rows              1 ", 300},
		"a row of long uuids":          {rows(1, `{"images":[]`, `,"image_uuids":["a"`, times{`,"` + strings.Repeat("a", 4000) + `"`, 100_000}, "]}\n"), "bad rows              1 ", 300},
		"a row of millions of turns":   {rows(1, `{"turns":[{"text":"a"}`, times{`,{"text":"a"}`, 3 * million}, "]}\n"), "bad rows              1 ", 300},
		"turns of many references":     {rows(1, `{"turns":[{"text":"a"}`, times{`,{"text":"a","images":["http://h/a"` + strings.Repeat(`,"http://h/a"`, 3999) + `]}`, 2000}, "]}\n"), "bad rows              1 ", 300},
		"lines of a byte":              {rows(4, times{"x\n", million}), "bad rows              4,000,000 ", 300},
		"small rows":                   {rows(2, times{`{"text":"a"}` + "\n", million}), "requests              2,000,000 ", 300},
		"a million images": {func(w io.Writer) error {
			for i := range million / 4 {
				if _, err := fmt.Fprintf(w, `{"images":["http://h/%d-0","http://h/%d-1","http://h/%d-2","http://h/%d-3"]}`+"\n", i, i, i, i); err != nil {
					return err
				}
			}
			return nil
		}, "distinct images       1,000,000", 450},
	} {
		t.Run(name, func(t *testing.T) {
			cmd := program.Command(t, t.TempDir(), nil, "inspect", "-")
			in, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			memory := watchMemory(cmd.Process.Pid)
			buffered := bufio.NewWriterSize(in, 1<<20)
			if err := errors.Join(test.write(buffered), buffered.Flush(), in.Close()); err != nil {
				t.Error(err)
			}
			_ = cmd.Wait() // what it says is looked at
			most := memory()
			t.Logf("%d MB", most)
			if most == 0 || most > test.most {
				t.Errorf("took %d MB", most)
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("no %q in %.2000s", test.want, out.String())
			}
		})
	}
}
