//go:build e2e

package e2e

import (
	"container/list"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// cachingServer is a model server with a cache of images, which counts what it hits as vLLM does.
type cachingServer struct {
	*server
	mu            sync.Mutex
	capacity      int
	newest        *list.List // URLs
	held          map[string]*list.Element
	queries, hits int
}

func newCachingServer(t *testing.T, capacity int) *cachingServer {
	s := &cachingServer{server: new(server), capacity: capacity, newest: list.New(), held: map[string]*list.Element{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) {
		before := len(s.requests)
		s.chat(w, r)
		for _, request := range s.requests[before:] { // one at a time
			for _, image := range request.images {
				s.look(image.url)
			}
		}
	})
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for name, count := range map[string]int{"vllm:mm_cache_queries": s.queries, "vllm:mm_cache_hits": s.hits} {
			fmt.Fprintf(w, "# TYPE %s_total counter\n%s_total{engine=\"0\",model_name=\"test\"} %d\n", name, name, count)
		}
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// look looks an image up, and stores it.
func (s *cachingServer) look(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queries++
	if at, held := s.held[url]; held {
		s.hits++
		s.newest.MoveToFront(at)
		return
	}
	s.held[url] = s.newest.PushFront(url)
	if s.newest.Len() > s.capacity {
		delete(s.held, s.newest.Remove(s.newest.Back()).(string))
	}
}

// verdictWithin is how long it may take from nothing to a verdict.
const verdictWithin = 5 * time.Minute

// TestVerdict runs the commands of docs/install.md where there is nothing but Python, and nothing but docker, as they are written there but for the
// server and its tokenizer, the version of aiperf, and where mmjsonl comes from.
func TestVerdict(t *testing.T) {
	image := projectImage(t)
	const python = "python:3.13-slim"
	if err := provide(python); err != nil {
		t.Fatal(err)
	}
	text := string(must(os.ReadFile(filepath.Join(root, "docs", "install.md")))(t))
	commands := func(first string) string {
		block := regexp.MustCompile("(?s)```sh\n(" + regexp.QuoteMeta(first) + ".*?)```").FindStringSubmatch(text)
		if block == nil {
			t.Fatalf("docs/install.md has no commands that begin with %q", first)
		}
		return block[1]
	}
	for _, test := range []struct {
		name, commands string
		run            func(dir, commands string) []string
	}{
		{"Python", commands("uvx mmjsonl"), func(dir, commands string) []string {
			wheels := wheelFolder(t)
			return []string{client, "run", "--rm", "--network", "host", "-v", dir + ":" + dir, "-w", dir, "-v", wheels + ":/wheels:ro", "-e", "UV_FIND_LINKS=/wheels",
				"-v", filepath.Join(cache, "uv") + ":/uv", "-e", "UV_CACHE_DIR=/uv", "-e", "UV_LINK_MODE=copy", python, "sh", "-euxc", "pip install -q uv\n" + commands}
		}},
		{"docker", commands("docker run"), func(dir, commands string) []string {
			commands = strings.NewReplacer("ghcr.io/OWNER/REPOSITORY:v1", image, "--network host", "--network host -v "+filepath.Join(cache, "uv")+":/root/.cache/uv").Replace(commands)
			return []string{"sh", "-euxc", commands}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			defer timed("verdict, " + test.name)()
			server := newCachingServer(t, 200)
			dir := t.TempDir()
			mustRun(t, root, filepath.Join(tool(t, aiperf), "python"), "e2e/tokenizer.py", filepath.Join(dir, "tokenizer"))
			commands := strings.NewReplacer("--model MODEL", "--model test --tokenizer "+dir+"/tokenizer", "URL", server.URL, "uvx aiperf", "uvx "+strings.Replace(newestAiperf[0], "==", "@", 1)).Replace(test.commands)
			t.Cleanup(func() { // some of it is root's
				exec.Command(client, "run", "--rm", "-v", dir+":/d", python, "sh", "-c", "rm -rf /d/*").Run()
			})
			ctx, cancel := context.WithTimeout(t.Context(), verdictWithin)
			defer cancel()
			args := test.run(dir, commands)
			cmd := exec.CommandContext(ctx, args[0], args[1:]...)
			cmd.Dir, cmd.Env = dir, cleanEnv()
			said, err := run(cmd)
			if err != nil {
				t.Fatal(err)
			}
			server.mu.Lock()
			defer server.mu.Unlock()
			if want := "agrees: 360 of 600 images hit, exactly as predicted."; !strings.Contains(said, want) || server.queries != 600 || server.hits != 360 {
				t.Errorf("the server hit %d of %d, and the commands say\n%s\nwant %q", server.hits, server.queries, said, want)
			}
		})
	}
}

// wheelFolder makes the wheel of this system, and returns its folder.
func wheelFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "mmjsonl")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-X main.version="+builtVersion, "-o", program, ".")
	build.Dir, build.Env = root, append(os.Environ(), "CGO_ENABLED=0")
	must(run(build))(t)
	mustRun(t, root, "python3", "python/build_wheels.py", builtVersion, filepath.Join(dir, "wheels"), "linux/"+runtime.GOARCH+"="+program)
	return filepath.Join(dir, "wheels")
}
