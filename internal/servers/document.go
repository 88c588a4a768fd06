package servers

import (
	"mmjsonl/internal/replay"
)

// Capacity is a cache as documents have it, under the name "server" of `mmjsonl inspect --json` and all of `mmjsonl capacity --json`. Names do not
// change once released.
type Capacity struct {
	Server         string   `json:"server"`
	Cache          string   `json:"cache"`
	CacheBytes     int64    `json:"cache_bytes,omitempty"`
	CacheTokens    int64    `json:"cache_tokens,omitempty"`     // of a cache that counts tokens, or of the one in front
	BytesPerImage  int64    `json:"bytes_per_image,omitempty"`  // where all images take the same
	TokensPerImage int64    `json:"tokens_per_image,omitempty"` // likewise, of a cache that counts tokens
	Images         *int64   `json:"capacity_images,omitempty"`  // likewise
	FrontImages    *int64   `json:"capacity_images_in_front,omitempty"`
	Setting        string   `json:"setting,omitempty"`
	Policy         string   `json:"policy"`
	Key            string   `json:"key"`
	Counters       []string `json:"counters"`
	Multiplied     string   `json:"multiplied,omitempty"`
	InFront        string   `json:"in_front,omitempty"`
	Notes          []string `json:"notes"`
}

// Document is the cache for documents.
func (c *Cache) Document() *Capacity {
	d := &Capacity{
		Server:      c.Name,
		Cache:       c.Title,
		CacheBytes:  c.Bytes,
		CacheTokens: c.Tokens,
		Setting:     c.Setting,
		Policy:      c.Evicts,
		Key:         c.Key,
		Counters:    append([]string{}, c.Counters()...),
		Multiplied:  c.Multiplied,
		InFront:     c.InFront,
		Notes:       append([]string{}, c.Notes...),
	}
	if c.Watch != "" {
		d.Notes = append(d.Notes, c.Watch)
	}
	if weight, ok := c.Same(); ok {
		images := c.Images(weight)
		d.Images, d.BytesPerImage = &images, c.InBytes(weight)
		if c.CountsTokens() {
			d.TokensPerImage = weight
		}
		if c.Rule == replay.TwoTiers {
			front := c.Tokens / weight
			d.FrontImages = &front
		}
	}
	return d
}

// Replayed is what a cache does with the requests of a file. It is the field "server" of a file in the document of `mmjsonl inspect --json`.
type Replayed struct {
	Hits             int64   `json:"hits"`
	HitRate          float64 `json:"hit_rate"` // hits ÷ image slots
	WholeRequests    int64   `json:"requests_all_hit"`
	WholeRequestRate float64 `json:"request_hit_rate"`          // these ÷ requests with images
	Front            int64   `json:"hits_in_front,omitempty"`   // of the hits, those of the cache in front
	Failed           int64   `json:"failed_requests,omitempty"` // the cache is too small for them
	// Counters are by how much the server's counters rise, by their names without _total.
	Counters map[string]int64 `json:"counters"`
	// Images is how many the cache holds, where all of the file take the same.
	Images *int64 `json:"capacity_images,omitempty"`
	// What the images take, where that could be told.
	LeastBytes  int64 `json:"least_bytes_per_image,omitempty"`
	MostBytes   int64 `json:"most_bytes_per_image,omitempty"`
	LeastTokens int64 `json:"least_tokens_per_image,omitempty"`
	MostTokens  int64 `json:"most_tokens_per_image,omitempty"`
	// Needed are sizes that hit parts of what is possible, ascending; none if nothing can hit, or if there are too many requests to find out.
	Needed []Need `json:"needed_sizes"`
}

// Replayed are a cache's counts of a file with so many image slots.
func (c *Cache) Replayed(counts replay.Counts, slots int64) *Replayed {
	r := &Replayed{
		Hits:             counts.Hits,
		HitRate:          ratio(counts.Hits, slots),
		WholeRequests:    counts.Whole,
		WholeRequestRate: ratio(counts.Whole, counts.Requests),
		Front:            counts.Front,
		Failed:           counts.Failed,
		Counters:         map[string]int64{},
		Needed:           []Need{},
	}
	for name, n := range map[string]int64{
		c.Hits:    counts.Hits - counts.Front,
		c.Lookups: counts.Lookups - counts.Front,
		c.Misses:  counts.Lookups - counts.Hits,
	} {
		if name != "" {
			r.Counters[name] = n
		}
	}
	return r
}

func ratio(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
