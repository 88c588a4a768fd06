package generator

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/png"
	"mmjsonl/internal/stream"
	"mmjsonl/internal/text"
)

func TestImageNames(t *testing.T) {
	for image, want := range map[uint32]string{0: "img_0000.png", 9: "img_0009.png", 10: "img_0010.png", 999: "img_0999.png",
		1000: "img_1000.png", 12345: "img_12345.png", 1<<32 - 1: "img_4294967295.png"} {
		if got := string(appendImageName(nil, image)); got != want || got != fmt.Sprintf("img_%04d.png", image) {
			t.Errorf("image %d is called %s, want %s", image, got, want)
		}
	}
}

// uniform is a plan's stream without its reuse.
func uniform(p *Plan) *stream.Stream {
	s, err := stream.Uniform{Rows: p.Requests, PerRow: p.ImagesPerRequest, Pool: p.Pool}.Sample(context.Background(), p.Seed)
	if err != nil {
		panic(err)
	}
	return s
}

// newLines returns a renderer of a plan's rows; parts collects what goes out before a row ends.
func newLines(p *Plan, limit int, parts *[]byte) *lines {
	return &lines{plan: p, stream: uniform(p), painter: p.media.Painter(),
		sums:  make(imageSums, p.Pool),
		limit: limit, flush: func(part []byte) error {
			*parts = append(*parts, part...)
			return nil
		}}
}

// The bytes of a row do not depend on how large the buffer is that it is rendered in.
func TestRowsAreTheSameInPartsAndWhole(t *testing.T) {
	plan := &Plan{Requests: 3, ImagesPerRequest: 2, Pool: 4, Words: 2*wordsPerStep + 17, media: media.Noise{Size: media.Size{Width: 300, Height: 200}, Seed: 5}, words: text.BuiltIn(), inline: true, Seed: 5}
	render := func(limit int) string {
		var out []byte
		l := newLines(plan, limit, &out)
		for r := range plan.Requests {
			if err := l.row(r); err != nil {
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
		if got := len(strings.Fields(row.Text)); got != plan.Words {
			t.Errorf("row %d has %d words, want %d", r, got, plan.Words)
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
	plan := &Plan{Requests: 400, ImagesPerRequest: 1, Pool: 2, Words: 300, media: media.Noise{Size: media.Size{Width: 64, Height: 64}}, words: text.BuiltIn(), inline: true}
	var out []byte
	l := newLines(plan, 1<<30, &out)
	for r := range plan.Requests {
		if err := l.row(r); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := float64(len(l.buf)), float64(plan.estimate()); got < 0.99*want || got > 1.01*want {
		t.Fatalf("the rows have %.0f bytes, the estimate is %.0f", got, want)
	}
}

func BenchmarkTextRows(b *testing.B) {
	plan := &Plan{Requests: 512, ImagesPerRequest: 3, Pool: 200, Words: 300, media: media.Noise{Size: media.Size{Width: 1, Height: 1}}, words: text.BuiltIn(), pathPrefix: []byte(`"/data/images/`)}
	benchmarkRows(b, plan)
}

func BenchmarkInlineRows(b *testing.B) {
	plan := &Plan{Requests: 2, ImagesPerRequest: 3, Pool: 6, Words: 300, media: media.Noise{Size: media.Size{Width: 512, Height: 512}}, words: text.BuiltIn(), inline: true}
	benchmarkRows(b, plan)
}

// benchmarkRows renders all rows of a plan into one buffer, again and again.
func benchmarkRows(b *testing.B, plan *Plan) {
	var out []byte
	l := newLines(plan, 1<<30, &out)
	l.piece = make([]byte, 0, media.MaxPiece+2)
	render := func() {
		l.buf = l.buf[:0]
		for r := range plan.Requests {
			if err := l.row(r); err != nil {
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
	if n := strings.Count(string(l.buf), "\n"); n != plan.Requests {
		b.Fatalf("%d rows", n)
	}
}
