//go:build vllm

package vllm

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The cache holds 136 images of each model: 64×64 pixels take 24,600 bytes of Qwen3-VL's, and 56×56 pixels 18,840 of Qwen2.5-VL's.
const (
	capacity  = 136
	qwen3GiB  = "0.00312"
	qwen25GiB = "0.00239"
)

// files are made, sent and compared, by aiperf and by a plain client. Each meets an empty cache of 136 images.
var files = []struct {
	name string
	args string
	hits int64 // of that cache; 0: as many as inspect says
}{
	{"k1", "-n 300 --images-per-request 1 --hit-rate 0.6@136", 180},
	{"k3", "-n 100 --images-per-request 3 --hit-rate 0.5@136", 150},
	{"k10", "-n 50 --images-per-request 10 --hit-rate 0.6@136", 300},
	{"none", "-n 60 --images-per-request 3 --hit-rate 0@136", 0},
	{"points", "-n 150 --images-per-request 3 --hit-rate 0.2@50,0.4@90,0.6@136", 270},
	{"points-beyond", "-n 300 --images-per-request 2 --hit-rate 0.2@60,0.4@136,0.6@190", 240},
	{"uniform", "-n 150 --images-per-request 3 --images-pool 200", 0},
	{"steady", "-n 150 --images-per-request 3 --reuse-rate 0.5 --reuse-pattern steady", 0},
	{"zipf", "-n 150 --images-per-request 3 --images-pool 200 --reuse-pattern zipf", 0},
	{"warm-up", "-n 200 --images-per-request 3 --images-pool 160 --hit-rate 0.6@136 --warm-up first", 0},
	{"in-flight", "-n 200 --images-per-request 3 --hit-rate 0.6@136 --concurrency 8", 360},
	{"paths", "-n 60 --images-per-request 3 --hit-rate 0.5@136 --image-mode base64", 90},
	{"http", "-n 100 --images-per-request 3 --hit-rate 0.5@136 --image-mode http --image-url-base http://127.0.0.1:%d --image-dir -", 150},
}

// comparison is what mmjsonl compare says of a run.
type comparison struct {
	Verdict      string
	Predicted    int64 `json:"predicted_hits"`
	Counted      *struct{ Hits, Lookups int64 }
	Bytes        int64  `json:"capacity_bytes"`
	Implied      *int64 `json:"implied_capacity_images"`
	Most         *int64 `json:"implied_capacity_images_most"`
	ImpliedBytes *int64 `json:"implied_capacity_bytes"`
	Copies       int
	Words        string `json:"verdict_words"`
}

// implies reports whether the counted hits are those of a cache of so many images.
func (c comparison) implies(images int64) bool {
	return c.Implied != nil && *c.Implied <= images && (c.Most == nil || images <= *c.Most)
}

func TestCompare(t *testing.T) {
	tools := install(t)
	program := filepath.Join(t.TempDir(), "mmjsonl")
	run(t, "../..", nil, "go", "build", "-o", program, ".")
	models := map[string]string{}
	for _, family := range []string{"qwen3", "qwen2.5"} {
		models[family] = filepath.Join(t.TempDir(), "model")
		run(t, "", nil, filepath.Join(tools.vllm, "bin", "python"), "model.py", family, models[family])
	}
	bench := func(t *testing.T, s server) bench {
		return bench{tools: tools, program: program, server: s, dir: t.TempDir()}
	}

	t.Run("Qwen3-VL", func(t *testing.T) {
		s := start(t, tools, models["qwen3"], "--mm-processor-cache-gb", qwen3GiB)
		for i, file := range files {
			t.Run(file.name, func(t *testing.T) {
				b := bench(t, s)
				args := "--image-size 64x64 " + file.args
				if strings.Contains(args, "%d") {
					args = fmt.Sprintf(args, 20000+os.Getpid()%10000+i)
				}
				b.generate(t, args)
				want := file.hits
				if want == 0 {
					want = b.inspected(t)
				}
				for client, send := range map[string]func(*testing.T, ...string) comparison{"plain": b.plain, "aiperf": b.aiperf} {
					t.Run(client, func(t *testing.T) {
						s.reset(t)
						before := s.metrics(t)
						got := send(t)
						after := s.metrics(t)
						counted := counter(t, after, "vllm:mm_cache_hits_total") - counter(t, before, "vllm:mm_cache_hits_total")
						if b.warmUp > 0 && client == "aiperf" { // what is measured is what comes after the warm-up
							if counted != want {
								t.Errorf("with the warm-up the server counted %d hits, want %d", counted, want)
							}
						} else if counted != want || got.Counted == nil || got.Counted.Hits != want {
							t.Errorf("the server counted %d hits, want %d: %+v", counted, want, got)
						}
						if got.Verdict != "agrees" || got.Counted == nil || got.Predicted != got.Counted.Hits {
							t.Errorf("%+v", got)
						}
					})
				}
			})
		}
		t.Run("command", func(t *testing.T) { // that sends the file, around which the metrics are read
			b := bench(t, s)
			b.generate(t, "--image-size 64x64 -n 20 --images-per-request 2 --hit-rate 0.5@136")
			s.reset(t)
			var bodies strings.Builder
			for i, row := range strings.Split(strings.TrimSpace(read(t, b.file())), "\n") {
				name := filepath.Join(b.dir, fmt.Sprintf("body%d", i))
				write(t, name, string(chatBody(t, b.dir, []byte(row))))
				fmt.Fprintf(&bodies, "curl -fsS -o /dev/null -H 'Content-Type: application/json' -d @%s %s/v1/chat/completions\n", name, s.url)
			}
			got := b.compare(t, b.file(), "--metrics-url", s.url+"/metrics", "--", "sh", "-ec", bodies.String())
			if got.Verdict != "agrees" || got.Counted.Hits != 20 || got.Predicted != 20 {
				t.Errorf("%+v", got)
			}
		})
		t.Run("smaller", func(t *testing.T) { // than the file was made for
			b := bench(t, s)
			b.generate(t, "--image-size 64x64 -n 300 --images-per-request 3 --hit-rate 0.6@250")
			for client, send := range map[string]func(*testing.T, ...string) comparison{"plain": b.plain, "aiperf": b.aiperf} {
				s.reset(t)
				if got := send(t); got.Verdict != "fewer" || !got.implies(capacity) {
					t.Errorf("%s: %+v", client, got)
				}
			}
		})
		t.Run("warm", func(t *testing.T) { // from the same file
			b := bench(t, s)
			b.generate(t, "--image-size 64x64 -n 60 --images-per-request 3 --hit-rate 0.4@136")
			s.reset(t)
			if got := b.plain(t); got.Verdict != "agrees" {
				t.Errorf("cold: %+v", got)
			}
			for client, send := range map[string]func(*testing.T, ...string) comparison{"plain": b.plain, "aiperf": b.aiperf} {
				if got := send(t); got.Verdict != "warm" {
					t.Errorf("%s: %+v", client, got)
				}
			}
		})
	})

	t.Run("Qwen2.5-VL", func(t *testing.T) {
		s := start(t, tools, models["qwen2.5"], "--mm-processor-cache-gb", qwen25GiB)
		b := bench(t, s)
		b.generate(t, "--image-size 56x56 -n 150 --images-per-request 3 --hit-rate 0.6@136")
		for client, send := range map[string]func(*testing.T, ...string) comparison{"plain": b.plain, "aiperf": b.aiperf} {
			s.reset(t)
			if got := send(t); got.Verdict != "agrees" || got.Counted.Hits != 270 || got.Predicted != 270 {
				t.Errorf("%s: %+v", client, got)
			}
		}
		// The program's own figure of what the cache holds.
		s.reset(t)
		got := b.plain(t, "--server", "vllm", "--cache-gib", qwen25GiB, "--model", s.folder)
		if got.Verdict != "agrees" || !got.implies(capacity) {
			t.Errorf("%+v", got)
		}
	})

	t.Run("off", func(t *testing.T) {
		s := start(t, tools, models["qwen3"], "--mm-processor-cache-gb", "0")
		b := bench(t, s)
		b.generate(t, "--image-size 64x64 -n 60 --images-per-request 3 --hit-rate 0.4@136")
		for client, send := range map[string]func(*testing.T, ...string) comparison{"plain": b.plain, "aiperf": b.aiperf} {
			if got := send(t); got.Verdict != "off" {
				t.Errorf("%s: %+v", client, got)
			}
		}
	})

	t.Run("two API servers", func(t *testing.T) { // each with a cache of its own
		s := start(t, tools, models["qwen3"], "--mm-processor-cache-gb", qwen3GiB, "--api-server-count", "2")
		b := bench(t, s)
		b.generate(t, "--image-size 64x64 -n 300 --images-per-request 3 --hit-rate 0.6@136 --concurrency 8")
		// Which of them gets a connection is chance, and a connection stays with it. Fewer hits than an order explains are certain only of several copies.
		if got := b.aiperf(t, "--connection-reuse-strategy", "never"); got.Verdict != "copies" || got.Copies != 2 {
			t.Errorf("%+v", got)
		}
	})
}

// bench sends files to a server.
type bench struct {
	tools
	program string
	server  server
	dir     string // of the file, and the working directory

	next        []string // the commands that were printed
	concurrency int
	warmUp      int
	cache       []string // flags that say which cache it is, for files that were made for none; nil: one of so many images
}

// size are flags that say which cache the server has.
func (b *bench) size() []string {
	if b.cache != nil {
		return b.cache
	}
	return []string{"--cache-images", strconv.Itoa(capacity)}
}

func (b *bench) file() string { return filepath.Join(b.dir, "requests.jsonl") }

// generate makes a file, and serves its images if its rows name them by URLs.
func (b *bench) generate(t *testing.T, args string) {
	t.Helper()
	if !strings.Contains(args, "--image-mode") {
		args += " --image-mode datauri"
	}
	begin := time.Now()
	printed := run(t, b.dir, nil, b.program, strings.Fields(args+" --user-text-tokens 10 -o requests.jsonl")...)
	_, next, found := strings.Cut(printed, "Next:\n")
	if !found {
		t.Fatalf("nothing to run next:\n%s", printed)
	}
	next, _, _ = strings.Cut(next, "\nNote:")
	b.next = strings.Split(strings.TrimSpace(next), "\n  ")
	number := func(flag string, otherwise int) int {
		m := regexp.MustCompile(` ` + flag + ` (\d+)`).FindStringSubmatch(next)
		if m == nil {
			return otherwise
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	b.concurrency, b.warmUp = number("--concurrency", 1), number("--warmup-request-count", 0)
	if strings.HasPrefix(b.next[0], "mmjsonl serve ") {
		serve(t, b.program, b.file()+".manifest.json")
	}
	t.Logf("made %s in %s", args, time.Since(begin).Round(time.Millisecond))
}

// inspected is how many hits the server's cache has, by the file alone.
func (b *bench) inspected(t *testing.T) int64 {
	t.Helper()
	var document struct {
		Files []struct {
			Capacities []struct {
				Hits int64 `json:"hits_by_request"`
			}
			Server *struct{ Hits int64 }
		}
	}
	text := run(t, b.dir, nil, b.program, append([]string{"inspect", "requests.jsonl", "--json"}, b.size()...)...)
	if err := json.Unmarshal([]byte(text), &document); err != nil || len(document.Files) != 1 {
		t.Fatalf("%v: %s", err, tail(text))
	}
	if server := document.Files[0].Server; server != nil {
		return server.Hits
	}
	if len(document.Files[0].Capacities) != 1 {
		t.Fatal(tail(text))
	}
	return document.Files[0].Capacities[0].Hits
}

// plain has the plain client send the file, and compares what the server counted, with flags of compare.
func (b *bench) plain(t *testing.T, flags ...string) comparison {
	t.Helper()
	begin := time.Now()
	write(t, filepath.Join(b.dir, "before.prom"), b.server.metrics(t))
	b.server.send(t, b.file(), b.concurrency)
	write(t, filepath.Join(b.dir, "after.prom"), b.server.metrics(t))
	t.Logf("plain: %s", time.Since(begin).Round(time.Second))
	return b.compare(t, append([]string{"requests.jsonl", "--before", "before.prom", "--after", "after.prom", "--concurrency", strconv.Itoa(b.concurrency)}, flags...)...)
}

// aiperf runs the commands that were printed with the file, with what is not known there, and flags of its own.
func (b *bench) aiperf(t *testing.T, flags ...string) comparison {
	t.Helper()
	begin := time.Now()
	var send, compare string
	for i, command := range b.next {
		switch {
		case strings.HasPrefix(command, "aiperf profile "):
			send = command + "\n" + b.next[i+1] // it goes on in the next line
		case strings.HasPrefix(command, "mmjsonl compare "):
			compare = command
		}
	}
	if send == "" || compare == "" {
		t.Fatalf("no commands to send and to compare: %q", b.next)
	}
	send = strings.NewReplacer("MODEL", model, " URL ", " "+b.server.url+" ").Replace(send)
	// aiperf makes sockets in its temporary folder, whose paths must be short.
	temp, err := os.MkdirTemp("", "aiperf")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(temp)
	env := []string{"PATH=" + filepath.Join(b.tools.aiperf, "bin") + ":" + os.Getenv("PATH"), "TMPDIR=" + temp}
	flags = append(flags, "--tokenizer", b.server.folder, "--ui", "none", "--workers-max", "1", "--record-processors", "1",
		"--extra-inputs", "max_tokens:2", "--extra-inputs", "temperature:0")
	run(t, b.dir, env, "sh", append([]string{"-ec", send + ` "$@"`, "sh"}, flags...)...)
	t.Logf("aiperf: %s", time.Since(begin).Round(time.Second))
	return b.compare(t, strings.Fields(compare)[2:]...)
}

// compare is what mmjsonl compare says, with the exit code that belongs to it. It is told the cache's size where the file was not made for one.
func (b *bench) compare(t *testing.T, args ...string) comparison {
	t.Helper()
	if one := regexp.MustCompile(`"hit-rate": "[^",]+"`); !one.MatchString(read(t, b.file()+".manifest.json")) {
		args = append(b.size(), args...)
	}
	text, failed := output(t, b.dir, nil, b.program, append([]string{"compare", "--json"}, args...)...)
	var document struct{ Runs []comparison }
	if err := json.Unmarshal([]byte(text), &document); err != nil || len(document.Runs) != 1 {
		t.Fatalf("%v, %v: %s", failed, err, tail(text))
	}
	got := document.Runs[0]
	if agrees := got.Verdict == "agrees" || got.Verdict == "holds"; agrees != (failed == nil) {
		t.Errorf("the verdict is %s, and the command ended with %v", got.Verdict, failed)
	}
	t.Logf("%s", got.Words)
	return got
}

// chatBody is the request that a row of single_turn stands for.
func chatBody(t *testing.T, dir string, row []byte) []byte {
	t.Helper()
	var r struct {
		Text   string
		Images []string
	}
	if err := json.Unmarshal(row, &r); err != nil {
		t.Fatal(err)
	}
	content := []map[string]any{{"type": "text", "text": r.Text}}
	for _, image := range r.Images {
		if !strings.Contains(image, ":") {
			if !filepath.IsAbs(image) {
				image = filepath.Join(dir, image)
			}
			image = "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte(read(t, image)))
		}
		content = append(content, map[string]any{"type": "image_url", "image_url": map[string]string{"url": image}})
	}
	body, err := json.Marshal(map[string]any{"model": model, "max_tokens": 1, "messages": []map[string]any{{"role": "user", "content": content}}})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
