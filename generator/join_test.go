package generator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"mmjsonl/internal/files"
)

// errStopped is what ends a context of steps.
var errStopped = errors.New("stopped")

// steps is a context that ends when it has been asked so often whether it has.
type steps struct {
	context.Context
	left int
}

func (s *steps) Err() error {
	if s.left--; s.left < 0 {
		return errStopped
	}
	return nil
}

// A shard that cannot be read to its end is named, and the pieces that all shards share are still there for the others.
func TestJoinUnreadable(t *testing.T) {
	r := &reading{Join: &Join{shards: make([]ShardFile, 1)}, progress: &Progress{}, wrong: WrongShards{}, free: make(chan []byte, 1), waiting: make(chan []byte, 1)}
	r.free <- make([]byte, pieceBytes)
	content := io.MultiReader(strings.NewReader("rows"), iotest.ErrReader(errStopped))
	if err := r.follow(t.Context(), 0, content, nil, "", true); err != nil || !errors.Is(r.wrong[0], errStopped) {
		t.Errorf("%v, wrong is %v, want %v", err, r.wrong, errStopped)
	}
	if len(r.free) != 1 || len(<-r.free) != pieceBytes {
		t.Error("the piece that was read into is gone, or shorter")
	}
}

// A join in place can be stopped after each of its steps, and goes on from there: nothing of what it has freed is read again.
func TestJoinGoesOn(t *testing.T) {
	const count = 3
	config := func() Config {
		c := reuseConfig(t, 11, 2, 9, Reuse{})
		c.Media.Mode, c.Text.Tokens, c.Output.Digest = ModeDataURI, 300, true
		return c
	}
	want, _ := runTo(t, config())
	dir := t.TempDir()
	c := config()
	c.Output.Path = filepath.Join(dir, "x.jsonl")
	whole := plan(t, c)
	var shards []ShardFile
	for index := range int64(count) {
		c := c
		c.Shard = Shard{index, count}
		p := plan(t, c)
		content, stats := runPlan(t, p)
		if len(content) < 3000 {
			t.Fatalf("a shard has %d bytes, which is one step", len(content))
		}
		shards = append(shards, ShardFile{Place: p.Names.Output, Bytes: stats.Bytes, Digest: ShardDigest{stats.XXH3, stats.SHA256, stats.SHA256State}})
	}
	const step = 1000
	stops := 0
	for {
		j := NewJoin(whole, shards, true)
		j.step = step
		wrong, _, err := j.Check(t.Context(), &Progress{})
		if err != nil || len(wrong) > 0 || j.sum != fmt.Sprintf("%x", sha256.Sum256(want)) {
			t.Fatalf("after %d stops: %v, %v, the SHA-256 %s", stops, wrong, err, j.sum)
		}
		err = j.Run(&steps{t.Context(), 1}, &Stats{}, &Progress{}, nil)
		if err == nil {
			break
		}
		if !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		if stops++; stops > 1000 {
			t.Fatal("it does not come to an end")
		}
		// What was copied is not needed any more.
		first := int64(0)
		if info, err := os.Stat(shards[0].Place.Here); err == nil {
			first = info.Size()
		}
		for i := 1; i < count; i++ {
			held := min(max(first-j.starts[i], 0), shards[i].Bytes)
			f, err := os.OpenFile(shards[i].Place.Here, os.O_RDWR, 0)
			if err != nil {
				continue
			}
			if _, err := f.WriteAt(bytes.Repeat([]byte{'x'}, int(held)), 0); err != nil {
				t.Fatal(err)
			}
			f.Close()
		}
	}
	if stops < int(whole.estimate())*2/3/step/2 {
		t.Errorf("it was stopped %d times", stops)
	}
	if got, err := os.ReadFile(filepath.Join(dir, "x.jsonl")); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%d bytes were joined, %v, and one run makes %d others", len(got), err, len(want))
	}
	for _, s := range shards {
		if _, err := os.Stat(s.Place.Here); err == nil {
			t.Errorf("%s was left", s.Place.Here)
		}
	}
}

// Only one process joins in place.
func TestJoinInPlaceAlone(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.shard-000-of-001.jsonl")
	if err := os.WriteFile(name, []byte("a\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := reuseConfig(t, 11, 0, 0, Reuse{})
	c.Output.Path = filepath.Join(filepath.Dir(name), "x.jsonl")
	p := plan(t, c)
	folder, err := files.Place{Here: filepath.Dir(name)}.OpenFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	other, err := folder.Adopt(filepath.Base(name), "y.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	shard := ShardFile{Place: files.Place{Here: name}, Bytes: 2}
	if err := NewJoin(p, []ShardFile{shard}, true).Run(t.Context(), &Stats{}, &Progress{}, nil); err == nil {
		t.Error("two join in place")
	}
	other.Close()
	if err := NewJoin(p, []ShardFile{shard}, true).Run(t.Context(), &Stats{}, &Progress{}, nil); err != nil {
		t.Error(err)
	}
}
