package faults

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"mmjsonl/test/program"
)

// The output is the last that appears: whoever sees it finds its manifest and its page. What it replaces keeps its name until then.
func TestOutputAppearsLast(t *testing.T) {
	t.Parallel()
	for _, earlier := range []bool{false, true} {
		dir := t.TempDir()
		if earlier {
			oldFiles(t, dir, "x.jsonl")
		}
		watch, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(watch)
		if _, err := unix.InotifyAddWatch(watch, dir, unix.IN_CREATE|unix.IN_DELETE|unix.IN_MOVED_FROM|unix.IN_MOVED_TO); err != nil {
			t.Fatal(err)
		}
		program.Succeed(t, dir, nil, "-n", "3", "--image-size", "8", "--image-dir", filepath.Join(t.TempDir(), "pics"), "-o", "x.jsonl", "--report", "page.html")
		var happened []string // to final names
		for _, e := range events(t, watch) {
			if !strings.HasSuffix(e, ".part") {
				happened = append(happened, e)
			}
		}
		slices.Sort(happened[:max(0, len(happened)-1)])
		if got, want := strings.Join(happened, ", "), "appears page.html, appears x.jsonl.manifest.json, appears x.jsonl"; got != want {
			t.Errorf("an earlier file: %v: %s, want %s", earlier, got, want)
		}
	}
}

// events are what a watch has seen, in its order: what happened to a name, and the name.
func events(t *testing.T, watch int) (seen []string) {
	t.Helper()
	buffer := make([]byte, 64<<10)
	n, err := unix.Read(watch, buffer)
	if err != nil {
		t.Fatal(err)
	}
	for rest := buffer[:n]; len(rest) > 0; {
		mask := binary.NativeEndian.Uint32(rest[4:])
		name := rest[unix.SizeofInotifyEvent:][:binary.NativeEndian.Uint32(rest[12:])]
		rest = rest[unix.SizeofInotifyEvent+len(name):]
		what := "goes "
		if mask&(unix.IN_MOVED_TO|unix.IN_CREATE) != 0 {
			what = "appears "
		}
		seen = append(seen, what+string(bytes.TrimRight(name, "\x00")))
	}
	return seen
}
