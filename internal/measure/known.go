package measure

import (
	"mmjsonl/internal/replay"
	"mmjsonl/internal/servers"
)

// source is a pair of counters from which hits follow.
type source struct {
	profile servers.Profile // whose rules apply
	// The counters, by their names without _total; misses is in place of lookups, or of hits.
	hits, lookups, misses string
	// router says that it is not a server's cache that counts, but what stands in front of servers.
	router bool
	// media says that it is a media server that counts: fetches are the misses of a cache that goes by URLs.
	media bool
}

// routerTitle and mediaTitle are what is not a cache of a server.
const (
	routerTitle = "llm-d's router, which keeps a model of the servers' caches"
	mediaTitle  = "the media server, which counts what is fetched"
)

// fetches is the counter of complete images that mmjsonl serve has sent.
const fetches = "mmjsonl_fetches"

// sources are the counters that are known, those first that say most.
func sources() []source {
	var all []source
	for _, p := range servers.Profiles() {
		if p.Hits != "" {
			all = append(all, source{profile: p, hits: p.Hits, lookups: p.Lookups, misses: p.Misses})
		}
	}
	all = append(all,
		source{
			profile: servers.Profile{Name: "llm-d", Title: routerTitle, Rule: replay.ByRequest, Identity: servers.ByContent},
			hits:    "llm_d_router_epp_encoder_cache_hits", lookups: "llm_d_router_epp_encoder_cache_queries", router: true,
		},
		source{
			profile: servers.Profile{Name: "serve", Title: mediaTitle, Rule: replay.ByRequest, Identity: servers.ByURL},
			misses:  fetches, media: true,
		})
	return all
}

// prefixHits and prefixQueries are vLLM's counters of the prefix cache, in tokens.
const (
	prefixHits    = "vllm:prefix_cache_hits"
	prefixQueries = "vllm:prefix_cache_queries"
)

// known are the names of all counters that are looked for.
var known = knownNames()

func knownNames() map[string]bool {
	names := map[string]bool{prefixHits: true, prefixQueries: true}
	for _, s := range sources() {
		for _, name := range []string{s.hits, s.lookups, s.misses} {
			if name != "" {
				names[name] = true
			}
		}
	}
	return names
}

// Counted is what the counters of one cache say.
type Counted struct {
	Hits     int64            `json:"hits"`
	Lookups  int64            `json:"lookups"` // that were counted; hits and misses
	HitRate  float64          `json:"hit_rate"`
	Counters map[string]int64 `json:"counters"` // by how much each rose, by its name without _total
	Gauge    bool             `json:"from_gauge,omitempty"`
}

// count reads a source from counters. slots are the images that were sent, for a source that counts misses alone. ok is false if there is none
// of the counters; one that is missing beside another has not been used yet.
func (s source) count(c *Counters, slots int64) (counted Counted, ok bool) {
	counted.Counters = map[string]int64{}
	values := map[string]int64{}
	for _, name := range []string{s.hits, s.lookups, s.misses} {
		if name == "" {
			continue
		}
		sum, found := c.Sum(name)
		ok = ok || found
		counted.Counters[name], values[name] = sum, sum
		for _, series := range c.of(name) {
			counted.Gauge = counted.Gauge || series.Gauge
		}
	}
	if !ok {
		return Counted{}, false
	}
	counted.Hits = values[s.hits]
	switch {
	case s.media:
		counted.Lookups = max(slots, values[s.misses])
		counted.Hits = counted.Lookups - values[s.misses]
	case s.misses != "":
		counted.Lookups = counted.Hits + values[s.misses]
	default:
		counted.Lookups = values[s.lookups]
	}
	if counted.Lookups > 0 {
		counted.HitRate = float64(counted.Hits) / float64(counted.Lookups)
	}
	return counted, true
}
