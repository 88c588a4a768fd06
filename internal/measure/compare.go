// Package measure compares what the counters of a server say after a run with what a cache of its kind makes of the file that was sent.
//
// A [Run] is one sending of a file: read from the folder of results that aiperf writes, or made of two scrapes of the server's metrics. [Compare]
// replays the file's requests in the order in which they were sent, through the rule of the cache that the counters belong to, and
// comes to a [Verdict]. What that means in words is for package report to say.
//
// # Tolerance
//
// With several requests in flight the server gets them nearly in the order in which they were sent. So the replay is repeated in orders in which
// requests that can have been in flight together change places, and the counted hits agree if they are as near to the predicted ones as
// those of any of these orders. With one request in flight they have to be the same.
//
// # Implied capacity
//
// The implied capacity is the least with which the replay has the counted hits. A file may not tell it from others: then they reach up to a greatest
// one, or have no end.
package measure

import (
	"fmt"
	"math"
	"slices"

	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// Options are what a user says about a run beside what was recorded.
type Options struct {
	Server      string         // name of the profile of the cache that counted; "": the one whose counters there are
	Sized       *servers.Cache // the same with its size and what an image takes; nil if that is not known
	Capacity    int64          // the cache's size in images; 0 if it is not stated
	Tolerance   *float64       // share of the image slots by which hits may differ; nil: what orders of sending explain
	Concurrency int            // requests in flight; 0: as recorded, or 1
}

// Point is a hit rate that was requested when the file was made.
type Point struct {
	Rate   string `json:"rate"`                     // as it was requested
	Images int64  `json:"capacity_images"`          // 0 if it is in bytes, as images differ
	Bytes  int64  `json:"capacity_bytes,omitempty"` // 0 if it is in images
}

// Requests are those of the file of a run.
type Requests interface {
	servers.Requests
	Rows() Rows
}

// File is the request file of a run.
type File struct {
	Requests  Requests // in the file's order, with the run's warm-up in front
	WarmUp    int64    // of the requests, those that Requests begins with and that fill the cache
	Requested []Point
	// Weigh says what an image of a size takes in the cache that points in bytes are about; nil if that is not known.
	Weigh func(width, height int32) (bytes int64, ok bool)
	// Faults say why the file may not be what was sent, a sentence each, and Notes what is worth knowing.
	Faults []string
	Notes  []string
}

// inBytes reports whether hit rates were requested of caches in bytes, of images that differ.
func (f *File) inBytes() bool { return len(f.Requested) > 0 && f.Requested[0].Bytes > 0 }

// Result is what a comparison found. It is a run of the document of `mmjsonl compare --json`; names do not change once released.
type Result struct {
	Run     string  `json:"run"`
	Client  string  `json:"client,omitempty"`
	File    string  `json:"file"`
	Verdict Verdict `json:"verdict"`

	Requested   []Point `json:"requested"`
	Server      string  `json:"server,omitempty"` // name of the cache that counted
	Cache       string  `json:"cache,omitempty"`
	Requests    int64   `json:"requests"` // that were measured
	WarmUp      int64   `json:"warm_up_requests,omitempty"`
	Slots       int64   `json:"image_slots"`
	Failed      int64   `json:"image_slots_of_failed_requests,omitempty"`
	Distinct    int64   `json:"distinct_images"`
	Concurrency int     `json:"concurrency"`
	Order       string  `json:"order"` // "sent", or "file" where the order of sending is not known

	// Capacity is the size of the cache that the prediction is for: stated, requested, or the file's images.
	Capacity      int64   `json:"capacity_images"`
	CapacityBytes int64   `json:"capacity_bytes,omitempty"`
	Stated        bool    `json:"capacity_stated"`
	FileHits      int64   `json:"predicted_hits_file_order"`
	SentHits      *int64  `json:"predicted_hits_as_sent,omitempty"`
	Predicted     int64   `json:"predicted_hits"` // as sent, or in the file's order where that is all there is
	PredictedRate float64 `json:"predicted_hit_rate"`
	Spread        *Spread `json:"predicted_in_other_orders,omitempty"`
	Unlimited     int64   `json:"unlimited_hits"`
	Tolerance     int64   `json:"tolerance_hits"`

	Counted    *Counted `json:"counted,omitempty"`
	Difference *int64   `json:"difference_hits,omitempty"`

	Implied      *int64   `json:"implied_capacity_images,omitempty"`
	ImpliedMost  *int64   `json:"implied_capacity_images_most,omitempty"` // missing where larger caches hit the same
	ImpliedBytes *int64   `json:"implied_capacity_bytes,omitempty"`
	ImpliedHits  *int64   `json:"implied_hits,omitempty"` // what that capacity hits: the counted hits, or the nearest number
	Copies       int      `json:"copies,omitempty"`       // of the cache of capacity_images, with which the counted hits agree too
	PrefixRate   *float64 `json:"prefix_cache_hit_rate,omitempty"`

	TTFT              *Latency `json:"time_to_first_token,omitempty"`
	RequestsPerSecond float64  `json:"requests_per_second,omitempty"`

	Faults []string `json:"faults"` // why nothing can be told, if so
	Notes  []string `json:"notes"`

	Curve   []CurvePoint     `json:"curve"` // hits of LRU caches, as sent
	Profile *servers.Profile `json:"-"`
	Second  bool             `json:"like_a_second_run,omitempty"` // the counted hits are those of the file's being sent again
}

// CurvePoint is what an LRU cache hits by request in the measured requests.
type CurvePoint struct {
	Capacity int64 `json:"capacity_images"`
	Hits     int64 `json:"hits"`
}

// Identity is what makes two references the same image to the cache that counted in a run.
func Identity(r *Run, o Options) servers.Identity {
	if s, _, _ := choose(r.Counters, o, 0); s != nil {
		return s.profile.Identity
	}
	return servers.ByUUID
}

// choose finds the counters that say most of the cache that is meant. other is the title of a cache that has counters, where the one that the user
// names has none.
func choose(c *Counters, o Options, slots int64) (best *source, counted *Counted, other string) {
	named := o.Server
	for _, s := range sources() {
		found, ok := s.count(c, slots)
		if !ok {
			continue
		}
		switch {
		case s.media && named != "" && named != "serve": // it counts for servers that export nothing
			if p, known := servers.Find(named); known && p.Hits == "" {
				s.profile = p
			} else {
				continue
			}
		case named != "" && s.profile.Name != named:
			if other == "" {
				other = s.profile.Title
			}
			continue
		}
		if best == nil || counted.Lookups == 0 && found.Lookups > 0 && !s.media {
			best, counted = &s, &found
		}
	}
	return best, counted, other
}

// mostCopies is up to how many caches of the same size are tried.
const mostCopies = 8

// Compare compares a run with its file.
func Compare(r *Run, f *File, o Options) *Result {
	out := &Result{
		Run: r.Name, Client: r.Client, File: r.File, TTFT: r.TTFT, RequestsPerSecond: r.RequestsPerSecond,
		Requested: append([]Point{}, f.Requested...), Distinct: int64(f.Requests.Images()), Order: "file",
		Faults: append(append([]string{}, r.Faults...), f.Faults...), Notes: append(append([]string{}, r.Notes...), f.Notes...),
		Curve: []CurvePoint{},
	}
	fault := func(format string, args ...any) { out.Faults = append(out.Faults, fmt.Sprintf(format, args...)) }
	note := func(format string, args ...any) { out.Notes = append(out.Notes, fmt.Sprintf(format, args...)) }
	out.Concurrency = max(o.Concurrency, 1)
	if o.Concurrency == 0 && r.Concurrency > 0 {
		out.Concurrency = r.Concurrency
	}

	inFile := new(Sequence)
	f.Requests.Each(func(request []uint32) bool {
		inFile.add(request, int64(inFile.Len()) < f.WarmUp)
		return true
	})
	s := inFile
	if len(r.Sent) > 0 {
		sent, wrong, err := sentSequence(r, f.Requests.Rows())
		switch {
		case err != nil:
			note("the order in which requests were sent is not known: %s", err)
		default:
			s, out.Order = sent, "sent"
			if wrong != "" {
				fault("the file is not what was sent: %s", wrong)
			}
		}
	}
	out.Requests, out.Slots = s.measured()
	if r.Took > 0 {
		out.RequestsPerSecond = float64(out.Requests) / r.Took.Seconds()
	}
	out.WarmUp = int64(s.Len()) - out.Requests
	if out.Slots == 0 {
		fault("no request has an image")
	}
	best, counted, other := choose(r.Counters, o, out.Slots)
	if counted != nil && r.Counters.Measured && counted.Lookups != out.Slots {
		const nearby = 8 // and as many as were in flight
		if covering, moved, ok := s.covering(counted.Lookups, out.Concurrency+nearby); ok {
			note("%s counted with the %s, as aiperf reads the counters while the phases change: the prediction is for what they cover",
				map[bool]string{true: fmt.Sprintf("the first %d measured requests were", moved), false: fmt.Sprintf("the last %d requests of the warm-up were", -moved)}[moved > 0],
				map[bool]string{true: "warm-up", false: "measured ones"}[moved > 0])
			s = covering
			out.Requests, out.Slots = s.measured()
			out.WarmUp = int64(s.Len()) - out.Requests
		}
	}
	e := evidence{named: o.Server != "", slots: out.Slots}
	if out.Order == "sent" {
		failed := failedSlots(r, s)
		if out.Failed = failed; failed > 0 && counted != nil && counted.Lookups == out.Slots-failed {
			note("the images of the requests that failed were not looked up: the prediction is without them")
			s = s.without(func(i int) bool { return r.Sent[i].Failed && !s.warmUp(i) })
			out.Requests, out.Slots = s.measured()
			e.slots, failed = out.Slots, 0
		}
		e.failed = failed
	}
	profile := servers.Profile{Name: "lru", Title: "any LRU cache"}
	if named, ok := servers.Find(o.Server); ok {
		profile = named
	}
	if best != nil {
		profile, e.router = best.profile, best.router
		out.Server, out.Cache, out.Counted, e.counted = profile.Name, profile.Title, counted, counted
		countedNotes(r, best, counted, fault, note)
	}
	out.Profile = &profile
	sayMissing(r, o, best, other, fault)
	e.prefix = out.prefix(r)

	m, err := newModel(profile.Rule, o.Sized, f.Requests.Images(), f.Requests.Size)
	if o.Sized == nil && o.Capacity == 0 && f.inBytes() {
		if made, why := newByteModel(profile.Rule, f); why == nil {
			m = made
		} else {
			note("the requested capacity is in bytes, and what images take in this cache is not known: %s", why)
		}
	}
	if err != nil {
		fault("what images take in the cache is not known: %s", err)
		m, _ = newModel(profile.Rule, nil, f.Requests.Images(), nil)
	}
	capacity := out.state(m, s, f, o)
	e.stated = out.Stated
	out.predict(m, s, inFile, capacity, o)
	e.predicted, e.unlimited, e.tolerance = out.Predicted, out.Unlimited, out.Tolerance

	c := newCurve(s)
	for _, images := range spreadCapacities(c.all.Distinct()) {
		out.Curve = append(out.Curve, CurvePoint{Capacity: images, Hits: c.hits(int(images))})
	}
	if counted != nil {
		difference := counted.Hits - out.Predicted
		out.Difference = &difference
		var f Fit
		if counted.Lookups == out.Slots && counted.Hits > 0 && counted.Hits <= out.Unlimited {
			f = m.fit(s, counted.Hits, c.capacityFor(counted.Hits)*int64(m.mean())/m.unit*m.unit)
			out.imply(m, f)
		}
		if out.Stated && difference < -out.Tolerance && counted.Hits > 0 {
			several := false
			if best.lookups != "" {
				series, _ := r.Counters.moved(best.lookups)
				several = series > 1
			}
			out.Copies, e.copies = out.copiesOf(m, s, capacity, counted.Hits, f, several)
		}
		if counted.Hits > out.Unlimited {
			out.Second = m.again(s, m.all(s)) == counted.Hits || m.again(s, capacity) == counted.Hits
		}
	}
	e.faults = len(out.Faults) > 0
	out.Verdict = judge(e)
	if other != "" && best == nil {
		out.Verdict = OtherCache
	}
	return out
}

// failedSlots are the images of requests that failed, of which nobody knows whether the server looked them up.
func failedSlots(r *Run, s *Sequence) (slots int64) {
	for i, sent := range r.Sent {
		if sent.Failed && !s.warmUp(i) {
			slots += int64(len(s.request(i)))
		}
	}
	return slots
}

// countedNotes says what is to be known of counters.
func countedNotes(r *Run, best *source, counted *Counted, fault, note func(string, ...any)) {
	if r.Counters.Restarted != "" {
		fault("the server was restarted in between: %s", r.Counters.Restarted)
	}
	if counted.Gauge {
		note("the server calls its counters gauges: how far they rose is their greatest value less their least")
	}
	name := best.lookups
	if name == "" {
		name = best.misses
	}
	if _, endpoints := r.Counters.moved(name); endpoints > 1 {
		fault("%d endpoints counted images, and each has a cache of its own, which got requests that nobody recorded", endpoints)
	} else if series, _ := r.Counters.moved(name); series > 1 {
		note("%d series of %s rose: several engines count", series, name)
	}
}

// sayMissing says why there are no counters.
func sayMissing(r *Run, o Options, best *source, other string, fault func(string, ...any)) {
	switch {
	case best != nil:
	case r.Counters == nil:
		fault("no metrics of the server were recorded")
	case len(r.Counters.Series) == 0:
		fault("the server's metrics have no counter")
	case other != "":
		fault("the counters of the cache that --server names are missing; those of another one are there: %s", other)
	default:
		fault("none of the server's counters is about a cache of images")
	}
}

// prefix notes what the prefix cache hit, and reports whether it hit anything.
func (out *Result) prefix(r *Run) bool {
	queries, _ := r.Counters.Sum(prefixQueries)
	hits, ok := r.Counters.Sum(prefixHits)
	if !ok || queries <= 0 {
		return false
	}
	rate := reuse.Share(hits, queries)
	out.PrefixRate = &rate
	return hits > 0
}

// state decides for which capacity hits are predicted, and whether it is the cache's own. Of several capacities that were requested, and none of
// which was stated to be the cache's, it is the one whose hits are the nearest to the counted ones.
func (out *Result) state(m *model, s *Sequence, f *File, o Options) (capacity int64) {
	switch {
	case o.Capacity > 0 && m.weights == nil:
		capacity, out.Stated = o.Capacity*m.unit, true
	case o.Capacity > 0:
		capacity, out.Stated = int64(float64(o.Capacity)*m.mean()), true
	case m.sized != nil:
		capacity, out.Stated = m.sized.Capacity(), true
	case f.inBytes() && !m.bytes: // of images as this cache sees them, nothing was requested
		capacity = m.total
	case len(out.Requested) == 1:
		capacity, out.Stated = max(out.Requested[0].Images, out.Requested[0].Bytes), true
	case len(out.Requested) > 1:
		var capacities []int64
		for _, p := range out.Requested {
			capacities = append(capacities, max(p.Images, p.Bytes))
		}
		slices.Sort(capacities)
		capacity = capacities[len(capacities)-1]
		if out.Counted == nil {
			break
		}
		distance := func(hits int64) int64 { return max(hits-out.Counted.Hits, out.Counted.Hits-hits) }
		nearest := int64(math.MaxInt64)
		for i, hits := range m.hits(s, capacities...) {
			if d := distance(hits); d <= nearest {
				nearest, capacity = d, capacities[i]
			}
		}
	default:
		capacity = m.total
	}
	out.Capacity, out.CapacityBytes = m.inImages(capacity), m.inBytes(capacity)
	return capacity
}

// predict replays the requests.
func (out *Result) predict(m *model, s, inFile *Sequence, capacity int64, o Options) {
	hits := m.hits(s, capacity, m.all(s))
	out.Predicted, out.Unlimited = hits[0], hits[1]
	out.FileHits = out.Predicted
	if s != inFile {
		out.FileHits = m.hits(inFile, capacity)[0]
		out.SentHits = &out.Predicted
	}
	out.PredictedRate = reuse.Share(out.Predicted, out.Slots)
	if out.Concurrency > 1 {
		spread := m.reordered(s, capacity, out.Concurrency)
		out.Spread = &spread
		out.Tolerance = max(spread.High-out.Predicted, out.Predicted-spread.Low, 0)
	}
	if o.Tolerance != nil {
		out.Tolerance = int64(math.Floor(*o.Tolerance*float64(out.Slots) + 1e-9))
	}
}

// imply notes the capacity that explains the counted hits.
func (out *Result) imply(m *model, f Fit) {
	images, bytes := m.inImages(f.Least), m.inBytes(f.Least)
	out.Implied, out.ImpliedHits = &images, &f.Hits
	if bytes > 0 {
		out.ImpliedBytes = &bytes
	}
	if f.Most > 0 {
		most := m.inImages(f.Most)
		out.ImpliedMost = &most
	}
}

// likelier is how many times more likely several caches have to be than a smaller one, to be held for the cause.
const likelier = 4

// copiesOf returns how many caches of the stated capacity explain the counted hits, or 0; and the same if they are likelier than one smaller cache:
// as several series of the counter rose, or as few of the numbers that a smaller cache can hit are as near.
func (out *Result) copiesOf(m *model, s *Sequence, capacity, counted int64, f Fit, several bool) (fit, likely int) {
	for n := 2; n <= mostCopies; n++ {
		spread := m.copies(s, capacity, n)
		if counted > spread.High {
			break // more caches hit less
		}
		if counted < spread.Low {
			continue
		}
		// Of one smaller cache each capacity is as likely as another, and of several caches each number of hits in their range.
		smaller := 1 / float64(max(out.Predicted, 1))
		if out.Concurrency == 1 {
			smaller = 0
			if f.Hits == counted {
				smaller = float64(max(f.Most-f.Least, 0)+m.unit) / float64(max(capacity, 1))
			}
		}
		if several || 1/float64(spread.High-spread.Low+1) >= likelier*smaller {
			return n, n
		}
		return n, 0
	}
	return 0, 0
}

// curvePoints is enough for a curve drawn as wide as a page.
const curvePoints = 60

// spreadCapacities returns capacities from 1 to the largest, each about the same factor above the one before, and round ones of a linear scale.
func spreadCapacities(largest int64) []int64 {
	var capacities []int64
	for i := range curvePoints {
		c := int64(math.Round(math.Pow(float64(max(largest, 1)), float64(i)/(curvePoints-1))))
		if len(capacities) == 0 || c > capacities[len(capacities)-1] {
			capacities = append(capacities, c)
		}
	}
	return capacities
}
