package report

import (
	"fmt"
	"strings"

	"mmjsonl/generator"
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
		lines = append(lines, "zstd -d "+shellQuote(path))
	}
	words := AiperfArgs(p, s, path)
	for i, word := range words {
		words[i] = shellQuote(word)
	}
	return append(lines, "aiperf profile --model MODEL --url URL --endpoint-type chat --streaming "+strings.Join(words, " "))
}

// ShellSafe reports whether a POSIX shell takes a word as it stands, without quotes.
func ShellSafe(word string) bool {
	return word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("@%+=:,./_-", r))
	})
}

// shellQuote returns what a POSIX shell reads as the given word, and what may stand in a line of a log. There is no quote for characters
// that do not show, so that printf has to make them. A word has no zero byte and does not end in a new line: no path of a plan does.
func shellQuote(word string) string {
	switch {
	case ShellSafe(word):
		return word
	case generator.OneLine(word) == word:
		return "'" + strings.NewReplacer("'", `'\''`, "##", "#''#''").Replace(word) + "'"
	}
	var b strings.Builder
	for _, c := range []byte(word) {
		if ShellSafe(string(rune(c))) && c != '%' && c != '-' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, `\%03o`, c)
		}
	}
	return `"$(printf '` + b.String() + `')"`
}
