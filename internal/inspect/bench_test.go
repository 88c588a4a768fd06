package inspect

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mmjsonl/internal/reuse"
)

// benchFile writes a file of rows and returns its name and length.
func benchFile(b *testing.B, rows int, row func(*bufio.Writer)) (name string, size int64) {
	b.Helper()
	name = filepath.Join(b.TempDir(), "rows.jsonl")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	w := bufio.NewWriterSize(f, 1<<20)
	for range rows {
		row(w)
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(name)
	if err != nil {
		b.Fatal(err)
	}
	return name, info.Size()
}

// BenchmarkRead reads a file from the page cache: slots as fast as they come (paths and ten words), the usual row of three hundred
// words, and images as data URIs. "copy" beside each is what reading and writing the same file takes without looking at it. Peak is
// what Go took from the system.
func BenchmarkRead(b *testing.B) {
	rng := rand.New(rand.NewPCG(6, 0))
	words := func(n int) string { return strings.TrimSpace(strings.Repeat("image ", n)) }
	paths := func(text string, k, pool int) func(*bufio.Writer) {
		return func(w *bufio.Writer) {
			fmt.Fprintf(w, `{"text":"%s","images":[`, text)
			for i := range k {
				if i > 0 {
					w.WriteByte(',')
				}
				fmt.Fprintf(w, `"images_512x512_seed42/img_%06d.png"`, rng.IntN(pool))
			}
			w.WriteString("]}\n")
		}
	}
	image := make([]byte, 786_432)
	for i := range image {
		image[i] = byte(rng.Uint32())
	}
	inline := base64.StdEncoding.EncodeToString(image)
	for _, run := range []struct {
		name    string
		rows, k int
		row     func(*bufio.Writer)
	}{
		{"slots=10M/P=100k/words=10", 10_000_000 / 3, 3, paths(words(10), 3, 100_000)},
		{"slots=10M/P=100k/k=10/words=10", 1_000_000, 10, paths(words(10), 10, 100_000)},
		{"slots=1M/P=100k/words=300", 1_000_000 / 3, 3, paths(words(300), 3, 100_000)},
		{"datauri/1MiB images", 100, 3, func(w *bufio.Writer) {
			fmt.Fprintf(w, `{"text":"a","images":["data:image/png;base64,%[1]s","data:image/png;base64,%[1]s%04[2]d","data:image/png;base64,%[1]s"]}`+"\n", inline, rng.IntN(100))
		}},
	} {
		name, size := benchFile(b, run.rows, run.row)
		b.Run(run.name, func(b *testing.B) {
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				f, err := os.Open(name)
				if err != nil {
					b.Fatal(err)
				}
				r, err := Read(b.Context(), name, f, Options{Reuse: reuse.Options{Capacities: []int64{200}}, Open: elsewhere})
				if err != nil || r.Slots != int64(run.rows*run.k) || r.BadRowCount != 0 {
					b.Fatalf("%+v, %v", r, err)
				}
				f.Close()
			}
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			b.ReportMetric(float64(m.Sys)/(1<<20), "peak-MiB")
			b.ReportMetric(float64(b.N)*float64(run.rows*run.k)/b.Elapsed().Seconds(), "slots/s")
		})
		b.Run(run.name+"/copy", func(b *testing.B) {
			b.SetBytes(size)
			for b.Loop() {
				f, err := os.Open(name)
				if err != nil {
					b.Fatal(err)
				}
				to, err := os.Create(name + ".copy")
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{f}, make([]byte, 1<<20)); err != nil || n != size {
					b.Fatal(n, err)
				}
				f.Close()
				to.Close()
			}
		})
		os.Remove(name + ".copy")
		os.Remove(name)
	}
}
