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

// counted writes a count with its noun: 1 image, 2,000 images.
func counted(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
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

// pointWords says what a cache of the point's capacity hits.
func pointWords(f *reuse.Figures, p reuse.Point) string {
	rate := percent(reuse.Share(p.HitsByRequest, f.Slots))
	words := fmt.Sprintf("%s: %s (%s of %s)", counted(p.Capacity, "image"), rate, grouped(p.HitsByRequest), counted(f.Slots, "slot"))
	if f.MostInARow > 1 {
		words += fmt.Sprintf(", all images of %s of the requests", percent(p.WholeRequestRate))
	}
	if other := percent(reuse.Share(p.HitsByReference, f.Slots)); other != rate {
		words += fmt.Sprintf(", %s by reference", other)
	}
	if bounds := reordered(f, p); bounds != "" {
		words += fmt.Sprintf(", %s with %d requests in flight", bounds, f.Concurrency)
	}
	return words
}

// unlimitedWords says what a cache without limit hits: every duplicate, but for repeats in one request of an image that was new to it,
// which miss like their first.
func unlimitedWords(f *reuse.Figures) string {
	var hits int64
	if len(f.Curve) > 0 {
		hits = f.Curve[len(f.Curve)-1].HitsByRequest
	}
	return fmt.Sprintf("without limit: %s (%s of %s)", percent(reuse.Share(hits, f.Slots)), grouped(hits), counted(f.Slots, "slot"))
}
