package report

import (
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/format"
)

// AiperfArgs are the arguments by which the client reads the file, all of it, in its order. path is the file's, as the client will see it;
// aiperf does not read zstd, so there the name is the decompressed file's.
func AiperfArgs(p *generator.Plan, s *generator.Stats, path string) []string {
	if p.Output.Compression == generator.CompressionZstd {
		path = p.Output.Compression.Decompressed(path)
	}
	return p.Format.Arguments(format.File{Path: path, Requests: s.Requests, WarmUp: int64(p.Shape().WarmUp)})
}

// Command is what to run next: a line for a shell, or two where the file has to be decompressed first.
func Command(p *generator.Plan, s *generator.Stats, path string) []string {
	var lines []string
	if p.Output.Compression == generator.CompressionZstd {
		unpack := "zstd -d " + escape.Shell(path)
		if !strings.HasSuffix(path, ".zst") { // in capitals, which zstd does not know
			unpack += " -o " + escape.Shell(p.Output.Compression.Decompressed(path))
		}
		lines = append(lines, unpack)
	}
	words := AiperfArgs(p, s, path)
	for i, word := range words {
		words[i] = escape.Shell(word)
	}
	return append(lines, "aiperf profile --model MODEL --url URL --endpoint-type chat --streaming "+strings.Join(words, " "))
}
