package cli

import (
	"bytes"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/command"
	"mmjsonl/test/program"
)

// mmjsonl runs the program in this process, in the working folder.
func mmjsonl(t *testing.T, args ...string) {
	t.Helper()
	var messages bytes.Buffer
	code := command.Main(context.Background(), command.Process{Args: args, Stdout: io.Discard, Stderr: &messages})
	if code != 0 {
		t.Fatalf("mmjsonl %q: exit code %d\n%s", args, code, messages.String())
	}
}

// folder returns the content of the files in the working folder, by name.
func folder(t *testing.T) map[string]string {
	t.Helper()
	content := map[string]string{}
	for _, name := range program.Files(t, ".") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		content[name] = string(text)
	}
	return content
}

var allShards = flag.Bool("all-shards", false, "join each configuration from 1, 2, 3, 7 and 16 shards")

// The shards of any configuration whose bytes are pinned are, joined, what one run makes: the rows, the manifest and all images. A
// compressed file consists of a frame or a member for each shard; its rows are the same, and its manifest makes it again. Each image is made
// by one shard.
func TestShardsJoined(t *testing.T) {
	for at, run := range pinnedRuns() {
		t.Run(run.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			for name, text := range run.file {
				program.Write(t, name, text)
			}
			sources := folder(t)
			args := append(append([]string{"--quiet"}, strings.Fields(run.args)...), run.more...)
			mmjsonl(t, args...)
			want := folder(t)
			counts := []int{1, 2, 3, 7, 16}
			if !*allShards { // each with another number of shards
				counts = counts[at%len(counts):][:1]
			}
			for i, count := range counts {
				for name := range want {
					if _, isSource := sources[name]; !isSource {
						os.Remove(name)
					}
				}
				images := 0
				for shard := range count {
					mmjsonl(t, append(args, fmt.Sprintf("--shard=%d/%d", shard, count))...)
					now := 0
					for name := range folder(t) {
						if strings.HasSuffix(name, ".png") || strings.HasSuffix(name, ".jpg") {
							now++
						}
					}
					if most := (countImages(want) + count - 1) / count; now-images > most {
						t.Errorf("shard %d/%d makes %d images, more than %d", shard, count, now-images, most)
					}
					images = now
				}
				output := ""
				for name := range want {
					if before, found := strings.CutSuffix(name, ".manifest.json"); found {
						output = before
					}
				}
				join := []string{"join", "--quiet", "--image-dir=" + imageDir(args), filepath.Join(filepath.Dir(output), "*.shard-*")}
				if imageDir(args) == "" {
					join = slices.Delete(join, 2, 3)
				}
				if (at+i)%2 == 1 {
					join = append(join, "--in-place")
				}
				mmjsonl(t, join...)
				got := folder(t)
				for name := range got {
					if strings.Contains(name, ".shard-") {
						if (at+i)%2 == 1 {
							t.Errorf("%d shards joined in place leave %s", count, name)
						}
						delete(got, name)
						os.Remove(name)
					}
				}
				compressed := !strings.HasSuffix(output, ".jsonl") && count > 1
				for name, content := range want {
					switch {
					case compressed && name == output:
						if decompressed(t, got[name]) != decompressed(t, content) {
							t.Errorf("%d shards joined hold other rows in %s", count, name)
						}
						mmjsonl(t, "regenerate", "--quiet", "--output="+name, "--image-dir="+imageDir(args), name+".manifest.json")
						if again, err := os.ReadFile(name); err != nil || string(again) != got[name] {
							t.Errorf("%d shards joined are not what their manifest makes again (%v)", count, err)
						}
					case compressed && name == output+".manifest.json":
					case got[name] != content:
						t.Errorf("%d shards joined make another %s:\n%.2000q\nwant\n%.2000q", count, name, got[name], content)
					}
					delete(got, name)
				}
				for name := range got {
					t.Errorf("%d shards joined leave %s, which one run does not make", count, name)
				}
			}
		})
	}
}

// Shards show a folder of a person's own images, by path, in the rows and by URL, as one run does. Nothing is joined whose shards, or the join, have
// seen different folders.
func TestShardsOfFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	mmjsonl(t, "--quiet", "-n=23", "--images-per-request=1", "--image-size=9x7", "--image-dir=own", "-o=made.jsonl")
	for _, mode := range []string{"base64", "datauri", "http --image-url-base=http://h/x"} {
		args := append([]string{"--quiet", "-n=30", "--images-per-request=2", "--images-pool=20", "--images-from=own", "--user-text-tokens=3", "-o=x.jsonl"},
			strings.Fields("--image-mode="+mode)...)
		mmjsonl(t, args...)
		want := folder(t)
		for i, count := range []int{1, 2, 3, 7, 16} {
			os.Remove("x.jsonl")
			os.Remove("x.jsonl.manifest.json")
			for shard := range count {
				mmjsonl(t, append(args, fmt.Sprintf("--shard=%d/%d", shard, count))...)
			}
			mmjsonl(t, "join", "--quiet", fmt.Sprintf("--in-place=%t", i%2 == 1), "x.shard-*")
			shards, err := filepath.Glob("x.shard-*")
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range shards {
				os.Remove(name)
			}
			got := folder(t)
			for name := range want {
				if got[name] != want[name] {
					t.Errorf("%s: %d shards make another %s:\n%.2000s\nwant\n%.2000s", mode, count, name, got[name], want[name])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s: %d shards make %d files, want %d", mode, count, len(got), len(want))
			}
		}
	}

	args := []string{"--quiet", "-n=30", "--images-per-request=2", "--images-pool=20", "--images-from=own", "-o=x.jsonl"}
	refused := func(want string, more ...string) {
		t.Helper()
		var messages bytes.Buffer
		code := command.Main(t.Context(), command.Process{Args: append([]string{"join", "x.shard-*"}, more...), Stdout: io.Discard, Stderr: &messages})
		if code == 0 || !strings.Contains(messages.String(), want) {
			t.Errorf("join %q: exit code %d, want %q\n%s", more, code, want, messages.String())
		}
	}
	mmjsonl(t, append(args, "--shard=0/2")...)
	if err := os.Rename("own/img_0003.png", "own/img_0333.png"); err != nil {
		t.Fatal(err)
	}
	mmjsonl(t, append(args, "--shard=1/2")...)
	refused("it has changed between them")
	mmjsonl(t, append(args, "--shard=0/2")...)
	if err := os.Rename("own", "theirs"); err != nil {
		t.Fatal(err)
	}
	refused(`images-from "own" cannot be read`)
	mmjsonl(t, "join", "--quiet", "--images-from=theirs", "--output=y.jsonl", "x.shard-*")
	if err := os.Remove("theirs/img_0333.png"); err != nil {
		t.Fatal(err)
	}
	refused("the folder has changed since", "--images-from=theirs")
}

// decompressed is what all frames of a zstd file, or all members of a gzip file, hold.
func decompressed(t *testing.T, content string) string {
	t.Helper()
	var r io.Reader
	var err error
	if strings.HasPrefix(content, "\x1f\x8b") {
		r, err = gzip.NewReader(strings.NewReader(content))
	} else {
		r, err = zstd.NewReader(strings.NewReader(content))
	}
	var plain []byte
	if err == nil {
		plain, err = io.ReadAll(r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}

func countImages(files map[string]string) (images int) {
	for name := range files {
		if strings.HasSuffix(name, ".png") || strings.HasSuffix(name, ".jpg") {
			images++
		}
	}
	return images
}

// imageDir is the folder that arguments have the images in, or "".
func imageDir(args []string) string {
	if i := slices.Index(args, "--image-dir"); i >= 0 {
		return args[i+1]
	}
	return ""
}
