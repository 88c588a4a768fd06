package report

import (
	"fmt"
	"strconv"

	"mmjsonl/internal/reuse"
)

// percent writes a share, 0 to 1, with two decimals. Only what is exactly nothing or all reads so.
func percent(share float64) string {
	s := fmt.Sprintf("%.2f %%", 100*share)
	switch {
	case s == "0.00 %" && share > 0:
		return "< 0.01 %"
	case s == "100.00 %" && share < 1:
		return "> 99.99 %"
	}
	return s
}

// grouped writes a count with a comma between thousands, for people; programs are given the plain number.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	first := 0
	if n < 0 {
		first = 1
	}
	for i := len(s) - 3; i > first; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted writes a count with its noun: 1 image, 2,000 images. The plural is the noun with an s unless it is given.
func counted(n int64, noun string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case len(plural) > 0:
		return grouped(n) + " " + plural[0]
	}
	return grouped(n) + " " + noun + "s"
}

// reordered says within which bounds the hit rate at a point can lie when requests overtake each other, or nothing where it cannot move.
func reordered(f *reuse.Figures, p reuse.Point) string {
	if f.Concurrency <= 1 || p.LeastHits == p.MostHits {
		return ""
	}
	return percent(reuse.Share(p.LeastHits, f.Slots)) + " to " + percent(reuse.Share(p.MostHits, f.Slots))
}

func capacityLabel(p reuse.Point) string { return "at " + counted(p.Capacity, "image") }

// bytesLabel names a capacity in bytes.
func bytesLabel(p reuse.BytePoint) string { return "at " + bytesWords(p.Bytes) }

// pointOf is what a point of a cache in bytes has in common with others.
func pointOf(p reuse.BytePoint) reuse.Point {
	return reuse.Point{HitsByRequest: p.HitsByRequest, HitsByReference: p.HitsByReference, HitRate: p.HitRate, WholeRequests: p.WholeRequests, WholeRequestRate: p.WholeRequestRate,
		LeastHits: p.HitsByRequest, MostHits: p.HitsByRequest, MeasuredHits: p.MeasuredHits}
}

// pointWords says what a cache of the point's capacity hits.
func pointWords(f *reuse.Figures, p reuse.Point) string {
	return fmt.Sprintf("%s: %s (%s)", capacityLabel(p), percent(reuse.Share(p.HitsByRequest, f.Slots)), pointNote(f, p))
}

// pointNote completes the hit rate by request at a point.
func pointNote(f *reuse.Figures, p reuse.Point) string {
	note := hitsNote(f, p)
	if f.MostInARow > 1 {
		note += fmt.Sprintf(", %s of the requests hit with all images", percent(p.WholeRequestRate))
	}
	if other := percent(reuse.Share(p.HitsByReference, f.Slots)); other != percent(reuse.Share(p.HitsByRequest, f.Slots)) {
		note += fmt.Sprintf(", %s by reference", other)
	}
	if t := p.Typical; t != nil {
		note += fmt.Sprintf(", typically %s (%s to %s) with %s requests in flight", percent(reuse.Share(t.Hits, f.Slots)), percent(reuse.Share(t.LowHits, f.Slots)),
			percent(reuse.Share(t.HighHits, f.Slots)), grouped(int64(f.Concurrency)))
		if bounds := reordered(f, p); bounds != "" {
			note += fmt.Sprintf(", %s at the bounds", bounds)
		}
	} else if bounds := reordered(f, p); bounds != "" {
		note += fmt.Sprintf(", %s with %s requests in flight", bounds, grouped(int64(f.Concurrency)))
	}
	if f.MeasuredSlots > 0 {
		note += fmt.Sprintf(", %s of the measured slots", percent(reuse.Share(p.MeasuredHits, f.MeasuredSlots)))
	}
	return note
}

func hitsNote(f *reuse.Figures, p reuse.Point) string {
	return grouped(p.HitsByRequest) + " of " + counted(f.Slots, "slot")
}

// unlimited is the point of a cache that never evicts, which is the curve's last. By request it hits every duplicate but those of an image
// that was new to the same request: they miss like its first.
func unlimited(f *reuse.Figures) reuse.Point {
	if len(f.Curve) == 0 {
		return reuse.Point{}
	}
	return f.Curve[len(f.Curve)-1]
}
