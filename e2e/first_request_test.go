//go:build e2e

package e2e

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var firstRequest = flag.Int("first-request", 0, "so many times: TestFirstRequest measures how long aiperf takes to its first request")

// TestFirstRequest measures the time from aiperf's command to its first request of 1000 rows of 3 images of 512×512, for each format and mode: on a first
// run, and on another one of the same file, which finds what the first left. It needs a quiet machine, half an hour and 15 GB of disk:
//
//	go test -tags e2e -count=1 -v -timeout 2h -run TestFirstRequest ./e2e -first-request 3
func TestFirstRequest(t *testing.T) {
	if *firstRequest < 1 {
		t.Skip("it measures, with -first-request N")
	}
	program, bin := builtProgram(t), tool(t, aiperf)
	tokenizer := filepath.Join(t.TempDir(), "tokenizer")
	mustRun(t, root, filepath.Join(bin, "python"), "e2e/tokenizer.py", tokenizer)
	type line struct {
		what, args, kind string
		times            [2][]time.Duration // of first runs, of repeated ones
	}
	lines := []*line{
		{what: "`aiperf` (`single_turn`), paths", args: "--image-mode base64", kind: "single_turn"},
		{what: "`aiperf` (`single_turn`), data URIs", args: "--image-mode datauri", kind: "single_turn"},
		{what: "`aiperf` (`single_turn`), URLs", args: "--image-mode http --image-url-base http://127.0.0.1:9/i --image-dir -", kind: "single_turn"},
		{what: "`raw-payload`, data URIs", args: "--format raw-payload --image-mode datauri", kind: "raw_payload"},
		{what: "`raw-payload`, URLs", args: "--format raw-payload --image-mode http --image-url-base http://127.0.0.1:9/i --image-dir -", kind: "raw_payload"},
		{what: "`mooncake`, data URIs", args: "--format mooncake --image-mode datauri", kind: "mooncake_trace"},
		{what: "`mooncake`, URLs", args: "--format mooncake --image-mode http --image-url-base http://127.0.0.1:9/i --image-dir -", kind: "mooncake_trace"},
	}
	for range *firstRequest {
		for _, l := range lines {
			dir := must(os.MkdirTemp("", "first"))(t) // a short name, as aiperf makes sockets in it
			mustRun(t, dir, program, append(strings.Fields("-n 1000 --images-per-request 3 --sha256=false --model test -o x.jsonl"), strings.Fields(l.args)...)...)
			for again := range 2 {
				took := untilFirstRequest(t, bin, tokenizer, dir, l.kind)
				t.Logf("%s, run %d: %s", l.what, again+1, took.Round(100*time.Millisecond))
				l.times[again] = append(l.times[again], took)
			}
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
	}
	median := func(times []time.Duration) time.Duration {
		slices.Sort(times)
		return times[len(times)/2]
	}
	fmt.Println("| rows | first run | the same file again |\n|---|---|---|")
	paths := lines[0].times
	for _, l := range lines {
		var cells [2]string
		for again, least := range [2]float64{3, 10} {
			took, before := median(l.times[again]), median(paths[again])
			times := before.Seconds() / took.Seconds()
			cells[again] = fmt.Sprintf("%.1f s (%.2g times sooner)", took.Seconds(), times)
			if l == lines[0] {
				cells[again] = fmt.Sprintf("%.1f s", took.Seconds())
			} else if strings.HasPrefix(l.what, "`raw-payload`") && times < least {
				t.Errorf("%s, run %d: %.2g times sooner than single_turn with paths, want at least %g", l.what, again+1, times, least)
			}
		}
		fmt.Printf("| %s | %s | %s |\n", l.what, cells[0], cells[1])
	}
}

// untilFirstRequest runs aiperf until its first request arrives.
func untilFirstRequest(t *testing.T, bin, tokenizer, dir, kind string) time.Duration {
	t.Helper()
	arrived := make(chan time.Time, 1)
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			once.Do(func() { arrived <- time.Now() })
		}
		http.Error(w, "it is enough", http.StatusServiceUnavailable)
	}))
	defer server.Close()
	log := must(os.Create(filepath.Join(dir, "log")))(t)
	defer log.Close()
	cmd := exec.Command(filepath.Join(bin, "aiperf"), "profile", "--model", "test", "--url", server.URL, "--endpoint-type", "chat", "--streaming", "--input-file", "x.jsonl",
		"--custom-dataset-type", kind, "--request-count", "1000", "--concurrency", "1", "--workers-max", "1", "--record-processors", "1", "--no-server-metrics", "--tokenizer", tokenizer, "--ui", "none")
	temp := filepath.Join(dir, "t") // where aiperf keeps what another run of the same file finds
	if err := os.MkdirAll(temp, 0o777); err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = dir, log, log, &syscall.SysProcAttr{Setpgid: true} // it has processes of its own
	cmd.Env = append(os.Environ(), "TMPDIR="+temp, "AIPERF_DATASET_CONFIGURATION_TIMEOUT=1800", "AIPERF_SERVICE_PROFILE_CONFIGURE_TIMEOUT=1800")
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	defer func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		if err := os.RemoveAll(filepath.Join(dir, "artifacts")); err != nil {
			t.Error(err)
		}
	}()
	select {
	case at := <-arrived:
		return at.Sub(begin)
	case err := <-ended:
		said, _ := os.ReadFile(log.Name())
		t.Fatalf("aiperf ended without a request: %v\n%s", err, tail(said))
	case <-time.After(25 * time.Minute):
		t.Fatal("no request arrives")
	}
	return 0
}
