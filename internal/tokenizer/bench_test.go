package tokenizer

import (
	"os"
	"testing"
)

// BenchmarkRead reads a tokenizer.json and finds its words: MMJSONL_TOKENIZER names the file.
func BenchmarkRead(b *testing.B) {
	name := os.Getenv("MMJSONL_TOKENIZER")
	if name == "" {
		name = "testdata/qwen.json"
	}
	data, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		t, err := Read(data)
		if err == nil {
			_, err = t.Words(nil)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
