package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
)

// Text writes the figures of a run, in the words of the Python program that this one replaces, and what to run next.
func Text(w io.Writer, p *generator.Plan, s *generator.Stats) error {
	var lines []string
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }

	if p.WritesImages() {
		kept := ""
		if s.ImagesKept > 0 {
			kept = fmt.Sprintf(" (%d of them were there already)", s.ImagesKept)
		}
		line("  %d unique %s images saved to %s%s", s.ImagesWritten+s.ImagesKept, p.Media.Item(0).Size, escape.Printable(p.Names.Images.Here), kept)
	}
	if p.URLs != nil {
		line("  %d URLs sampled from %s (%d available)", p.Shape().Pool, escape.Printable(filepath.Base(p.URLs.Name)), p.URLs.Available)
		if p.URLs.Repeats > 0 {
			line("  entries that repeat a sampled URL: %d; the same URL is one image, however often it is listed", p.URLs.Repeats)
		}
	}
	line("Generated %d image slots from pool of %d: %d unique in use, %d duplicate references (%s reuse)",
		s.Slots, p.Shape().Pool, s.Distinct, s.Duplicates, reusePercent(s.Duplicates, s.Slots))
	if s.Duplicates > 0 || len(s.Capacities) > 0 {
		line("\n%s\n", strings.TrimRight(chart(s.Figures, 80, 10), "\n"))
	}
	if p.Shape().WarmUp > 0 {
		line("All first uses are in the first %d requests. Of the %d image slots after them", p.Shape().WarmUp, s.MeasuredSlots)
		for _, point := range s.Capacities {
			line("  an LRU cache of %d images hits %d, %s", point.Capacity, point.MeasuredHits, reusePercent(point.MeasuredHits, s.MeasuredSlots))
		}
		if len(s.Capacities) == 0 {
			line("  a cache without limit hits all")
		}
	}
	name := "standard output"
	if !p.Output.Stdout {
		name = escape.Printable(p.Names.Output.Here)
	}
	line("Wrote %d requests to %s", s.Requests, name)
	line("  %d bytes, seed %d", s.Bytes, p.Seed)
	if s.SHA256 != "" {
		line("  sha256 %s", s.SHA256)
	}
	if p.Names.Manifest.Here != "" {
		line("  manifest %s", escape.Printable(p.Names.Manifest.Here))
		line("")
		line("Next:")
		for _, command := range Command(p, s, p.Names.Output.Next) {
			line("  %s", command)
		}
	}
	for _, l := range lines {
		if _, err := fmt.Fprintln(w, l); err != nil {
			return err
		}
	}
	return nil
}

// reusePercent writes a share with one decimal, as the Python program does, except that only all of it is 100.0%.
func reusePercent(part, whole int64) string {
	text := fmt.Sprintf("%.1f%%", 100*reuse.Share(part, whole))
	if text == "100.0%" && part < whole {
		return "99.9%"
	}
	return text
}

// HitRates writes what was reached the way it is asked for: 0.6000@200,0.8000@800.
func HitRates(points []reuse.Point) string {
	rates := make([]string, len(points))
	for i, point := range points {
		rates[i] = fmt.Sprintf("%.4f@%d", point.HitRate, point.Capacity)
	}
	return strings.Join(rates, ",")
}
