package format

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// BenchmarkRead compares Reader with encoding/json, on one core and without counting.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{10, 300} {
		line := fmt.Appendf(nil, `{"text":"%s","images":["images_512x512_seed42/img_000001.png","images_512x512_seed42/img_000002.png","images_512x512_seed42/img_000003.png"]}`,
			strings.Repeat("word ", n))
		text := bytes.Repeat(append(line, '\n'), 1<<20/len(line))
		b.Run(fmt.Sprintf("words=%d", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			p, batch := new(Reader), new(Batch)
			for b.Loop() {
				batch.Reset()
				for rest := text; len(rest) > 0; {
					end := bytes.IndexByte(rest, '\n')
					p.Read(Line{Text: rest[:end]}, batch)
					rest = rest[end+1:]
				}
				if len(batch.References) != 3*len(batch.Requests) || len(batch.Requests) != bytes.Count(text, []byte("\n")) {
					b.Fatal("references are missing")
				}
			}
		})
		b.Run(fmt.Sprintf("words=%d/encoding-json", n), func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				for line := range bytes.Lines(text) {
					var row struct {
						Text   string   `json:"text"`
						Images []string `json:"images"`
					}
					if err := json.Unmarshal(line, &row); err != nil || len(row.Images) != 3 {
						b.Fatal(row, err)
					}
				}
			}
		})
	}
}
