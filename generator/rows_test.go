package generator

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
	"mmjsonl/internal/png"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/text"
)

func TestImageNames(t *testing.T) {
	for image, want := range map[uint32]string{0: "img_0000.png", 9: "img_0009.png", 10: "img_0010.png", 999: "img_0999.png",
		1000: "img_1000.png", 12345: "img_12345.png", 1<<32 - 1: "img_4294967295.png"} {
		if got := string(appendImageName(nil, image, media.Item{Prefix: "img_", Extension: ".png"})); got != want || got != fmt.Sprintf("img_%04d.png", image) {
			t.Errorf("image %d is called %s, want %s", image, got, want)
		}
	}
}

// small is a plan of uniform requests.
func small(rows, perRow, pool, tokens int) *Plan {
	p := &Plan{Stream: stream.Uniform{Rows: rows, PerRow: perRow, Pool: pool}, Text: Text{Tokens: tokens, Source: text.BuiltIn()}, Format: &format.SingleTurn{}}
	p.Part = p.everything()
	return p
}

// inlineOf has the rows of a plan hold images of a size.
func inlineOf(p *Plan, width, height int64) *Plan {
	p.Reference = Reference{Inline: true}
	p.Media = media.Noise{Seed: p.Seed, Size: media.Size{Width: width, Height: height}}
	return p
}

// atPaths has the rows of a plan name image files by paths below a folder.
func atPaths(p *Plan, folder string) *Plan {
	b := &planner{plan: inlineOf(p, 1, 1)}
	b.referToFiles(folder)
	return p
}

// newLines returns a renderer of a plan's rows; parts collects what goes out before a row ends.
func newLines(p *Plan, limit int, parts *[]byte) *lines {
	sampled, err := p.Stream.Sample(context.Background(), p.Seed)
	if err != nil {
		panic(err)
	}
	l := &lines{layout: p.newLayout(nil), stream: sampled, sums: make(imageSums, p.Shape().Pool), limit: limit, flush: func(part []byte) error {
		*parts = append(*parts, part...)
		return nil
	}}
	if p.inline() {
		l.painter = p.Media.Painter()
	}
	return l
}

// The bytes of a row do not depend on how large the buffer is that it is rendered in.
func TestRowsAreTheSameInPartsAndWhole(t *testing.T) {
	plan := inlineOf(small(3, 2, 4, 2*tokensPerStep+17), 300, 200)
	render := func(limit int) string {
		var out []byte
		l := newLines(plan, limit, &out)
		for r := range plan.Shape().Rows {
			if err := l.render(r); err != nil {
				t.Fatal(err)
			}
		}
		return string(append(out, l.buf...))
	}
	whole := render(1 << 30)
	for _, limit := range []int{1, 1000, 100_000} {
		if got := render(limit); got != whole {
			t.Fatalf("with a buffer of %d bytes the rows are others", limit)
		}
	}
	lines := strings.Split(whole, "\n")
	if len(lines) != 4 || lines[3] != "" {
		t.Fatalf("%d lines", len(lines))
	}
	for r, line := range lines[:3] {
		var row struct {
			Text   string
			Images []string
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("row %d: %v", r, err)
		}
		if got := len(strings.Fields(row.Text)); got != plan.Text.Tokens {
			t.Errorf("row %d has %d words, want %d", r, got, plan.Text.Tokens)
		}
		for _, uri := range row.Images {
			encoded, ok := strings.CutPrefix(uri, "data:image/png;base64,")
			image, err := base64.StdEncoding.DecodeString(encoded)
			if !ok || err != nil || int64(len(image)) != png.Size(300, 200) {
				t.Fatalf("row %d has a bad image of %d bytes: %v", r, len(image), err)
			}
		}
	}
}

func TestRowEstimate(t *testing.T) {
	plan := inlineOf(small(400, 1, 2, 300), 64, 64)
	var out []byte
	l := newLines(plan, 1<<30, &out)
	for r := range plan.Shape().Rows {
		if err := l.render(r); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := float64(len(l.buf)), float64(plan.estimate()); got < 0.99*want || got > 1.01*want {
		t.Fatalf("the rows have %.0f bytes, the estimate is %.0f", got, want)
	}
}

func BenchmarkTextRows(b *testing.B) {
	plan := atPaths(small(512, 3, 200, 300), "/data/images")
	benchmarkRows(b, plan)
}

func BenchmarkInlineRows(b *testing.B) {
	plan := inlineOf(small(2, 3, 6, 300), 512, 512)
	benchmarkRows(b, plan)
}

// benchmarkRows renders all rows of a plan into one buffer, again and again.
func benchmarkRows(b *testing.B, plan *Plan) {
	var out []byte
	l := newLines(plan, 1<<30, &out)
	l.piece = make([]byte, 0, media.MaxPiece+2)
	render := func() {
		l.buf = l.buf[:0]
		for r := range plan.Shape().Rows {
			if err := l.render(r); err != nil {
				b.Fatal(err)
			}
		}
	}
	render()
	b.SetBytes(int64(len(l.buf)))
	b.ReportAllocs()
	for b.Loop() {
		render()
	}
	if n := strings.Count(string(l.buf), "\n"); n != plan.Shape().Rows {
		b.Fatalf("%d rows", n)
	}
}

// The bound of a file's content holds where texts are as long as images leave, whatever images and sizes a row has.
func TestContentBoundOfInputTokens(t *testing.T) {
	t.Parallel()
	small, large := media.Size{Width: 2, Height: 2}, media.Size{Width: 3, Height: 3}
	for _, mix := range [][]ImagesShare{nil, {{Images: 0, Weight: 3}, {Images: 2, Weight: 1}}} {
		config := Config{
			Seed:     1,
			Requests: RequestsConfig{Count: 40, Images: 2, Mix: mix},
			Reuse:    Reuse{Pattern: PatternUniform, Concurrency: 1, WarmUp: WarmUpSpread},
			Media:    MediaConfig{Mode: ModeDataURI, Sizes: media.Sizes{{Size: small, Weight: 1}, {Size: large, Weight: 1}}},
			Text:     TextConfig{InputTokens: 2100, OfImage: map[media.Size]int64{small: 5, large: 1000}},
			Output:   OutputConfig{Path: "x.jsonl", Compression: CompressionNone, Level: "default"},
		}
		plan, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: t.TempDir()}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var parts []byte
		l := newLines(plan, 1<<20, &parts)
		for r := range plan.Shape().Rows {
			if err := l.render(r); err != nil {
				t.Fatal(err)
			}
		}
		longest := 0
		for line := range bytes.Lines(append(parts, l.buf...)) {
			var row struct{ Text string }
			if err := json.Unmarshal(line, &row); err != nil {
				t.Fatal(err)
			}
			longest = max(longest, len(strings.Fields(row.Text)))
		}
		if longest != plan.Text.Tokens {
			t.Errorf("%v: the longest text has %d tokens, and the plan says %d", mix, longest, plan.Text.Tokens)
		}
	}
}
