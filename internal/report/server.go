package report

import (
	"fmt"
	"io"
	"strings"

	"mmjsonl/internal/replay"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// Server writes what a server's cache holds, for a terminal or a log, in lines of at most width columns where their words allow it.
func Server(w io.Writer, c *servers.Cache, width int) error {
	var b strings.Builder
	writeServer(&b, c, nil, nil, min(max(width, leastWidth), mostWidth))
	_, err := io.WriteString(w, b.String())
	return err
}

// writeServer says what a server's cache holds, and of a file what it will hit.
func writeServer(b *strings.Builder, c *servers.Cache, f *reuse.Figures, replayed *servers.Replayed, width int) {
	b.WriteString(serverTitle(c) + "\n")
	for _, fact := range serverFacts(c, f, replayed) {
		b.WriteString(labelled(fact.label, fact.words, inSentences, width))
	}
}

// serverFact is one thing to know of a server's cache. Without a label it goes on with the one before.
type serverFact struct{ label, words string }

// serverFacts are what a server's cache holds, and of a file what it will hit; f and replayed are nil without one.
func serverFacts(c *servers.Cache, f *reuse.Figures, replayed *servers.Replayed) (facts []serverFact) {
	listed := func(label, words string) {
		if words != "" {
			facts = append(facts, serverFact{label, words})
		}
	}
	weight, ok := c.Same()
	if replayed != nil && replayed.Images != nil {
		weight, ok = replayed.LeastBytes, true
		if c.CountsTokens() {
			weight = replayed.LeastTokens
		}
	}
	if ok {
		listed("capacity", counted(c.Images(weight), "image"))
		if c.Rule == replay.TwoTiers {
			listed("in front", counted(c.Tokens/weight, "image"))
		}
		if c.CountsTokens() {
			listed("an image", counted(weight, "token"))
		}
		if bytes := c.InBytes(weight); bytes > 0 {
			listed("an image", fmt.Sprintf("%s (%s)", counted(bytes, "byte"), bytesWords(bytes)))
		}
	}
	if replayed != nil && replayed.LeastBytes < replayed.MostBytes {
		listed("an image", fmt.Sprintf("%s to %s (%s to %s)", grouped(replayed.LeastBytes), counted(replayed.MostBytes, "byte"),
			bytesWords(replayed.LeastBytes), bytesWords(replayed.MostBytes)))
	}
	if replayed != nil && replayed.LeastTokens < replayed.MostTokens {
		listed("an image", fmt.Sprintf("%s to %s", grouped(replayed.LeastTokens), counted(replayed.MostTokens, "token")))
	}
	if replayed != nil && f.Slots > 0 {
		rate := fmt.Sprintf("%s (%s of %s)", percent(replayed.HitRate), grouped(replayed.Hits), counted(f.Slots, "slot"))
		listed("hit rate", rate)
		if c.Rule == replay.TwoTiers {
			listed("", fmt.Sprintf("%s in front, %s behind", grouped(replayed.Front), grouped(replayed.Hits-replayed.Front)))
		}
		if f.MostInARow > 1 {
			listed("whole requests", fmt.Sprintf("%s hit with all images (%s)", percent(replayed.WholeRequestRate), counted(replayed.WholeRequests, "request")))
		}
		if len(replayed.Needed) > 0 {
			var parts []string
			for _, n := range replayed.Needed {
				size := bytesWords(n.Bytes)
				if n.Bytes == 0 {
					size = counted(n.Tokens, "token")
				}
				parts = append(parts, fmt.Sprintf("%d %%: %s", n.Percent, size))
			}
			listed("size needed", strings.Join(parts, ", ")+" (for these parts of the hits that are possible)")
		}
		if replayed.Failed > 0 {
			listed("failed requests", fmt.Sprintf("%s, whose images do not fit into the cache together", grouped(replayed.Failed)))
		}
	}
	for _, name := range []string{c.Hits, c.Lookups, c.Misses} {
		if name == "" {
			continue
		}
		words := name + " or " + name + "_total"
		if replayed != nil {
			words += " rises by " + grouped(replayed.Counters[name])
		}
		listed("counter", words)
	}
	if c.Hits == "" && c.Watch == "" {
		listed("counter", "none")
	}
	listed("", c.Watch)
	listed("set by", c.Setting)
	listed("", c.DefaultNote)
	listed("order", c.Evicts)
	listed("cache key", c.Key)
	listed("copies", c.Multiplied)
	listed("in front", c.InFront)
	for _, note := range c.Notes {
		listed("note", note)
	}
	return facts
}

// sizeWords is the size of the cache.
func sizeWords(c *servers.Cache) string {
	switch {
	case c.Bytes == 0:
		return counted(c.Tokens, "token")
	case c.Tokens > 0:
		return fmt.Sprintf("%s, with %s in front", bytesWords(c.Bytes), counted(c.Tokens, "token"))
	}
	return bytesWords(c.Bytes)
}

// bytesWords writes a number of bytes in the largest binary unit of which there is one.
func bytesWords(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.4g %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return counted(n, "byte")
}
