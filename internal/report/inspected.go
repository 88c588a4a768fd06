package report

import (
	"fmt"
	"slices"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// writeBadRows lists the first rows that are none.
func (r *Report) writeBadRows(b *strings.Builder) {
	if r.badRowCount == 0 {
		return
	}
	b.WriteString("\nBad rows\n")
	for _, bad := range r.badRows {
		fmt.Fprintf(b, "  line %d: %s\n", bad.Line, escape.Line(bad.Reason))
	}
	if more := r.badRowCount - int64(len(r.badRows)); more > 0 {
		fmt.Fprintf(b, "  and %s more\n", grouped(more))
	}
}

// writePopularity says how unevenly images are used, and lists the most used ones.
func writePopularity(b *strings.Builder, f *reuse.Figures) {
	if f.Duplicates == 0 {
		return
	}
	words := fmt.Sprintf("top 1 %% (%s) = %s of the slots", counted(max(f.Distinct/100, 1), "image"), percent(f.Popularity.Top1))
	if f.Distinct >= 20 { // else both are the same image
		words += fmt.Sprintf(", top 10 %% (%s) = %s", grouped(f.Distinct/10), percent(f.Popularity.Top10))
	}
	fmt.Fprintf(b, "\nPopularity: %s; Gini coefficient %.2f\n", words, f.Popularity.Gini)
	fmt.Fprintf(b, "  %11s  image\n", "uses")
	for _, use := range f.Popularity.Top {
		name := fmt.Sprintf("image %d", use.Image)
		if use.Name != "" {
			name = escape.Printable(use.Name)
		}
		fmt.Fprintf(b, "  %11s  %s\n", grouped(use.Uses), name)
	}
}

// writeDistances lists how many requests lie between two uses of an image.
func writeDistances(b *strings.Builder, f *reuse.Figures) {
	if f.Duplicates == 0 {
		return
	}
	b.WriteString("\nReuse distance, in requests since the previous use\n")
	fmt.Fprintf(b, "  %22s  %11s  %9s\n", "distance", "reuses", "share")
	for _, class := range f.Ages {
		fmt.Fprintf(b, "  %22s  %11s  %9s\n", distance(class), grouped(class.Uses), percent(reuse.Share(class.Uses, f.Duplicates)))
	}
}

// distance names a class of reuse distances, in requests.
func distance(class reuse.AgeClass) string {
	switch {
	case class.To == 0:
		return "same request"
	case class.From == class.To:
		return grouped(class.From)
	}
	return grouped(class.From) + " to " + grouped(class.To)
}

// writeReplicas lists what each of several servers sees.
func writeReplicas(b *strings.Builder, f *reuse.Figures) {
	if len(f.Replicas) == 0 || f.Slots == 0 {
		return
	}
	fmt.Fprintf(b, "\nEach of %d servers behind a round robin, LRU hit rates by request\n", len(f.Replicas))
	fmt.Fprintf(b, "  %6s  %11s  %11s  %10s", "server", "slots", "distinct", "reuse rate")
	for _, p := range f.Capacities {
		fmt.Fprintf(b, "  %11s", "@"+grouped(p.Capacity))
	}
	b.WriteString("\n")
	for i, r := range f.Replicas {
		fmt.Fprintf(b, "  %6d  %11s  %11s  %10s", i+1, grouped(r.Slots), grouped(r.Distinct), percent(r.ReuseRate))
		for _, p := range r.Points {
			fmt.Fprintf(b, "  %11s", percent(p.HitRate))
		}
		b.WriteString("\n")
	}
}

// writeServer says what a server's cache holds and what it will hit.
func writeServer(b *strings.Builder, f *reuse.Figures, c *servers.Capacity, width int) {
	fmt.Fprintf(b, "\n%s of %s\n", c.Cache, bytesWords(c.CacheBytes))
	listed := func(label, words string) { b.WriteString(labelled(label, words, inSentences, width)) }
	if c.LeastBytes == c.MostBytes {
		listed("capacity", fmt.Sprintf("%s of %s", counted(c.LeastCapacity, "image"), bytesWords(c.MostBytes)))
	} else {
		listed("capacity", fmt.Sprintf("%s to %s of %s to %s", grouped(c.LeastCapacity), counted(c.MostCapacity, "image"),
			bytesWords(c.LeastBytes), bytesWords(c.MostBytes)))
	}
	for _, capacity := range c.Images() {
		i := slices.IndexFunc(f.Capacities, func(p reuse.Point) bool { return p.Capacity == capacity })
		if i >= 0 && f.Slots > 0 {
			p := f.Capacities[i]
			listed("LRU hit rate", fmt.Sprintf("%s %s (%s)", percent(p.HitRate), capacityLabel(p), hitsNote(f, p)))
		}
	}
	listed("evicts", c.Policy)
	listed("cache key", c.Key)
	if len(c.Counters) == 0 {
		listed("server counters", "none known")
	} else {
		listed("server counters", strings.Join(c.Counters, ", "))
	}
	for _, note := range c.Notes {
		listed("note", note)
	}
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
