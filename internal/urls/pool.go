package urls

import (
	"cmp"
	"container/heap"
	"hash/fnv"
	"slices"

	"mmjsonl/internal/random"
)

// urlPool chooses n distinct URLs of a stream of any length, each set of n as likely as any other, in memory that grows
// with n only.
//
// It is bottom-k sampling (Cohen and Kaplan, "Summarizing Data using Bottom-k Sketches", PODC 2007): each URL has a key,
// which is a hash of it and the seed, and the n URLs with the smallest keys are chosen, in the order of their keys. A key
// depends on nothing else. So image i is the same URL in a pool of any size above i, neither the source's order nor a
// URL's standing there twice makes a difference, and a source that gains some URLs keeps most of those it had.
type Pool struct {
	salt   uint64
	n      int
	chosen keyedURLs        // once there are n of them a heap, the largest key on top
	inside map[string]int64 // of those chosen, how often they were offered again
	count  int64
}

// mostAtOnce is for how many URLs there is room from the beginning: the source may have fewer than are wanted.
const mostAtOnce = 1 << 17

// NewPool begins a choice of n URLs, n from 0.
func NewPool(seed uint64, n int) *Pool {
	return &Pool{salt: random.Mix(random.Mix(seed) ^ uint64(random.URLs)), n: n, inside: make(map[string]int64, min(n, mostAtOnce))}
}

// Add offers a URL.
func (p *Pool) Add(url string) {
	p.count++
	hash := fnv.New64a()
	hash.Write([]byte(url))
	// Its upper bits hardly depend on a string's last bytes, so that it makes a key only after mix.
	candidate := keyedURL{random.Mix(p.salt ^ hash.Sum64()), url}
	full := len(p.chosen) == p.n
	if full && (p.n == 0 || candidate.compare(p.chosen[0]) > 0) {
		return
	}
	if _, twice := p.inside[url]; twice {
		p.inside[url]++
		return
	}
	p.inside[url] = 0
	if !full {
		if p.chosen = append(p.chosen, candidate); len(p.chosen) == p.n {
			heap.Init(&p.chosen)
		}
		return
	}
	delete(p.inside, p.chosen[0].url)
	p.chosen[0] = candidate
	heap.Fix(&p.chosen, 0)
}

// URLs returns the URLs chosen so far, image 0 first. They are fewer than n if fewer distinct ones were offered.
func (p *Pool) URLs() []string {
	sorted := slices.Clone(p.chosen)
	slices.SortFunc(sorted, keyedURL.compare)
	urls := make([]string, len(sorted))
	for i, chosen := range sorted {
		urls[i] = chosen.url
	}
	return urls
}

// Seen returns how many URLs were offered, those offered twice counted twice.
func (p *Pool) Seen() int64 { return p.count }

// Repeats returns how many of these were a chosen URL's second offer, or a later one. It is exact: what is chosen at the end was chosen
// from its first offer on.
func (p *Pool) Repeats() (n int64) {
	for _, again := range p.inside {
		n += again
	}
	return n
}

// keyedURL is a URL and its key.
type keyedURL struct {
	key uint64
	url string
}

// compare orders by key, and URLs that share a key by themselves.
func (u keyedURL) compare(other keyedURL) int {
	switch {
	case u.key < other.key:
		return -1
	case u.key > other.key:
		return 1
	}
	return cmp.Compare(u.url, other.url)
}

// keyedURLs is what container/heap needs of a heap with the largest key on top.
type keyedURLs []keyedURL

func (h keyedURLs) Len() int           { return len(h) }
func (h keyedURLs) Less(i, j int) bool { return h[i].compare(h[j]) > 0 }
func (h keyedURLs) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *keyedURLs) Push(any)          { panic("the heap keeps its length") }
func (h *keyedURLs) Pop() any          { panic("the heap keeps its length") }
