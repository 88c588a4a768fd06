package report

import (
	"net/url"
	"strings"
	"testing"

	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/serve"
)

// The command that serves a file's images listens where its rows say.
func TestServeCommand(t *testing.T) {
	for base, want := range map[string]string{
		"http://127.0.0.1:9999":       "mmjsonl serve 'my file.json'   # in another terminal",
		"http://localhost/a":          "mmjsonl serve 'my file.json'   # in another terminal",
		"http://[::1]:80/":            "mmjsonl serve 'my file.json'   # in another terminal",
		"http://10.0.0.5:9999/x":      "mmjsonl serve 'my file.json' --listen 0.0.0.0:9999   # in another terminal",
		"http://media.example/x":      "mmjsonl serve 'my file.json' --listen 0.0.0.0:80   # in another terminal",
		"https://media.example/x":     "mmjsonl serve 'my file.json' --listen 0.0.0.0:443 --tls-cert FILE --tls-key FILE   # in another terminal",
		"https://127.0.0.1:8443/a%20": "mmjsonl serve 'my file.json' --tls-cert FILE --tls-key FILE   # in another terminal",
	} {
		if got := serveCommand("my file.json", base); got != want {
			t.Errorf("%s: %s, want %s", base, got, want)
		}
	}
	for text, want := range map[string]string{"http://h": "80", "https://h": "443", "https://h:1": "1"} {
		if u, err := url.Parse(text); err != nil || PortOf(u) != want {
			t.Errorf("the port of %s is %s, %v", text, PortOf(u), err)
		}
	}
}

// What a server says, at the start and at the end, holds no terminal codes or shell words of others.
func TestServingText(t *testing.T) {
	s := Serving{Address: "127.0.0.1:9", Base: "http://127.0.0.1:9", Local: true, Sources: []Served{
		{Name: "evil\x1b[2J\n::error::", What: "2 images", First: "/a/$(x)'", Last: "/a/b"}, {Name: "folder", What: "no files"},
		{Name: "made", What: "3 images", Bytes: 3 << 20},
	}, Memory: 1 << 20, Send: Send(format.KindSingleTurn, format.File{Path: "a b.jsonl.zst", Concurrency: 8}, &reuse.Figures{Requests: 3})}
	var b strings.Builder
	if err := s.Text(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{"folder: no files\n", "made: 3 images, 3 MiB\n", "kept in 1 MiB of memory", "only this machine reaches it", `  curl -sI 'http://127.0.0.1:9/a/$(x)'\'''` + "\n", "  zstd -d 'a b.jsonl.zst'\n", "  aiperf profile ", "--input-file 'a b.jsonl'"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "\x1b") || strings.Contains(text, "\n::") {
		t.Errorf("it says %q", text)
	}
	b.Reset()
	if err := Counted(&b, serve.Stats{Fetches: 1200, Distinct: 1, Bytes: 1 << 20, Aborted: 3}); err != nil {
		t.Fatal(err)
	}
	if want := "sent 1,200 complete images of 1 distinct image: 1 MiB; 3 not taken completely\n"; b.String() != want {
		t.Errorf("%q, want %q", b.String(), want)
	}
}
