package cli

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// slots is a run's images as numbers, row by row. The images are URLs of a list, so that no PNG is made.
func slots(t *testing.T, list string, n, k, pool int, seed uint64) [][]int {
	t.Helper()
	got := program.Succeed(t, filepath.Dir(list), nil, "-n", fmt.Sprint(n), "--images-per-request", fmt.Sprint(k), "--images-pool", fmt.Sprint(pool), "--seed", fmt.Sprint(seed),
		"--user-text-tokens", "1", "--image-mode", "http", "--url-list", list, "-o", "-")
	rows, err := program.ParseRows("stdout", []byte(got.Stdout))
	if err != nil {
		t.Fatalf("n %d, k %d, pool %d, seed %d: %v", n, k, pool, seed, err)
	}
	numbers := make([][]int, len(rows))
	for i, r := range rows {
		for _, ref := range r.Images {
			var number int
			if _, err := fmt.Sscanf(ref, "http://h/%d", &number); err != nil {
				t.Fatalf("%q: %v", ref, err)
			}
			numbers[i] = append(numbers[i], number)
		}
	}
	return numbers
}

// urlList makes a file of so many URLs, which slots turns into their numbers again.
func urlList(t *testing.T, urls int) string {
	t.Helper()
	var b strings.Builder
	for i := range urls {
		fmt.Fprintf(&b, "http://h/%d\n", i)
	}
	name := filepath.Join(t.TempDir(), "list.txt")
	program.Write(t, name, b.String())
	return name
}

// Over many shapes: no image twice in a row (parseRows sees to it), each image of the pool used at least once, so that the reuse is
// 1 - P/(n·k), and no other image.
func TestSamplingRules(t *testing.T) {
	t.Parallel()
	const testSeed = 20261123
	rng := rand.New(rand.NewPCG(testSeed, 0))
	list := urlList(t, 4000)
	type shape struct {
		n, k, pool int
		seed       uint64
	}
	shapes := []shape{
		{1, 1, 1, 0}, {1, 9, 9, 1}, {9, 1, 1, 2}, {9, 1, 9, 3}, {7, 3, 21, 4}, {7, 3, 3, 5}, {7, 3, 4, 6}, {7, 3, 20, 7}, {500, 3, 3, 8}, {500, 3, 1499, 9},
		{2, 500, 501, 10}, {2, 500, 999, 11}, {1000, 1, 999, 12}, {1, 2000, 2000, math.MaxUint64},
	}
	for len(shapes) < 60 {
		n, k := 1+rng.IntN(1<<rng.IntN(9)), 1+rng.IntN(1<<rng.IntN(5))
		if n*k > 4000 {
			continue
		}
		shapes = append(shapes, shape{n, k, k + rng.IntN(n*k-k+1), rng.Uint64()})
	}
	for _, s := range shapes {
		rows := slots(t, list, s.n, s.k, s.pool, s.seed)
		used := map[int]int{}
		for _, r := range rows {
			if len(r) != s.k {
				t.Fatalf("%+v: a row has %d images", s, len(r))
			}
			for _, image := range r {
				used[image]++
			}
		}
		if len(rows) != s.n || len(used) != s.pool {
			t.Errorf("%+v (test seed %d): %d rows, %d images used", s, testSeed, len(rows), len(used))
		}
	}
}

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

// Every image is as likely in every tenth of the rows and in every place of a row, and neighbouring rows have nothing to do with
// each other.
func TestSamplingUniform(t *testing.T) {
	t.Parallel()
	for _, s := range []struct{ n, k, pool int }{{6000, 3, 20}, {4000, 4, 5}, {9000, 1, 30}, {3000, 10, 40}} {
		t.Run(fmt.Sprintf("%dx%d of %d", s.n, s.k, s.pool), func(t *testing.T) {
			t.Parallel()
			rows := slots(t, urlList(t, s.pool), s.n, s.k, s.pool, 42)
			images := make([]int, s.pool)
			tenths := make([][]int, 10)
			for i := range tenths {
				tenths[i] = make([]int, s.pool)
			}
			places := make([][]int, s.k)
			for j := range places {
				places[j] = make([]int, s.pool)
			}
			shared := 0.0
			for i, r := range rows {
				for j, image := range r {
					images[image]++
					tenths[i*10/s.n][image]++
					places[j][image]++
					if i > 0 {
						for _, before := range rows[i-1] {
							if before == image {
								shared++
							}
						}
					}
				}
			}
			if x := chiSquare(images); x > 5 {
				t.Errorf("images are used unevenly: %.1f sigma", x)
			}
			for i, counts := range tenths {
				if x := chiSquare(counts); x > 5 {
					t.Errorf("tenth %d of the rows uses images unevenly: %.1f sigma", i, x)
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
// images, and equally many that stand in the file only once; a pool that is dealt out before anything repeats fails both by far.
func TestSamplingSameAtBothEnds(t *testing.T) {
	t.Parallel()
	list := urlList(t, 1500)
	for _, s := range []struct{ n, k, pool int }{{1000, 1, 200}, {300, 3, 800}, {500, 3, 1400}, {400, 2, 300}, {60, 10, 40}} {
		t.Run(fmt.Sprintf("%dx%d of %d", s.n, s.k, s.pool), func(t *testing.T) {
			t.Parallel()
			const seeds = 12
			distinct := make([][2]float64, 3)
			var singles [2]float64
			parts := []int{10, 4, 2}
			for seed := range uint64(seeds) {
				rows := slots(t, list, s.n, s.k, s.pool, seed)
				count := map[int]int{}
				for _, r := range rows {
					for _, image := range r {
						count[image]++
					}
				}
				for p, part := range parts {
					for end, from := range []int{0, s.n - s.n/part} {
						seen := map[int]bool{}
						for _, r := range rows[from : from+s.n/part] {
							for _, image := range r {
								seen[image] = true
								if part == 2 && count[image] == 1 {
									singles[end]++
								}
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
			check("images that stand in the file once", singles)
		})
	}
}

// Which images of a larger list make the pool is drawn evenly as well.
func TestURLPoolUniform(t *testing.T) {
	t.Parallel()
	list := urlList(t, 50)
	counts := make([]int, 50)
	for seed := range uint64(60) {
		seen := map[int]bool{}
		for _, r := range slots(t, list, 10, 2, 10, seed) {
			for _, image := range r {
				seen[image] = true
			}
		}
		for image := range seen {
			counts[image]++
		}
	}
	if x := chiSquare(counts); x > 5 {
		t.Errorf("images of the list are chosen unevenly: %.1f sigma: %v", x, counts)
	}
}

// The order of images in rows is the same whatever an image is: a path, a data URI or a URL.
func TestSamplingSameInEveryMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-n", "30", "--images-per-request", "3", "--images-pool", "11", "--image-size", "8", "--user-text-tokens", "1"}
	program.Succeed(t, dir, nil, append(args, "-o", "paths.jsonl", "--image-dir", "pics", "--image-path-prefix", "pics")...)
	program.Succeed(t, dir, nil, append(args, "-o", "inline.jsonl", "--image-mode", "datauri")...)
	program.Succeed(t, dir, nil, append(args, "-o", "urls.jsonl", "--image-mode", "http", "--image-url-base", "http://h/pics", "--image-dir", "pics")...)
	paths, inline, urls := program.Rows(t, dir+"/paths.jsonl"), program.Rows(t, dir+"/inline.jsonl"), program.Rows(t, dir+"/urls.jsonl")
	names := map[string]string{}
	for i := range paths {
		for j, name := range paths[i].Images {
			if urls[i].Images[j] != "http://h/"+name {
				t.Fatalf("row %d: %s as a path, %s as a URL", i, name, urls[i].Images[j])
			}
			if known, ok := names[inline[i].Images[j]]; ok && known != name {
				t.Fatalf("row %d: one data URI for %s and %s", i, name, known)
			}
			names[inline[i].Images[j]] = name
		}
	}
	if len(names) != 11 {
		t.Errorf("%d data URIs for 11 images", len(names))
	}
}

// Cost grows with the slots, not with their square: these sizes took the reference minutes and more.
func TestSamplingLinear(t *testing.T) {
	t.Parallel()
	list := urlList(t, 100000)
	for _, s := range []struct{ n, k, pool int }{{100000, 1, 100000}, {100000, 1, 99000}, {150000, 2, 100000}, {2, 50000, 50001}, {300000, 3, 3}} {
		cmd := program.Command(t, filepath.Dir(list), nil, "-n", fmt.Sprint(s.n), "--images-per-request", fmt.Sprint(s.k), "--images-pool", fmt.Sprint(s.pool),
			"--user-text-tokens", "1", "--image-mode", "http", "--url-list", list, "-o", os.DevNull)
		var said bytes.Buffer
		cmd.Stderr = &said
		start := time.Now()
		if err := cmd.Run(); err != nil {
			t.Fatalf("%+v: %v: %s", s, err, said.String())
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%+v took %v", s, took)
		}
	}
}
