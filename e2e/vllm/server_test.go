//go:build vllm

package vllm

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// model is what requests call the model.
const model = "tiny"

// server is a vLLM that runs.
type server struct {
	url    string
	folder string // of its model
}

// start starts vLLM for the rest of the test and waits until it answers.
func start(t *testing.T, tools tools, folder string, flags ...string) server {
	t.Helper()
	begin := time.Now()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	log, err := os.Create(filepath.Join(t.TempDir(), "vllm.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	args := []string{"serve", folder, "--served-model-name", model, "--host", "127.0.0.1", "--port", strconv.Itoa(port),
		"--dtype", "bfloat16", "--enforce-eager", "--max-model-len", "8192", "--max-num-batched-tokens", "2048", "--limit-mm-per-prompt", `{"image":20,"video":0}`}
	cmd := exec.Command(filepath.Join(tools.vllm, "bin", "vllm"), append(args, flags...)...)
	cmd.Env = append(os.Environ(), "VLLM_SERVER_DEV_MODE=1", // which resets caches
		"HF_HUB_OFFLINE=1", "TRANSFORMERS_OFFLINE=1", "VLLM_NO_USAGE_STATS=1", "DO_NOT_TRACK=1",
		"VLLM_CPU_KVCACHE_SPACE=1", "VLLM_CPU_OMP_THREADS_BIND=nobind", "OMP_NUM_THREADS=1", "CUDA_VISIBLE_DEVICES=")
	cmd.Dir = t.TempDir()
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Setpgid: true} // it has processes of its own
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second):
		}
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	})
	s := server{fmt.Sprintf("http://127.0.0.1:%d", port), folder}
	for deadline := begin.Add(15 * time.Minute); ; time.Sleep(time.Second) {
		if response, err := http.Get(s.url + "/health"); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				t.Logf("vLLM answers after %s", time.Since(begin).Round(time.Second))
				return s
			}
		}
		select {
		case err := <-ended:
			ended <- err
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("vLLM ended: %v\n%s", err, tail(string(text)))
		default:
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("vLLM does not answer\n%s", tail(string(text)))
		}
	}
}

// reset empties the server's caches.
func (s server) reset(t *testing.T) {
	t.Helper()
	for _, cache := range []string{"mm", "prefix", "encoder"} {
		response, err := http.Post(s.url+"/reset_"+cache+"_cache", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Fatalf("resetting the %s cache: %s", cache, response.Status)
		}
	}
}

// metrics is what /metrics answers.
func (s server) metrics(t *testing.T) string {
	t.Helper()
	response, err := http.Get(s.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// counter is the sum of a counter's series, 0 if there is none.
func counter(t *testing.T, metrics, name string) (sum int64) {
	t.Helper()
	for line := range strings.Lines(metrics) {
		series, value, _ := strings.Cut(line, "} ")
		if series, _, _ = strings.Cut(series, "{"); series != name {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += int64(n)
	}
	return sum
}

// send sends the rows of a file as a plain client does, in their order, so many at once.
func (s server) send(t *testing.T, file string, concurrency int) {
	t.Helper()
	rows, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	bodies, failed := make(chan []byte), make(chan error, concurrency)
	for range concurrency {
		go func() {
			var first error
			for body := range bodies {
				if err := s.post(body); err != nil && first == nil {
					first = err
				}
			}
			failed <- first
		}()
	}
	lines := bufio.NewScanner(rows)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		bodies <- chatBody(t, filepath.Dir(file), lines.Bytes())
	}
	close(bodies)
	for range concurrency {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
}

func (s server) post(body []byte) error {
	response, err := http.Post(s.url+"/v1/chat/completions", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.300s", response.Status, text)
	}
	return err
}

// serve runs mmjsonl serve for the rest of the test.
func serve(t *testing.T, program, manifest string) {
	t.Helper()
	cmd := exec.Command(program, "serve", manifest)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	var said []string
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.HasPrefix(lines.Text(), "listening at ") {
			go io.Copy(io.Discard, stdout)
			return
		}
	}
	t.Fatalf("mmjsonl serve does not listen: %q", slices.Clip(said))
}
