package measure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Counters are by how much a server's counters rose in a run.
type Counters struct {
	Series []Series
	// Restarted names what shows that a server was restarted between the first count and the last, or "".
	Restarted string
	Measured  bool // without a warm-up: clients that tell the two apart counted the measured phase alone
}

// Series is a counter of one endpoint, with one set of labels.
type Series struct {
	Name     string // without _total
	Endpoint string // "" where there is one
	Labels   string // engine="0"
	Rise     float64
	Gauge    bool // the server calls it a gauge, and the rise is its greatest value less its least
}

// bare is a counter's name as aiperf writes it: pages of metrics add _total.
func bare(name string) string { return strings.TrimSuffix(name, "_total") }

// Sum is how much a counter rose, in all series together, and whether there is such a counter. Series that the same server exports under both
// spellings count once.
func (c *Counters) Sum(name string) (sum int64, ok bool) {
	for _, s := range c.of(name) {
		sum += int64(s.Rise + 0.5)
		ok = true
	}
	return sum, ok
}

func (c *Counters) of(name string) []Series {
	if c == nil || name == "" {
		return nil
	}
	var found []Series
	for _, s := range c.Series {
		if s.Name == name {
			found = append(found, s)
		}
	}
	return found
}

// moved is how many of a counter's series rose.
func (c *Counters) moved(name string) (series, endpoints int) {
	seen := map[string]bool{}
	for _, s := range c.of(name) {
		if s.Rise > 0 {
			series++
			seen[s.Endpoint] = true
		}
	}
	return series, len(seen)
}

// startTime ends the gauges by which servers say when they started: process_start_time_seconds, mmjsonl_start_time_seconds.
const startTime = "_start_time_seconds"

// firstTokens are the histograms by which servers say how long first tokens took.
var firstTokens = []string{"vllm:time_to_first_token_seconds", "sglang:time_to_first_token_seconds", "dynamo_frontend_time_to_first_token_seconds"}

// FirstTokens is what the server says of the time to first tokens between two scrapes, or nil.
func FirstTokens(before, after *Scrape) *Latency {
	for _, name := range firstTokens {
		seconds, requests := 0.0, 0.0
		for key, now := range after.samples {
			switch now.name {
			case name + "_sum":
				seconds += now.value - before.samples[key].value
			case name + "_count":
				requests += now.value - before.samples[key].value
			}
		}
		if requests > 0 && seconds >= 0 {
			return &Latency{Mean: 1000 * seconds / requests, By: "server"}
		}
	}
	return nil
}

// Between returns by how much counters rose from one scrape to another.
func Between(before, after *Scrape) *Counters {
	c := &Counters{}
	restart := func(format string, args ...any) {
		if c.Restarted == "" {
			c.Restarted = fmt.Sprintf(format, args...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(before.samples)) {
		old := before.samples[key]
		now, ok := after.samples[key]
		switch {
		case strings.HasSuffix(old.name, startTime) && ok && now.value != old.value:
			restart("%s is another one in the second scrape", old.name)
		case !before.counts(old.name):
		case !ok:
			restart("the second scrape has no %s{%s} any more", old.name, labelWords(old.labels))
		case now.value < old.value:
			restart("%s fell from %g to %g", old.name, old.value, now.value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after.samples)) {
		now := after.samples[key]
		if !after.counts(now.name) {
			continue
		}
		// A series that is new began at 0 when it was first used.
		c.Series = append(c.Series, Series{Name: bare(now.name), Labels: labelWords(now.labels), Rise: now.value - before.samples[key].value})
	}
	c.sort()
	return c
}

// counts reports whether a metric of the page is a counter: by its type, or where that is missing or another one by its name.
func (s *Scrape) counts(name string) bool {
	kind := s.types[name]
	if kind == "" {
		kind = s.types[bare(name)]
	}
	return kind == "counter" || strings.HasSuffix(name, "_total") || known[bare(name)] && kind != "histogram"
}

// sort brings the series in an order that does not depend on how they were found.
func (c *Counters) sort() {
	slices.SortFunc(c.Series, func(a, b Series) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Endpoint, b.Endpoint), cmp.Compare(a.Labels, b.Labels))
	})
	c.Series = slices.CompactFunc(c.Series, func(a, b Series) bool { return a.Name == b.Name && a.Endpoint == b.Endpoint && a.Labels == b.Labels })
}
