package cli

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

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

// Over many shapes: no image twice in a row (ParseRows checks that), each image of the pool used at least once, so that the reuse is
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
	for len(shapes) < 24 {
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
