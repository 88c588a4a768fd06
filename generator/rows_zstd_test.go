package generator

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/media"
	"mmjsonl/internal/png"
)

// runTo runs a configuration and returns the bytes of its output.
func runTo(t *testing.T, c Config) ([]byte, *Stats) {
	t.Helper()
	return runPlan(t, plan(t, c))
}

// runPlan carries out a plan and returns the content of its output.
func runPlan(t *testing.T, p *Plan) ([]byte, *Stats) {
	t.Helper()
	stats, err := Run(t.Context(), p, nil, &Progress{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(p.Names.Output.Here)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(content)) != stats.Bytes {
		t.Fatalf("%d bytes were written, %d counted", len(content), stats.Bytes)
	}
	return content, stats
}

// A frame of inline images decompresses to the very rows that are written without compression, and its figures are the same.
func TestFramesHoldThePlainRows(t *testing.T) {
	for _, c := range []struct {
		n, k, pool, words int64
		size              media.Size
		prompt            string
		framed            bool
	}{
		{n: 30, k: 3, pool: 20, words: 20, size: media.Size{Width: 64, Height: 48}, framed: true},
		{n: 5, k: 4, pool: 4, words: 0, size: media.Size{Width: 100, Height: 1}, framed: true},
		{n: 1, k: 1, words: 1, size: media.Size{Width: 300, Height: 300}, framed: true},
		{n: 40, k: 1, pool: 7, prompt: "hé \"😀\"\n", size: media.Size{Width: 90, Height: 90}, framed: true},
		{n: 40, k: 2, pool: 7, words: 300, size: media.Size{Width: 8, Height: 8}},
		{n: 10, k: 0, words: 30, size: media.Size{Width: 8, Height: 8}},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			t.Parallel()
			config := reuseConfig(t, c.n, c.k, c.pool, Reuse{})
			config.Media.Sizes, config.Text.Tokens, config.Text.Prompt, config.Output.Digest = media.Only(c.size), c.words, c.prompt, true
			want, wantStats := runTo(t, config)

			config.Output.Path = filepath.Join(t.TempDir(), "x.jsonl.zst")
			if plan(t, config).framed() != c.framed {
				t.Fatalf("framed is not %v", c.framed)
			}
			compressed, stats := runTo(t, config)
			decoder, err := zstd.NewReader(bytes.NewReader(compressed), zstd.WithDecoderMaxWindow(128<<20))
			if err != nil {
				t.Fatal(err)
			}
			defer decoder.Close()
			var got bytes.Buffer
			if _, err := decoder.WriteTo(&got); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Fatalf("decompressed %d bytes are not the %d of the plain file", got.Len(), len(want))
			}
			if stats.ImagesSHA256 != wantStats.ImagesSHA256 || stats.Slots != wantStats.Slots || stats.Distinct != wantStats.Distinct {
				t.Errorf("figures %+v, of the plain file %+v", stats, wantStats)
			}
		})
	}
}

// A frame takes little more than the images that it has to hold: those used for the first time, and those last used further back
// than any decoder looks.
func TestFrameTakesTheImagesThatHaveToBeSent(t *testing.T) {
	const rows, pool = 256, 64
	config := reuseConfig(t, rows, 1, pool, Reuse{})
	config.Media.Sizes, config.Text.Tokens = media.Only(media.Size{Width: 512, Height: 512}), 300
	config.Output.Path = filepath.Join(t.TempDir(), "x.jsonl.zst")
	p := plan(t, config)
	last := map[uint32]int{}
	sent := 0
	for row, image := range sequenceOf(t, p) {
		// 127 rows are shorter than the window of 128 MiB, 128 are longer.
		if before, used := last[image]; !used || row-before > 127 {
			sent++
		}
		last[image] = row
	}
	if sent <= pool {
		t.Fatalf("%d images have to be sent: the draw repeats none from beyond the window", sent)
	}

	content, _ := runTo(t, config)
	image := png.Size(512, 512)
	if least, most := int64(sent)*image, int64(sent)*image*102/100; int64(len(content)) < least || int64(len(content)) > most {
		t.Errorf("a frame of %d images of %d bytes has %d bytes, want %d to %d", sent, image, len(content), least, most)
	}
}

// A frame of repeated images is as large in every format, but for what stands around them.
func TestFrameIsAsLargeInEveryFormat(t *testing.T) {
	aiperf := 0
	for _, format := range RowFormats {
		config := reuseConfig(t, 60, 3, 40, Reuse{})
		config.Media.Sizes, config.Format.Name = media.Only(media.Size{Width: 256, Height: 256}), format
		if format != FormatAiperf && format != FormatCustomImage { // bodies
			config.Format.Model = "M"
		}
		config.Output.Path = filepath.Join(t.TempDir(), "x.jsonl.zst")
		p := plan(t, config)
		if !p.framed() {
			t.Fatalf("%s is not framed", format)
		}
		content, _ := runPlan(t, p)
		if aiperf == 0 {
			aiperf = len(content)
		}
		if len(content) < aiperf*99/100 || len(content) > aiperf*101/100 {
			t.Errorf("a frame of %s has %d bytes, and one of %s %d", format, len(content), RowFormats[0], aiperf)
		}
	}
}
