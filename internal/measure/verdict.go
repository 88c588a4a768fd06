package measure

// Verdict is what a comparison comes to, in a word that does not change once released.
type Verdict string

const (
	Agrees     Verdict = "agrees"      // the counted hits are the predicted ones
	Holds      Verdict = "holds"       // no size of the cache was stated, nor hits at one size requested: the counted hits are those of the implied capacity
	Fewer      Verdict = "fewer"       // than likely orders explain: the cache is as small as the implied capacity
	More       Verdict = "more"        // than predicted, and possible: the cache is as large as the implied capacity
	Warm       Verdict = "warm"        // more than an unlimited cache hits that was empty before: it was not
	Off        Verdict = "off"         // no hit at all
	Copies     Verdict = "copies"      // the hits are those of several caches among which requests were divided
	InFront    Verdict = "in_front"    // the cache was asked for a part of the images: another one stands in front of it
	OtherCache Verdict = "other_cache" // the counters are those of another cache than the one that is meant
	Unknown    Verdict = "unknown"     // it cannot be told
)

// Exit codes of a comparison.
const (
	ExitAgrees  = 0
	ExitDiffers = 1
	ExitUnknown = 2
)

// Exit is the exit code that a verdict has.
func (v Verdict) Exit() int {
	switch v {
	case Agrees, Holds:
		return ExitAgrees
	case OtherCache, Unknown:
		return ExitUnknown
	}
	return ExitDiffers
}

// evidence is what a verdict rests on. Hits and look-ups are those of the measured requests.
type evidence struct {
	faults  bool // in the run, in the file, or in what belongs together
	router  bool // not a server counted, but a router
	named   bool // the user named the cache
	counted *Counted

	slots     int64 // images that were sent
	failed    int64 // of these, those of requests that failed: where only some were looked up nobody knows which
	predicted int64 // hits, as sent
	stated    bool  // the cache's size, and so what was predicted, is known
	tolerance int64 // hits
	unlimited int64 // hits of a cache that holds all images, and was empty before
	prefix    bool  // another cache, which looks at texts too, hit
	copies    int   // with which the counted hits agree; 0 or 1: none
}

// judge comes to a verdict.
func judge(e evidence) Verdict {
	c := e.counted
	if c == nil || e.slots == 0 {
		return Unknown
	}
	if e.router && !e.named {
		return OtherCache
	}
	if e.faults {
		return Unknown
	}
	difference := c.Hits - e.predicted
	missing := e.slots - c.Lookups
	switch {
	case c.Lookups == 0:
		return Off
	case missing < 0:
		return Unknown // others used the server meanwhile
	case missing > 0 && missing <= e.failed:
		return Unknown
	case missing > 0:
		return InFront
	case c.Hits == 0 && e.unlimited > 0 && e.predicted > e.tolerance:
		return Off
	case max(difference, -difference) <= e.tolerance:
		return Agrees
	case c.Hits > e.unlimited:
		return Warm
	case !e.stated:
		return Holds
	case difference > 0:
		return More
	case e.copies > 1:
		return Copies
	}
	return Fewer
}
