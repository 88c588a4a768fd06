//go:build e2e

package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var install = flag.Bool("install", false, "install the tools, and test nothing")

// root is the repository, cache the folder where installed tools and build caches are kept from run to run.
var root, cache string

func TestMain(m *testing.M) {
	if folders := os.Getenv(variableWithoutCase); folders != "" {
		if err := serveWithoutCase(folders); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	code, err := session(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = 1
	}
	os.Exit(code)
}

// session runs the parts on a machine with an engine, and leaves the machine as it was, but for what is installed.
func session(m *testing.M) (code int, err error) {
	begin := time.Now()
	here, err := os.Getwd()
	if err != nil {
		return 1, err
	}
	root = filepath.Dir(here)
	user, err := os.UserCacheDir()
	if err != nil {
		return 1, err
	}
	cache = filepath.Join(user, "mmjsonl-e2e")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return 1, err
	}

	// One run at a time: two would take each other's engine and stand-ins away.
	lock, err := os.Create(filepath.Join(cache, "lock"))
	if err != nil {
		return 1, err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return 1, fmt.Errorf("failed to lock %q: %w", lock.Name(), err)
	}

	if *install {
		return 0, installAll()
	}
	if flag.Lookup("test.run").Value.String() == "" {
		go installAll() // meanwhile; otherwise each part installs what it needs
	}

	// The engine is told to end with the thread that started it, so that a run that is killed leaves none behind.
	runtime.LockOSThread()
	stop, err := startEngine()
	if err != nil {
		return 1, err
	}
	defer stop()
	defer removeImages()
	defer func() { os.RemoveAll(releaseTree) }()

	code = m.Run()
	times.Lock()
	defer times.Unlock()
	fmt.Printf("\n%-60s %8s\n", "part", "seconds")
	for _, line := range times.lines {
		fmt.Println(line)
	}
	fmt.Printf("%-60s %8.1f\n", "together", time.Since(begin).Seconds())
	return code, nil
}

// times is what took how long, in the order it ended.
var times struct {
	sync.Mutex
	lines []string
}

// timed is called at the start of a part, its result at the end.
func timed(part string) (done func()) {
	begin := time.Now()
	return func() {
		times.Lock()
		defer times.Unlock()
		times.lines = append(times.lines, fmt.Sprintf("%-60s %8.1f", part, time.Since(begin).Seconds()))
	}
}

// run runs a command that must succeed and returns its standard output without the last newline.
func run(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("failed to run %q: %w\n%s%s", strings.Join(cmd.Args, " "), err, tail(stdout.Bytes()), tail(stderr.Bytes()))
	}
	return strings.TrimSuffix(stdout.String(), "\n"), nil
}

// tail is the end of an output that is too long for an error.
func tail(output []byte) []byte {
	const most = 8 << 10
	return output[max(0, len(output)-most):]
}

// mustRun is run in a test, in the folder dir.
func mustRun(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	output, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

// must is for steps of a test that only fail when the machine does.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// cleanEnv is this process's environment without what a CI system adds, which the program and act would take for their own.
func cleanEnv(more ...string) []string {
	return append(slices.DeleteFunc(os.Environ(), func(pair string) bool {
		return strings.HasPrefix(pair, "GITHUB_") || strings.HasPrefix(pair, "RUNNER_") || strings.HasPrefix(pair, "INPUT_") ||
			strings.HasPrefix(pair, "ACTIONS_")
	}), more...)
}

// checkout copies the repository's files, without what git ignores, to a folder of the test's own.
func checkout(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mmjsonl-e2e-tree")
	if err := copyTree(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyTree copies the repository's files, without what git ignores, to a folder.
func copyTree(dir string) error {
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = root
	names, err := run(list)
	if err != nil {
		return err
	}
	for name := range strings.SplitSeq(names, "\x00") {
		if name == "" {
			continue
		}
		info, err := os.Stat(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue // deleted, and the deletion not yet committed
		}
		if err != nil {
			return err
		}
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return err
		}
		if name == "Dockerfile" {
			content = asBuilt(content)
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, content, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return nil
}

// commit makes a folder a git repository of one commit.
func commit(dir string) error {
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."}, {"-c", "user.name=e2e", "-c", "user.email=e2e@localhost", "commit", "-q", "-m", "e2e"},
	} {
		git := exec.Command("git", args...)
		git.Dir = dir
		if _, err := run(git); err != nil {
			return err
		}
	}
	return nil
}
