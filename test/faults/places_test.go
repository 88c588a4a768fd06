//go:build unix

package faults

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// oldFiles puts what an earlier run may have left into a folder.
func oldFiles(t *testing.T, dir, output string) {
	t.Helper()
	program.Write(t, filepath.Join(dir, output), "an earlier file\n")
	program.Write(t, filepath.Join(dir, output+".manifest.json"), program.OldManifest)
	program.Write(t, filepath.Join(dir, "page.html"), program.OldPage)
}

// hold starts the program and stops it, as CTRL-Z does, once its folder has a file whose name matches the pattern; resume lets it run
// to its end.
func hold(t *testing.T, cmd *exec.Cmd, pattern string) (resume func() (code int, said string)) {
	t.Helper()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); ; time.Sleep(time.Millisecond) {
		if found, err := filepath.Glob(filepath.Join(cmd.Dir, pattern)); err != nil || len(found) > 0 {
			break
		}
		if time.Since(start) > 30*time.Second {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			t.Fatalf("nothing called %s appeared: %s", pattern, stderr.String())
		}
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		t.Fatalf("the program ended before it could be stopped: %v, %v, %s", status, err, stderr.String())
	}
	return func() (int, string) {
		if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // the exit code says it
		return cmd.ProcessState.ExitCode(), stderr.String()
	}
}

// slowRows is a run that takes half a second for its rows, in a file of 2 MB.
var slowRows = []string{"-n", "4000", "--images-per-request", "0", "--compression-level", "best", "-o", "out/x.jsonl.gz", "--report", "out/page.html", "--quiet"}

// A place that is taken away in the middle of a run ends it with a message that names the place and says what to do. Nothing is left, nothing
// is made anew there, and the files that had the names of the run's before have them again.
func TestPlacesTakenAway(t *testing.T) {
	t.Parallel()
	images := []string{"-n", "20000", "--images-per-request", "1", "--image-size", "256", "--user-text-tokens", "1", "-o", "x.jsonl", "--image-dir", "pics", "--quiet"}
	const gone = "the folder is not there any more"
	for _, test := range []struct {
		name   string
		args   []string
		until  string // the run is stopped when this exists
		change func(dir string) error
		want   []string
	}{
		{"the output's folder", slowRows, "out/.x.jsonl.gz.*.part", func(dir string) error {
			return os.RemoveAll(filepath.Join(dir, "out"))
		}, []string{"/out/", gone}},
		{"the output's folder, and another is made", slowRows, "out/.x.jsonl.gz.*.part", func(dir string) error {
			if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
				return err
			}
			return os.Mkdir(filepath.Join(dir, "out"), 0o777)
		}, []string{`"out/x.jsonl.gz"`, gone}},
		{"the output's name", slowRows, "out/.x.jsonl.gz.*.part", func(dir string) error {
			if err := os.Remove(filepath.Join(dir, "out", "x.jsonl.gz")); err != nil {
				return err
			}
			return os.MkdirAll(filepath.Join(dir, "out", "x.jsonl.gz", "in the way"), 0o777)
		}, []string{`"out/x.jsonl.gz"`}},
		{"the manifest's name", slowRows, "out/.x.jsonl.gz.*.part", func(dir string) error {
			if err := os.Remove(filepath.Join(dir, "out", "x.jsonl.gz.manifest.json")); err != nil {
				return err
			}
			return os.MkdirAll(filepath.Join(dir, "out", "x.jsonl.gz.manifest.json", "in the way"), 0o777)
		}, []string{`"out/x.jsonl.gz.manifest.json"`}},
		{"the page's name, by somebody's page", slowRows, "out/.x.jsonl.gz.*.part", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "out", "page.html"), []byte("<title>mine</title>\n"), 0o666)
		}, []string{`"out/page.html"`, "exists and is not a page of this program"}},
		{"the image folder", images, "pics/img_0003.png", func(dir string) error {
			return os.RemoveAll(filepath.Join(dir, "pics"))
		}, []string{`"pics/img_`, gone}},
		{"the image folder, and another is made", images, "pics/img_0003.png", func(dir string) error {
			if err := os.Rename(filepath.Join(dir, "pics"), filepath.Join(dir, "old")); err != nil {
				return err
			}
			return os.Mkdir(filepath.Join(dir, "pics"), 0o777)
		}, []string{`"pics/img_`, gone}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			oldFiles(t, filepath.Join(dir, "out"), "x.jsonl.gz")
			oldFiles(t, dir, "x.jsonl")
			resume := hold(t, program.Command(t, dir, nil, test.args...), test.until)
			if err := test.change(dir); err != nil {
				t.Fatal(err)
			}
			before := withoutParts(program.Snapshot(t, dir))
			code, said := resume()
			if code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			for _, want := range test.want {
				if !strings.Contains(strings.ReplaceAll(said, dir+"/", ""), want) && !strings.Contains(said, want) {
					t.Errorf("the message does not say %s: %s", want, said)
				}
			}
			messages := strings.ReplaceAll(said, "\n  ", " ") // what to do is an indented line of the same message
			if strings.Count(messages, "\n") != 1+strings.Count(messages, "warning: ") || strings.Contains(said, ".part") {
				t.Errorf("there is not one message of what the user knows: %s", said)
			}
			after := program.Snapshot(t, dir)
			// An image that got its name just before the folder went away is taken back.
			moved := regexp.MustCompile(`(?m)^old/img_.*\n`)
			for _, image := range moved.FindAllString(after, -1) {
				if !strings.Contains(before, image) {
					t.Errorf("after the folder had gone an image came into it: %s", image)
				}
			}
			if moved.ReplaceAllString(after, "") != moved.ReplaceAllString(before, "") {
				t.Errorf("the folder has changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// withoutParts leaves the temporary files out of a snapshot.
func withoutParts(listing string) string {
	var b strings.Builder
	for line := range strings.Lines(listing) {
		if name, _, _ := strings.Cut(line, " "); !strings.HasSuffix(name, ".part") {
			b.WriteString(line)
		}
	}
	return b.String()
}

// A place in which not even root can make a file is named in the message, and everything else stays as it was.
func TestPlacesNotWritable(t *testing.T) {
	t.Parallel()
	server := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(program.COCOZip(9)) }))
	web := []string{"HTTP_PROXY=" + server.URL, "http_proxy=" + server.URL, "NO_PROXY=", "no_proxy="}
	few := []string{"-n", "2", "--image-size", "8", "--user-text-tokens", "1"}
	for _, test := range []struct {
		name string
		args []string
		env  []string
		want []string
	}{
		{"output below a file", []string{"-o", "x.jsonl/y.jsonl"}, nil, []string{"-o ", "x.jsonl/y.jsonl", "is not a folder"}},
		{"output in a circle of links", []string{"-o", "circle/y.jsonl"}, nil, []string{"-o ", "circle/y.jsonl", "give another path"}},
		{"image folder below a file", []string{"-o", "y.jsonl", "--image-dir", "x.jsonl/pics"}, nil, []string{"--image-dir ", "x.jsonl/pics"}},
		{"image folder that is a circle of links", []string{"-o", "y.jsonl", "--image-dir", "circle"}, nil, []string{"--image-dir ", "circle"}},
		{"page below a file", []string{"-o", "y.jsonl", "--report", "x.jsonl/page.html"}, nil, []string{"--report ", "x.jsonl/page.html"}},
		{"temporary files below a file", []string{"-o", "y.jsonl", "--image-mode", "http"}, append(web, "TMPDIR=x.jsonl/tmp"), []string{"temporary file", "x.jsonl/tmp"}},
		{"annotations where a file stands", []string{"-o", "y.jsonl", "--image-mode", "http"}, web, []string{"annotations"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			oldFiles(t, dir, "x.jsonl")
			if !strings.HasPrefix(test.name, "temporary") {
				program.Write(t, filepath.Join(dir, "annotations"), "no folder\n")
			}
			if err := os.Symlink("circle", filepath.Join(dir, "circle")); err != nil {
				t.Fatal(err)
			}
			before := program.Snapshot(t, dir)
			got := program.Run(t, dir, test.env, append(few, test.args...)...)
			if got.Code != 1 && got.Code != 2 {
				t.Errorf("exit code %d, want 1 or 2\n%s", got.Code, got.Stderr)
			}
			for _, want := range test.want {
				if !strings.Contains(got.Stderr, want) {
					t.Errorf("the message does not say %q: %s", want, got.Stderr)
				}
			}
			if after := program.Snapshot(t, dir); after != before {
				t.Errorf("the folder has changed:\n%s\nwas\n%s", after, before)
			}
		})
	}
}

// A limit on the size of files that the output keeps to, and another file of the run does not.
func TestFileSizeLimit(t *testing.T) {
	t.Parallel()
	large := program.COCO(2000, 1000) // 2 MB, and a tenth of that as a zip
	server := program.Server(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, ".zip") {
			_, _ = w.Write(program.Zip(map[string][]byte{"annotations/image_info_test2017.json": large}))
			return
		}
		_, _ = w.Write(large)
	}))
	for _, test := range []struct {
		name, limit, args string // the limit in units of 512 bytes or, in some shells, 1024
		want              string
	}{
		{"the manifest", "8", "-n 1 --image-mode datauri --image-size 8 --images-per-request 1 --user-text-tokens 1 -o x.jsonl", "x.jsonl.manifest.json"},
		{"the page", "4", "inspect rows.jsonl --report page.html", "page.html"},
		{"a download", "1024", "-n 2 --image-mode http -o x.jsonl --coco-annotations " + server.URL + "/info.json", "failed to store the download"},
		{"what is unpacked", "1024", "-n 2 --image-mode http -o x.jsonl", "annotations/image_info_test2017.json"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir, temp := t.TempDir(), t.TempDir()
			oldFiles(t, dir, "x.jsonl")
			program.Write(t, filepath.Join(dir, "rows.jsonl"), `{"text":"a","images":["http://h/1"]}`+"\n")
			if err := os.Mkdir(filepath.Join(dir, "annotations"), 0o777); err != nil {
				t.Fatal(err)
			}
			before := program.Snapshot(t, dir)
			cmd := program.Command(t, dir, []string{"TMPDIR=" + temp, "HTTP_PROXY=" + server.URL, "http_proxy=" + server.URL})
			limited := exec.Command("sh", "-c", "ulimit -f "+test.limit+" && exec mmjsonl "+test.args)
			limited.Dir, limited.Env = cmd.Dir, cmd.Env
			said, err := limited.CombinedOutput()
			if code := limited.ProcessState.ExitCode(); code != 1 {
				t.Errorf("exit code %d, want 1, %v", code, err)
			}
			for _, want := range []string{test.want, "file too large", "raise the limit on the size of a file (ulimit -f)"} {
				if !strings.Contains(string(said), want) {
					t.Errorf("the message does not say %q: %s", want, said)
				}
			}
			if after := program.Snapshot(t, dir) + program.Snapshot(t, temp); after != before+"./\n" {
				t.Errorf("the folders have changed:\n%s\nwere\n%s", after, before)
			}
		})
	}
}

// A named pipe as output: its reader gets the very bytes of the file, and a reader that leaves is a failure that names it.
func TestOutputPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-n", "2000", "--images-pool", "20", "--image-size", "8", "--image-dir", "pics", "-o"}
	program.Succeed(t, dir, nil, append(args, "file.jsonl")...)
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(pipe)
	if err != nil {
		t.Fatal(err)
	}
	before := program.Files(t, dir)

	read := make(chan []byte)
	go func() {
		content, _ := os.ReadFile(pipe) // what is not read is missing below
		read <- content
	}()
	got := program.Run(t, dir, nil, append(args, "pipe")...)
	want, err := os.ReadFile(filepath.Join(dir, "file.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if content := <-read; got.Code != 0 || !bytes.Equal(content, want) {
		t.Errorf("exit code %d, want 0, and %d bytes came, want %d\n%s", got.Code, len(content), len(want), got.Stderr)
	}

	go func() {
		if f, err := os.Open(pipe); err == nil {
			_, _ = io.ReadFull(f, make([]byte, 10))
			f.Close()
		}
		read <- nil
	}()
	got = program.Run(t, dir, nil, append(args, "pipe")...)
	<-read
	if got.Code != 1 || !strings.Contains(got.Stderr, pipe) || !strings.Contains(got.Stderr, "what read it has gone before its end") {
		t.Errorf("the reader left: exit code %d, want 1 and a message that says so: %s", got.Code, got.Stderr)
	}
	if after := program.Files(t, dir); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("the folder holds\n%q, it held\n%q", after, before)
	}
	if now, err := os.Lstat(pipe); err != nil || !os.SameFile(now, info) || now.Mode() != info.Mode() {
		t.Errorf("the pipe has become %v, %v", now, err)
	}
}

// A reader of standard output that has seen enough ends the run as programs in a pipe end: without a word, with the code that shells give
// to SIGPIPE; and no file is left half-made.
func TestStdoutReaderLeaves(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := program.Command(t, dir, nil, "-n", "100000", "--images-pool", "20", "--image-size", "8", "--image-dir", "pics", "-o", "-", "--quiet")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	stdout.Close()
	_ = cmd.Wait() // the exit code says it
	if err != nil {
		t.Errorf("no line came: %v", err)
	}
	if _, err := program.ParseRows("stdout", []byte(line)); err != nil {
		t.Errorf("the first row: %v", err)
	}
	if code := cmd.ProcessState.ExitCode(); code != 141 || strings.Contains(stderr.String(), "mmjsonl:") {
		t.Errorf("exit code %d, want 141 without a word: %s", code, stderr.String())
	}
	if names := program.Files(t, dir); len(names) != 20+1 || len(temporaryFiles(t, dir)) > 0 { // images and their mark
		t.Errorf("the folder holds %q", names)
	}
}

// Where the program's words go makes no difference to the file: standard output is closed or full, or the reader of the warnings and of the
// progress has gone, which must not end the run in the middle.
func TestStandardStreamsBroken(t *testing.T) {
	t.Parallel()
	args := []string{"-n", "30", "--image-mode", "datauri", "--image-size", "32", "--image-path-prefix", "x", "-o", "x.jsonl"} // with a warning
	want := t.TempDir()
	if got := program.Succeed(t, want, nil, args...); !strings.Contains(got.Stderr, "warning") {
		t.Fatalf("there is no warning to be lost: %s", got.Stderr)
	}
	check := func(t *testing.T, dir string, cmd *exec.Cmd, code int) {
		t.Helper()
		_ = cmd.Run() // the exit code says it
		if got := cmd.ProcessState.ExitCode(); got != code {
			t.Errorf("exit code %d, want %d", got, code)
		}
		for _, name := range []string{"x.jsonl", "x.jsonl.manifest.json"} {
			if !sameContent(t, filepath.Join(dir, name), filepath.Join(want, name)) {
				t.Errorf("%s is another", name)
			}
		}
		if names := program.Files(t, dir); len(names) != 2 {
			t.Errorf("the folder holds %q", names)
		}
	}
	t.Run("standard error without a reader", func(t *testing.T) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		defer w.Close()
		dir := t.TempDir()
		cmd := program.Command(t, dir, nil, args...)
		cmd.Stderr = w
		check(t, dir, cmd, 0)
	})
	inShell := func(t *testing.T, redirection string, code int) {
		dir := t.TempDir()
		cmd := program.Command(t, dir, nil, args...)
		shell := exec.Command("sh", "-c", "exec mmjsonl "+strings.Join(args, " ")+" "+redirection)
		shell.Dir, shell.Env = cmd.Dir, cmd.Env
		check(t, dir, shell, code)
	}
	t.Run("closed", func(t *testing.T) { inShell(t, "<&- >&- 2>&-", 0) })
	if runtime.GOOS == "linux" { // which alone has a file that is full
		t.Run("full", func(t *testing.T) { inShell(t, ">/dev/full 2>/dev/full", 1) })
	}
}

func sameContent(t *testing.T, name, other string) bool {
	t.Helper()
	a, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
	}
	b, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(a, b)
}

// The next run of the same output removes what killed runs have left, and nothing else with such a name: it may belong to a run on another machine,
// or that still writes, as TestConcurrentRunsPaused has it. It makes its own files, complete, beside it.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-n", "3000", "--images-pool", "5", "--image-size", "8", "--compression-level", "best", "-o", "x.jsonl.gz"}
	for range 2 {
		cmd := program.Command(t, dir, nil, args...)
		hold(t, cmd, ".x.jsonl.gz.*.part")
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
		if left := temporaryFiles(t, dir); len(left) != 1 {
			t.Fatalf("the killed run has left %q: the test proves nothing, or leftovers add up", left)
		}
	}
	killed := temporaryFiles(t, dir)[0]
	for _, name := range []string{".x.jsonl.gz.AAAAAAAAAAAAAAAAAAAAAAAAAA.part", ".x.jsonl.gz.manifest.json.BBBBBBBBBBBBBBBBBBBBBBBBBB.part",
		".x.jsonl.gz.manifest.json.BBBBBBBBBBBBBBBBBBBBBBBBBB.before.part", "images_8x8_seed42/.img_0001.png.CCCCCCCCCCCCCCCCCCCCCCCCCC.part"} {
		program.Write(t, filepath.Join(dir, name), "half a file")
	}
	kept := func() (lines []string) {
		for line := range strings.Lines(program.Snapshot(t, dir)) {
			if name, _, _ := strings.Cut(line, " "); strings.HasSuffix(name, ".part") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	before := slices.DeleteFunc(kept(), func(line string) bool { return strings.HasPrefix(line, killed) })
	program.Succeed(t, dir, nil, args...)
	if after := kept(); strings.Join(after, "") != strings.Join(before, "") {
		t.Errorf("the leftovers are\n%q, want\n%q", after, before)
	}
	rows := program.Rows(t, filepath.Join(dir, "x.jsonl.gz"))
	if len(rows) != 3000 {
		t.Errorf("%d rows, want 3000", len(rows))
	}
	checkImages(t, rows, "8x8")
	if names := finalFiles(t, dir); len(names) != 5+3 { // images, their mark, the output and its manifest
		t.Errorf("the folder holds %q", names)
	}
}

// checkImages wants every image that rows refer to to be complete.
func checkImages(t *testing.T, rows []program.Row, size string) {
	t.Helper()
	seen := map[string]bool{}
	for _, r := range rows {
		for _, ref := range r.Images {
			if seen[ref] {
				continue
			}
			seen[ref] = true
			data, err := os.ReadFile(ref)
			if err != nil {
				t.Error(err)
			} else if _, err := program.DecodePNG(data, size); err != nil {
				t.Errorf("%s: %v", ref, err)
			}
		}
	}
}

// A pipe with an image's name does not keep a run waiting: in a folder of the program it is replaced, any other folder is rejected.
func TestImageDirPipes(t *testing.T) {
	t.Parallel()
	for _, marked := range []bool{false, true} {
		dir := t.TempDir()
		if marked {
			program.Succeed(t, dir, nil, "-n", "1", "--image-size", "8", "--image-dir", "pics", "-o", "first.jsonl")
			if err := os.Remove(filepath.Join(dir, "pics", "img_0001.png")); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Mkdir(filepath.Join(dir, "pics"), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dir, "pics", "img_0001.png"), 0o666); err != nil {
			t.Fatal(err)
		}
		got := program.Run(t, dir, nil, "-n", "2", "--image-size", "8", "--image-dir", "pics", "-o", "x.jsonl")
		if marked && got.Code != 0 || !marked && (got.Code != 2 || !strings.Contains(got.Stderr, "holds another img_0001.png")) {
			t.Errorf("marked: %v, exit code %d\n%s%s", marked, got.Code, got.Stdout, got.Stderr)
		}
	}
}
