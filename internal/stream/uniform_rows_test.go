package stream_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
)

// chiSquare is how far counts are from an even spread, in standard deviations of the statistic. Draws without replacement within
// a row lower it, so only a large value says something.
func chiSquare(counts []int) float64 {
	total := 0
	for _, c := range counts {
		total += c
	}
	mean := float64(total) / float64(len(counts))
	sum := 0.0
	for _, c := range counts {
		sum += (float64(c) - mean) * (float64(c) - mean) / mean
	}
	freedom := float64(len(counts) - 1)
	return (sum - freedom) / math.Sqrt(2*freedom)
}

// Every image is as likely in every place of a row, and neighbouring rows have nothing to do with each other.
func TestUniformPlacesAndNeighbours(t *testing.T) {
	t.Parallel()
	for _, s := range []struct{ n, k, pool int }{{6000, 3, 20}, {4000, 4, 5}, {9000, 1, 30}, {3000, 10, 40}} {
		t.Run(fmt.Sprintf("%dx%d of %d", s.n, s.k, s.pool), func(t *testing.T) {
			t.Parallel()
			rows := sample(t, stream.Uniform{Rows: s.n, PerRow: s.k, Pool: s.pool}, 42)
			places := make([][]int, s.k)
			for j := range places {
				places[j] = make([]int, s.pool)
			}
			shared := 0.0
			for i := range s.n {
				for j, image := range rows.Row(i) {
					places[j][image]++
					if i > 0 && slices.Contains(rows.Row(i-1), image) {
						shared++
					}
				}
			}
			for j, counts := range places {
				if x := chiSquare(counts); x > 5 {
					t.Errorf("place %d of a row has images unevenly: %.1f sigma", j, x)
				}
			}
			// Two independent rows share k²/P images on average; the count of one pair has the hypergeometric variance.
			k, p, pairs := float64(s.k), float64(s.pool), float64(s.n-1)
			mean := k * k / p * pairs
			sigma := math.Sqrt(pairs * k * k / p * (1 - k/p) * (p - k) / (p - 1))
			if z := (shared - mean) / sigma; math.Abs(z) > 5 {
				t.Errorf("neighbouring rows share %.0f images, want about %.0f: %.1f sigma", shared, mean, z)
			}
		})
	}
}

// No phase of misses and then of hits: read backwards, a file looks the same. The first rows and the last hold equally many distinct
// images, and equally many that the file has only once; a pool that is dealt out before anything repeats fails both by far.
func TestUniformSameAtBothEnds(t *testing.T) {
	t.Parallel()
	for _, s := range []struct{ n, k, pool int }{{1000, 1, 200}, {300, 3, 800}, {500, 3, 1400}, {400, 2, 300}, {60, 10, 40}} {
		t.Run(fmt.Sprintf("%dx%d of %d", s.n, s.k, s.pool), func(t *testing.T) {
			t.Parallel()
			const seeds = 12
			distinct := make([][2]float64, 3)
			var singles [2]float64
			parts := []int{10, 4, 2}
			for seed := range uint64(seeds) {
				rows := sample(t, stream.Uniform{Rows: s.n, PerRow: s.k, Pool: s.pool}, seed)
				count := map[uint32]int{}
				for _, image := range rows.Media {
					count[image]++
				}
				for p, part := range parts {
					for end, from := range []int{0, s.n - s.n/part} {
						seen := map[uint32]bool{}
						for _, image := range rows.Span(from, from+s.n/part) {
							seen[image] = true
							if part == 2 && count[image] == 1 {
								singles[end]++
							}
						}
						distinct[p][end] += float64(len(seen))
					}
				}
			}
			// Each count varies by less than its square root; the difference of two by 1.5 times that.
			check := func(what string, ends [2]float64) {
				if sigma := 1.5 * math.Sqrt(max(ends[0]+ends[1], 1)/2); math.Abs(ends[0]-ends[1]) > 5*sigma {
					t.Errorf("%s: %.0f in the first rows, %.0f in the last, summed over %d seeds", what, ends[0], ends[1], seeds)
				}
			}
			for p, part := range parts {
				check(fmt.Sprintf("distinct images in 1/%d of the rows", part), distinct[p])
			}
			check("images that the file has once", singles)
		})
	}
}
