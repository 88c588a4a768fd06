package report

import (
	"fmt"
	"path/filepath"
	"slices"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
)

// inBrief are the labels of the facts that a brief holds already.
var inBrief = []string{"requests", "image slots", "distinct images", "duplicate references", "reuse rate", "URLs", "file", "image folder"}

// brief is what a run did, in the sentences of the Python program that this one replaces: scripts read them.
func brief(p *generator.Plan, s *generator.Stats) []string {
	var lines []string
	line := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	pool := p.Shape().Pool
	if p.WritesImages() {
		kept := ""
		if s.ImagesKept > 0 {
			kept = fmt.Sprintf(" (%d of them were there already)", s.ImagesKept)
		}
		line("  %d unique %s %ss saved to %s%s", s.ImagesWritten+s.ImagesKept, p.Media.Sizes().Brief(), p.Noun(), escape.Printable(p.Names.Images.Here), kept)
	}
	if p.Folder != nil {
		line("  %d of %d images in %s used", pool, p.Folder.Available, escape.Printable(p.Folder.Name))
	}
	if p.URLs != nil {
		line("  %d URLs sampled from %s (%d available)", pool, escape.Printable(filepath.Base(p.URLs.Name)), p.URLs.Available)
		if p.URLs.Repeats > 0 {
			line("  entries that repeat a sampled URL: %d; the same URL is one image, however often it is listed", p.URLs.Repeats)
		}
	}
	if w := p.Windows; w != nil {
		least, most := w.Turns, w.Turns
		if w.TurnsOf != nil {
			least, most = int(slices.Min(w.TurnsOf)), int(slices.Max(w.TurnsOf))
		}
		own := w.Window - w.Shared - 1
		line("Sliding window: %d users × %s turns, window=%d, %s images/user, %d total images", w.Users, fromTo(least, most), w.Window, fromTo(own+least, own+most), pool)
		if w.Shared > 0 {
			line("  %s in all windows", counted(int64(w.Shared), "shared image"))
		}
	}
	if c := p.Conversations; c != nil {
		line("Multi-turn: %d conversations × %s turns, %d images shown and sent %d times, as each turn is sent with those before it",
			len(c.Turns), fromTo(int(slices.Min(c.Turns)), int(slices.Max(c.Turns))), p.Shape().Slots, s.Slots)
	}
	line("Generated %d %s slots from pool of %d: %d unique in use, %d duplicate references (%s reuse)",
		s.Slots, p.Noun(), pool, s.Distinct, s.Duplicates, reusePercent(s.Duplicates, s.Slots))
	name := "standard output"
	if !p.Output.Stdout {
		name = escape.Printable(p.Names.Output.Here)
	}
	sessions := ""
	if p.Windows != nil {
		sessions = fmt.Sprintf(" (%d sessions)", p.Windows.Users)
	} else if c := p.Conversations; c != nil {
		sessions = fmt.Sprintf(" (%d sessions)", len(c.Turns))
	}
	if p.Shard.Count > 0 {
		line("Wrote %d of %d requests%s to %s", p.Part.Rows.Len(), s.Requests, sessions, name)
		return lines
	}
	line("Wrote %d requests%s to %s", s.Requests, sessions, name)
	return lines
}

// fromTo is a range of numbers, or the only one in it.
func fromTo(least, most int) string {
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d-%d", least, most)
}

// reusePercent writes a share with one decimal, and 100.0% only for all of it.
func reusePercent(part, total int64) string {
	text := fmt.Sprintf("%.1f%%", 100*reuse.Share(part, total))
	if text == "100.0%" && part < total {
		return "99.9%"
	}
	return text
}

// beside returns the facts that a brief does not hold.
func beside(facts []Fact) []Fact {
	return slices.DeleteFunc(slices.Clone(facts), func(f Fact) bool { return slices.Contains(inBrief, f.Label) })
}

// forecast is what a run would do, in lines.
func forecast(p *generator.Plan, s *generator.Stats) []string {
	name := "standard output"
	if !p.Output.Stdout {
		name = escape.Printable(p.Names.Output.Here)
	}
	lines := []string{
		fmt.Sprintf("Dry run: nothing is written. A run would write %s to %s", counted(s.Requests, "request"), name),
		fmt.Sprintf("  %s from a pool of %s: %s in use, %s (%s reuse)", counted(s.Slots, p.Noun()+" slot"), grouped(int64(p.Shape().Pool)), grouped(s.Distinct),
			counted(s.Duplicates, "duplicate reference"), reusePercent(s.Duplicates, s.Slots)),
	}
	if p.WritesImages() {
		lines = append(lines, fmt.Sprintf("  %s of %s in %s", counted(int64(p.Shape().Pool), p.Noun()), p.Media.Sizes().Brief(), escape.Printable(p.Names.Images.Here)))
	}
	return lines
}
