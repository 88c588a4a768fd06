//go:build unix

package cli

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// inShell runs a command line of the program in a shell, in a folder.
func inShell(t *testing.T, dir, line string) program.Result {
	t.Helper()
	cmd := exec.Command("sh", "-c", line)
	cmd.Dir, cmd.Env = dir, program.Command(t, dir, nil).Env
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // the exit code says it
	return program.Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}
}

const fourRows = "mmjsonl -n 4 --images-per-request 0 --user-text-tokens 2 --quiet"

// An open file gets the rows where it stands, under any of its names and through links to them, and nothing is written beside these.
func TestOutputIsAnOpenFile(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/fd"); err != nil {
		t.Skip("the names of open files are links to them on Linux alone")
	}
	for name, line := range map[string]string{
		"stdout, appended":    "echo before >f; " + fourRows + " -o /dev/stdout >>f",
		"by a link":           "ln -s /dev/stdout link; { echo before; " + fourRows + " -o link; } >f",
		"by links":            "ln -s /proc/self/fd dir; ln -s dir/1 link; { echo before; " + fourRows + " -o link; } >f",
		"by another path":     "{ echo before; " + fourRows + " -o /dev/../dev/./fd/1; } >f",
		"the thread's":        "{ echo before; " + fourRows + " -o /proc/thread-self/fd/1; } >f",
		"another, appended":   "echo before >f; " + fourRows + " -o /dev/fd/3 3>>f",
		"another, in a group": "{ echo before >&3; " + fourRows + " -o /proc/self/fd/3; } 3>f",
		"another shell's":     "exec 3>>f; echo before >&3; " + fourRows + " -o /proc/$$/fd/3",
		"compressed":          "{ echo before; " + fourRows + " -o /dev/stdout --compression gzip; } >f.gz; { head -n 1; gzip -d; } <f.gz >f",
		"stderr":              "{ echo before >&2; " + fourRows + " -o /dev/stderr; } 2>f",
	} {
		dir := t.TempDir()
		got := inShell(t, dir, line)
		content, err := os.ReadFile(filepath.Join(dir, "f"))
		if got.Code != 0 || err != nil || !strings.HasPrefix(string(content), "before\n{") || bytes.Count(content, []byte(`{"text":"`)) != 4 {
			t.Errorf("%s: exit code %d, the file holds %q, %v\n%s", name, got.Code, content, err, got.Stderr)
		}
		for _, pattern := range []string{filepath.Join(dir, "*.manifest.json"), filepath.Join(dir, ".*"), "/dev/*.manifest.json", "/dev/.*.part"} {
			if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
				t.Errorf("%s: there are %q, %v", name, left, err)
			}
		}
	}
}

// What is not an open file of this process, or cannot be a page, is bad input, and the names of open files stay what they are.
func TestStreamsRejected(t *testing.T) {
	t.Parallel()
	stdout, err := os.Readlink("/dev/stdout")
	if err != nil {
		t.Skip("the names of open files are links to them on Linux alone")
	}
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "2", "--images-per-request", "0", "-o", "x.jsonl")
	before, caught := program.Snapshot(t, dir), filepath.Join(t.TempDir(), "caught")
	for _, line := range []string{
		fourRows + " -o /dev/fd/77",
		fourRows + " -o /dev/fd/77 77</",
		fourRows + " -o y.jsonl --report /dev/stdout",
		fourRows + " -o y.jsonl --report /dev/fd/1 >" + caught,
		"mmjsonl inspect x.jsonl --report /dev/stdout",
		"mmjsonl inspect x.jsonl --report /dev/stdout >" + caught,
	} {
		got := inShell(t, dir, line)
		if got.Code != 2 || !strings.HasPrefix(got.Stderr, "mmjsonl: ") {
			t.Errorf("%s: exit code %d, %s", line, got.Code, got.Stderr)
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Errorf("%s: something was written:\n%s", line, after)
		}
		if now, _ := os.Readlink("/dev/stdout"); now != stdout {
			os.Remove("/dev/stdout") // as root it would stay so for everybody
			_ = os.Symlink(stdout, "/dev/stdout")
			t.Fatalf("%s: /dev/stdout leads to %q now", line, now)
		}
	}
}

// Rows for standard output are not lost without a word where that is closed. The null device is what a shell's > makes of it.
func TestStdoutClosed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "2", "--images-per-request", "0", "-o", "x.jsonl")
	for _, test := range []struct {
		line string
		code int
	}{
		{fourRows + " -o - >&-", 2},
		{fourRows + " -o /dev/stdout >&-", 2},
		{fourRows + " -o - <&- >&-", 2},
		{"mmjsonl inspect x.jsonl >&-", 0},
		{"mmjsonl inspect x.jsonl 1<>/dev/null", 0}, // as programs start others whose words they do not want
		{"mmjsonl inspect x.jsonl --report page.html >&-", 0},
		{fourRows + " -o - >/dev/null", 0},
		{fourRows + " -o /dev/null >&-", 0},
		{fourRows + " -o y.jsonl >&-", 0},
		{"mmjsonl inspect x.jsonl >/dev/null", 0},
	} {
		got := inShell(t, dir, test.line)
		if got.Code != test.code || test.code != 0 && !strings.Contains(got.Stderr, "standard output is closed") {
			t.Errorf("%s: exit code %d, want %d, %s", test.line, got.Code, test.code, got.Stderr)
		}
	}
}

// A path is too long before the work and not after it, whichever input gives it.
func TestNamesTooLong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "2", "--images-per-request", "0", "-o", "x.jsonl")
	before := program.Snapshot(t, dir)
	long, deep := strings.Repeat("n", 256), strings.Repeat(strings.Repeat("d", 200)+"/", 25)+"x"
	for _, args := range [][]string{
		{"--report", long}, {"--report", long + "/page.html"}, {"--report", "new/" + long}, {"--report", strings.Repeat("語", 86)}, {"--report", deep},
		{"-o", long}, {"-o", strings.Repeat("n", 241)}, {"-o", "new/" + long + "/x.jsonl"}, {"-o", deep},
		{"--image-dir", long}, {"--image-dir", "new/" + long}, {"--image-dir", deep},
	} {
		got := program.Run(t, dir, nil, append([]string{"-n", "2", "--image-size", "8"}, args...)...)
		if got.Code != 2 || !strings.HasPrefix(got.Stderr, "mmjsonl: "+args[0]) || len(got.Stderr) > 1000 {
			t.Errorf("%s with %d bytes: exit code %d, %s", args[0], len(args[1]), got.Code, got.Stderr)
		}
		if args[0] == "--report" {
			if got := program.Run(t, dir, nil, "inspect", "x.jsonl", args[0], args[1]); got.Code != 2 || !strings.HasPrefix(got.Stderr, "mmjsonl: --report") {
				t.Errorf("inspect --report with %d bytes: exit code %d, %s", len(args[1]), got.Code, got.Stderr)
			}
		}
		if after := program.Snapshot(t, dir); after != before {
			t.Fatalf("%q: something was written:\n%s", args, after)
		}
	}
}

// A working folder that has been removed is no obstacle where no path is relative to it.
func TestWorkingFolderRemoved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const gone = "mkdir gone; cd gone; rmdir ../gone; "
	for _, line := range []string{fourRows + " -o " + dir + "/x.jsonl --report " + dir + "/x.html", "mmjsonl inspect " + dir + "/x.jsonl", "mmjsonl -n 2 --image-size 8 -o " + dir + "/y.jsonl"} {
		if got := inShell(t, dir, gone+line); got.Code != 0 {
			t.Errorf("%s: exit code %d, %s", line, got.Code, got.Stderr)
		}
	}
	if got := inShell(t, dir, gone+fourRows+" -o x.jsonl"); got.Code != 2 || !strings.Contains(got.Stderr, "the working folder has been removed") {
		t.Errorf("a relative path: exit code %d, %s", got.Code, got.Stderr)
	}
}
