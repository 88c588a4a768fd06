package generator

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"mmjsonl/internal/media"
)

// When the files about the output are made, a manifest and perhaps a page, the output has no more of the disk than it needs.
func TestRoomGoesBackBeforeCompanions(t *testing.T) {
	dir := t.TempDir()
	p := plan(t, Config{
		Requests: RequestsConfig{Count: 40, Images: 1, Pool: 40},
		Text:     TextConfig{Tokens: 1},
		Media:    MediaConfig{Sizes: media.Only(media.Size{Width: 512, Height: 512}), Mode: ModeDataURI},
		Output:   OutputConfig{Level: "fastest", Path: filepath.Join(dir, "x.jsonl")},
		Reuse:    Reuse{Pattern: PatternUniform, Concurrency: 1, WarmUp: WarmUpSpread},
	})
	looked := false
	_, err := Run(t.Context(), p, nil, &Progress{}, func(stats *Stats) ([]Companion, error) {
		parts, err := filepath.Glob(filepath.Join(dir, ".*.part"))
		if err != nil || len(parts) != 1 {
			t.Fatalf("%d temporary files, want 1, %v", len(parts), err)
		}
		var file unix.Stat_t
		if err := unix.Stat(parts[0], &file); err != nil {
			t.Fatal(err)
		}
		if onDisk := file.Blocks * 512; file.Size != stats.Bytes || onDisk > file.Size+1<<20 {
			t.Errorf("a file of %d bytes, %d of them rows, has %d of the disk", file.Size, stats.Bytes, onDisk)
		}
		looked = stats.Bytes > 32<<20
		return nil, nil
	})
	if err != nil || !looked {
		t.Errorf("looked at a long file: %t, %v", looked, err)
	}
	if _, err := os.Stat(p.Names.Output.Here); err != nil {
		t.Error(err)
	}
}
