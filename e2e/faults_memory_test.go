//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// enough is the memory, in MiB, in which every run has to succeed whose different images are few, whatever their size and that of the file,
// with two workers. Each more takes at most 5.
const enough = 256

// limited runs the program in a container that may have so many MiB of memory and no swap: the engine knows how this machine limits it.
// killed says that the kernel ended it for want of memory.
func limited(t *testing.T, image, dir string, mib int, args string) (got result, killed bool) {
	t.Helper()
	id := docker(t, append([]string{"create", "-m", fmt.Sprintf("%dm", mib), "--memory-swap", fmt.Sprintf("%dm", mib), "-e", "GOMAXPROCS=2",
		"-v", dir + ":" + dir, "-w", dir, image},
		strings.Fields(args)...)...)
	defer func() {
		if _, err := run(exec.Command(client, "rm", "-f", "-v", id)); err != nil {
			t.Error(err)
		}
	}()
	got = finish(t, exec.CommandContext(t.Context(), client, "start", "-a", id))
	return got, docker(t, "inspect", "-f", "{{.State.OOMKilled}}", id) == "true"
}

func (p *patient) testMemory(t *testing.T) {
	image := projectImage(t)
	dir := t.TempDir()
	for _, test := range []struct{ name, args string }{
		{"large images in rows", "-n 1 --images-per-request 1 --image-size 16000x16000 --image-mode datauri -o large.jsonl"}, // a GB
		{"inspect a large row", "inspect large.jsonl"},
		{"large images in zstd", "-n 1 --images-per-request 1 --image-size 16384 --image-mode datauri -o large.jsonl.zst"},
		{"large images in files", "-n 1 --images-per-request 1 --image-size 16384 --user-text-tokens 1 -o paths.jsonl"},
		{"large images that are there", "-n 1 --images-per-request 1 --image-size 16384 --user-text-tokens 1 -o paths.jsonl"},
		{"a million rows", "-n 1000000 --images-per-request 1 --image-size 4 --image-mode datauri --user-text-tokens 1 -o rows.jsonl"},
		{"ten million slots", "-n 1000000 --images-per-request 10 --images-pool 1000 --image-size 8 --user-text-tokens 1 -o slots.jsonl"},
		{"inspect a million rows", "inspect rows.jsonl"},
		{"inspect ten million slots", "inspect slots.jsonl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, killed := limited(t, image, dir, enough, test.args)
			if got.code != 0 || killed {
				t.Errorf("in %d MiB: killed %v, %+v", enough, killed, got)
			}
			if strings.Contains(got.stderr, "of memory") {
				t.Errorf("the run fits, and the program warns that it may not: %s", got.stderr)
			}
		})
	}
	t.Run("more than there is", func(t *testing.T) { testTooLittleMemory(t, image) })
}

// testTooLittleMemory asks for so many different images that what is held of each is more than there is. The kernel kills the run; before, it has
// said what it needs, and with that much it succeeds.
func testTooLittleMemory(t *testing.T, image string) {
	var urls strings.Builder
	for i := range 1_200_000 {
		fmt.Fprintf(&urls, "http://media.example/test2017/%012d.jpg\n", i)
	}
	for _, test := range []struct{ name, args string }{
		{"generated", "-n 8000000 --images-per-request 1 --image-size 4 --image-mode datauri --user-text-tokens 1 --sha256=false -o x.jsonl"},
		{"reused", "-n 3000000 --images-per-request 2 --images-pool 3000000 --image-size 4 --image-mode datauri --user-text-tokens 1 -o x.jsonl"},
		{"listed", "-n 1200000 --images-per-request 1 --image-mode http --url-list urls.txt --user-text-tokens 1 -o x.jsonl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := openDir(t)
			before := stand(t, dir, 0)
			if test.name == "listed" {
				if err := os.WriteFile(filepath.Join(dir, "urls.txt"), []byte(urls.String()), 0o644); err != nil {
					t.Fatal(err)
				}
				before = readTree(t, dir)
			}
			got, killed := limited(t, image, dir, 96, test.args)
			if got.code != 137 || !killed {
				t.Fatalf("in 96 MiB the run is not killed, which this test is about: %+v", got)
			}
			warning := regexp.MustCompile(`^warning: the run needs about (\d+) MB of memory .* may have 100 MB\n *lower .+, or raise the limit\n`)
			said := warning.FindStringSubmatch(got.stderr)
			if said == nil {
				t.Fatalf("the killed run had not said what it needs: %s", got.stderr)
			}
			after := readTree(t, dir)
			for name := range after {
				if strings.HasPrefix(name, ".x.jsonl.") && strings.HasSuffix(name, ".part") {
					delete(after, name) // no program can clear up after this signal
				}
			}
			if fmt.Sprint(after) != fmt.Sprint(before) {
				t.Errorf("the killed run left %v, before it there were %v", after, before)
			}

			megabytes := must(strconv.Atoi(said[1]))(t)
			got, killed = limited(t, image, dir, megabytes*1e6>>20+1, test.args)
			if got.code != 0 || killed || strings.Contains(got.stderr, "of memory") {
				t.Errorf("with the %d MB that it asked for: killed %v, %+v", megabytes, killed, got)
			}
		})
	}
}
