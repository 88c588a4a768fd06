package report

import (
	"strings"

	"mmjsonl/internal/escape"
)

// commands are what to run next: a line for a shell, or two where the file has to be decompressed first, which gives it another name. args
// are the client's.
func commands(path, decompressed string, args []string) []string {
	var lines []string
	if path != decompressed {
		unpack := "zstd -d " + escape.Shell(path)
		if !strings.HasSuffix(path, ".zst") { // in capitals, which zstd does not know
			unpack += " -o " + escape.Shell(decompressed)
		}
		lines = append(lines, unpack)
	}
	words := make([]string, len(args))
	for i, word := range args {
		words[i] = escape.Shell(word)
	}
	return append(lines, "aiperf profile --model MODEL --url URL --endpoint-type chat --streaming "+strings.Join(words, " "))
}
