package report

import (
	"fmt"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
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
func writePopularity(b *strings.Builder, f *reuse.Figures, width int) {
	if f.Duplicates == 0 {
		return
	}
	words := fmt.Sprintf("top 1 %% (%s) = %s of the slots", counted(max(f.Distinct/100, 1), "image"), percent(f.Popularity.Top1))
	if f.Distinct >= 20 { // else both are the same image
		words += fmt.Sprintf(", top 10 %% (%s) = %s", grouped(f.Distinct/10), percent(f.Popularity.Top10))
	}
	b.WriteString("\n" + wrapped(fmt.Sprintf("Popularity: %s; Gini coefficient %.2f", words, f.Popularity.Gini), width) + "\n")
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
