package report

import (
	"fmt"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
)

// AiperfArgs are the arguments by which aiperf reads the file, all of it, in its order. path is the file's, as aiperf will see
// it; aiperf does not read zstd, so there the name is the decompressed file's. Without a count aiperf sends ten rows. Rows that
// warm the cache are sent and not measured; the measurement goes on behind them.
func AiperfArgs(p *generator.Plan, s *generator.Stats, path string) []string {
	if p.Compression == generator.CompressionZstd {
		path = strings.TrimSuffix(path, ".zst")
	}
	args := []string{"--input-file", path, "--custom-dataset-type", "single_turn"}
	if warmUp := p.WarmUpRequests; 0 < warmUp && warmUp < s.Requests {
		return append(args, "--warmup-request-count", fmt.Sprint(warmUp), "--request-count", fmt.Sprint(s.Requests-warmUp))
	}
	return append(args, "--request-count", fmt.Sprint(s.Requests))
}

// Command is what to run next: a line for a shell, or two where the file has to be decompressed first.
func Command(p *generator.Plan, s *generator.Stats, path string) []string {
	var lines []string
	if p.Compression == generator.CompressionZstd {
		lines = append(lines, "zstd -d "+escape.Shell(path))
	}
	words := AiperfArgs(p, s, path)
	for i, word := range words {
		words[i] = escape.Shell(word)
	}
	return append(lines, "aiperf profile --model MODEL --url URL --endpoint-type chat --streaming "+strings.Join(words, " "))
}
