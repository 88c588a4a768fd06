//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sentByAiperf makes a file of small images in its rows, and has aiperf send it by the command that the run prints.
func sentByAiperf(t *testing.T, args string) (file string, s *server) {
	t.Helper()
	program, bin, dir := builtProgram(t), tool(t, aiperf), t.TempDir()
	tokenizer := filepath.Join(dir, "tokenizer")
	mustRun(t, root, filepath.Join(bin, "python"), "e2e/tokenizer.py", tokenizer)
	client := aiperfClient{bin: bin, args: []string{"--no-server-metrics", "--tokenizer", tokenizer, "--ui", "none"}}
	file = filepath.Join(dir, "rows.jsonl")
	said := mustRun(t, dir, program, append(strings.Fields(args), "--image-mode", "datauri", "--image-size", "8", "--user-text-tokens", "4", "--max-tokens", "7", "--model", "test", "-o", file)...)
	command := regexp.MustCompile(`(?m)^  (aiperf profile --model test .*)$`).FindStringSubmatch(strings.ReplaceAll(said, "\\\n", ""))
	if command == nil {
		t.Fatalf("no command for aiperf in\n%s", said)
	}
	s = newServer(t)
	line := strings.ReplaceAll(command[1], "--url URL", "--url "+s.URL)
	client.run(t, exec.CommandContext(t.Context(), "sh", append([]string{"-c", line + ` "$@"`, "sh"}, client.args...)...))
	if len(s.faults) > 0 {
		t.Errorf("the server refused: %q", s.faults)
	}
	return file, s
}

// TestWindowsHitRate has aiperf send users with windows, one request at a time and eight: a real LRU cache hits what was predicted, to the integer, of
// what arrives.
func TestWindowsHitRate(t *testing.T) {
	defer timed("16 windows with a hit rate, aiperf")()
	for _, args := range []string{
		"--num-users 60 --turns-per-user 5 --hit-rate 0.25@12,0.45@30",
		"--num-users 150 --turns-per-user uniform:3-6 --hit-rate 0.35@120 --concurrency 8",
		"--num-users 300 --turns-per-user 5 --shared-images 1 --hit-rate 0.5@120 --concurrency 8",
	} {
		t.Run(args, func(t *testing.T) {
			file, server := sentByAiperf(t, "sliding-window --window-size 3 "+args)
			var manifest struct {
				Figures struct {
					Requests   int
					Capacities []struct {
						Capacity int
						Hits     int `json:"hits_by_request"`
					}
				}
			}
			if err := json.Unmarshal(must(os.ReadFile(file+".manifest.json"))(t), &manifest); err != nil {
				t.Fatal(err)
			}
			if len(server.requests) != manifest.Figures.Requests || len(manifest.Figures.Capacities) == 0 {
				t.Fatalf("%d requests arrived, want %d", len(server.requests), manifest.Figures.Requests)
			}
			want, overtook := rowsInOrder(t, file), 0
			for i, got := range server.requests {
				if got.text != want[i].text {
					overtook++
				}
			}
			t.Logf("%d of %d requests arrived out of place", overtook, len(want))
			if overtook > 0 && !strings.Contains(args, "--concurrency") {
				t.Errorf("%d requests of one at a time arrived out of place", overtook)
			}
			for _, point := range manifest.Figures.Capacities {
				var cache []string // used last first
				hits := 0
				for _, r := range server.requests {
					for _, image := range r.images {
						if slices.Contains(cache, image.url) {
							hits++
						}
					}
					for _, image := range r.images {
						if at := slices.Index(cache, image.url); at >= 0 {
							cache = slices.Delete(cache, at, at+1)
						}
						cache = slices.Insert(cache, 0, image.url)
						cache = cache[:min(len(cache), point.Capacity)]
					}
				}
				if hits != point.Hits || hits == 0 {
					t.Errorf("a cache of %d images hits %d slots, want %d", point.Capacity, hits, point.Hits)
				}
			}
		})
	}
}

// TestMultiTurn has aiperf hold eight conversations at once: each turn arrives with those before it, and behind them.
func TestMultiTurn(t *testing.T) {
	defer timed("16 conversations, aiperf")()
	file, server := sentByAiperf(t, "multi-turn --num-users 30 --turns-per-user uniform:1-5 --images-per-turn 2,1 --uuid --concurrency 8")
	wanted := map[string][]string{} // by first words of a conversation: its requests in their order
	first := func(text string) string { return strings.Join(strings.Fields(text)[:3], " ") }
	all := rowsInOrder(t, file)
	for _, want := range all {
		wanted[first(want.text)] = append(wanted[first(want.text)], fmt.Sprint(want.tokens, want.text, want.images))
	}
	if len(wanted) != 30 || len(server.requests) != len(all) {
		t.Fatalf("%d conversations and %d requests arrived, want %d", len(wanted), len(server.requests), len(all))
	}
	for i, got := range server.requests {
		next := wanted[first(got.text)]
		var images []image
		for _, each := range got.images {
			images = append(images, image{url: each.url, uuid: each.uuid})
		}
		if arrived := fmt.Sprint(got.maxTokens, got.text, images); len(next) == 0 || arrived != next[0] {
			t.Fatalf("request %d is\n%.300s\nwant the first of\n%.600q", i, arrived, next)
		}
		wanted[first(got.text)] = next[1:]
	}
}
