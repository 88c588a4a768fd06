package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"mmjsonl/internal/measure"
	"mmjsonl/internal/replay"
)

// verdictWord is a verdict in a word or two, as it begins a line.
func verdictWord(v measure.Verdict) string {
	switch v {
	case measure.Agrees:
		return "agrees"
	case measure.Holds:
		return "measured"
	case measure.OtherCache, measure.Unknown:
		return "cannot be told"
	}
	return "differs"
}

// verdictWords are what a verdict means, and what to do, a sentence or two each. No words of it are from outside but the faults, whose quotes are
// escaped where they are shown.
func verdictWords(r *measure.Result) (sentence, advice string) {
	say := func(format string, args ...any) { sentence = fmt.Sprintf(format, args...) }
	do := func(format string, args ...any) { advice = fmt.Sprintf(format, args...) }
	hits := ""
	if r.Counted != nil {
		hits = fmt.Sprintf("%s of %s hit", grouped(r.Counted.Hits), counted(r.Slots, "image"))
	}
	switch r.Verdict {
	case measure.Agrees:
		switch d := *r.Difference; {
		case d == 0:
			say("%s, exactly as predicted.", hits)
		default:
			say("%s, %s than predicted, within %s.", hits, moreOrFewer(d), toleranceWords(r))
		}
		if r.Unlimited == r.Predicted && r.Distinct > r.Capacity && r.ImpliedMost == nil && r.Predicted > 0 {
			do("The file does not tell a cache of %s from a larger one.", counted(max(valueOf(r.Implied), 1), "image"))
		}
	case measure.Holds:
		say("%s: those are the hits of a cache of %s.", hits, capacityWords(r))
		do("To have it compared with what the cache should hold, give --cache-images, or --server with its size.")
	case measure.Fewer:
		say("%s, %s than predicted for a cache of %s, which no likely order of the requests explains: the hits are those of a cache of %s.",
			hits, moreOrFewer(*r.Difference), statedWords(r), capacityWords(r))
		do("%s", fewerAdvice(r))
		if r.Copies > 1 {
			do("%s Or there are %d caches of %s, among which the requests are divided: %s", advice, r.Copies, counted(r.Capacity, "image"), copiesAdvice(r))
		}
	case measure.More:
		say("%s, %s than predicted for a cache of %s: the hits are those of a cache of %s.", hits, moreOrFewer(*r.Difference), statedWords(r), capacityWords(r))
		do("The cache is larger than stated, or it was not empty before the run: restart the server between runs, or make each file with --seed random.")
	case measure.Warm:
		say("%s, and a cache without limit that was empty before hits %s: the cache held images of the file already.", hits, grouped(r.Unlimited))
		why := "An earlier run had the same images, as files of the same seed have."
		if r.Second {
			why = "The hits are exactly those of the file's being sent a second time."
		}
		do("%s Restart the server between runs, or make each file with --seed random.", why)
	case measure.Off:
		if r.Counted.Lookups == 0 {
			say("The counters did not move: the server looked up none of the %s in the cache.", counted(r.Slots, "image"))
		} else {
			say("No image hit, and %s of %s were predicted to.", grouped(r.Predicted), grouped(r.Slots))
		}
		do("%s", offAdvice(r))
	case measure.Copies:
		say("%s, %s than predicted for one cache of %s: the hits are those of %d such caches among which the requests are divided.",
			hits, moreOrFewer(*r.Difference), statedWords(r), r.Copies)
		do("%s Start one of them, or send each user's requests to the same one. The nearest single cache is one of %s.", copiesAdvice(r), capacityWords(r))
	case measure.InFront:
		say("The cache was asked for %s of the %s that were sent: another one in front of it answered the others.", grouped(r.Counted.Lookups), counted(r.Slots, "image"))
		do("%s", inFrontAdvice(r))
	case measure.OtherCache:
		say("The counters are not those of the cache that is meant.")
		if r.Counted != nil {
			say("The counters are those of %s: %s.", r.Cache, hits)
		}
		if len(r.Faults) > 0 {
			say("%s.", capital(r.Faults[0]))
		}
		do("Give the metrics of the server itself, or the name of the cache whose counters these are by --server.")
	default:
		sentence, advice = unknownWords(r)
	}
	return sentence, advice
}

// unknownWords say why nothing can be told.
func unknownWords(r *measure.Result) (sentence, advice string) {
	if len(r.Faults) > 0 {
		sentence = capital(r.Faults[0]) + "."
		if r.Counted != nil && r.Slots > 0 {
			sentence += fmt.Sprintf(" The server counted %s of %s, and %s were predicted.", counted(r.Counted.Hits, "hit"), counted(r.Counted.Lookups, "look-up"), grouped(r.Predicted))
		}
		if r.Counted == nil {
			return sentence, "Send the file again with the server's metrics: aiperf collects them from URL/metrics unless it is given --no-server-metrics, and from elsewhere with --server-metrics."
		}
		return sentence, "Send the file again, completely, to one server that is not restarted in between, and compare that run."
	}
	if r.Counted.Lookups < r.Slots {
		return fmt.Sprintf("The server looked up %s, and the run sent %s: %s were in requests that failed, and which of them were looked up is not known.",
				counted(r.Counted.Lookups, "image"), grouped(r.Slots), grouped(r.Failed)),
			"Find out why requests failed, and send the file again."
	}
	return fmt.Sprintf("The server looked up %s, and the run sent %s: others used it meanwhile, or the metrics are those of a longer time.",
			counted(r.Counted.Lookups, "image"), grouped(r.Slots)),
		"Send the file to a server that nobody else uses, and read its metrics right before and after. If a warm-up went before, say how long it was by --warmup-request-count."
}

func moreOrFewer(difference int64) string {
	if difference < 0 {
		return grouped(-difference) + " fewer"
	}
	return grouped(difference) + " more"
}

// signed is a difference with its sign.
func signed(n int64) string {
	if n > 0 {
		return "+" + grouped(n)
	}
	return grouped(n)
}

// toleranceWords say what makes a difference no difference.
func toleranceWords(r *measure.Result) string {
	if r.Spread != nil && r.Tolerance == max(r.Spread.High-r.Predicted, r.Predicted-r.Spread.Low, 0) {
		return fmt.Sprintf("what %s in flight can change", counted(int64(r.Concurrency), "request"))
	}
	return fmt.Sprintf("the tolerance of %s", grouped(r.Tolerance))
}

// statedWords are the size that the prediction is for.
func statedWords(r *measure.Result) string {
	words := counted(r.Capacity, "image")
	if r.CapacityBytes > 0 {
		words += " (" + bytesWords(r.CapacityBytes) + ")"
	}
	return words
}

// capacityWords are the capacity that explains what was counted.
func capacityWords(r *measure.Result) string {
	if r.Implied == nil {
		return "an unknown size"
	}
	words := ""
	switch least, most := *r.Implied, r.ImpliedMost; {
	case most == nil:
		words = "at least " + counted(least, "image")
	case *most == least:
		words = counted(least, "image")
	default:
		words = fmt.Sprintf("%s to %s", grouped(least), counted(*most, "image"))
	}
	if r.ImpliedBytes != nil {
		words += " (" + bytesWords(*r.ImpliedBytes) + ")"
	}
	if r.ImpliedHits != nil && r.Counted != nil && *r.ImpliedHits != r.Counted.Hits {
		words += fmt.Sprintf(", which hits %s", grouped(*r.ImpliedHits))
	}
	return words
}

// fewerAdvice says what makes a cache smaller than it is thought to be.
func fewerAdvice(r *measure.Result) string {
	words := "Give the server more room"
	if p := r.Profile; p != nil && p.Setting != "" {
		words = "Give the server more room (" + p.Setting + ")"
	}
	words += ", or take the capacity found for what it holds"
	if r.ImpliedBytes == nil {
		words += "; with --server and --model it is also said in GiB"
	}
	return words + "."
}

func copiesAdvice(r *measure.Result) string {
	if p := r.Profile; p != nil && p.Multiplied != "" {
		return p.Multiplied
	}
	return "Each server or worker has a cache of its own."
}

// offAdvice says how to turn a cache on.
func offAdvice(r *measure.Result) string {
	p := r.Profile
	if p != nil && p.Name == "serve" {
		return "Every image was fetched, so the server keeps none by its URL: what it keeps by content is only seen in its own counters."
	}
	words := "Is the cache on?"
	if p == nil {
		return words
	}
	if p.Setting != "" {
		words += " Its size is set by " + p.Setting + "."
	}
	switch {
	case p.Rule == replay.Tuple:
		words += " It goes by all images of a request together, so only whole requests that repeat hit."
	case p.DefaultNote != "":
		words += " By default: " + p.DefaultNote
	case p.Default == 0 && p.Setting != "":
		words += " By default it is off."
	}
	return words
}

// inFrontAdvice says which cache stands in front.
func inFrontAdvice(r *measure.Result) string {
	var words []string
	if r.PrefixRate != nil && *r.PrefixRate > 0 {
		words = append(words, fmt.Sprintf("The prefix cache hit %s of its tokens: texts that begin alike are answered before images are looked up. Make the file without a fixed prompt, or turn it off.", percent(*r.PrefixRate)))
	}
	if p := r.Profile; p != nil && p.InFront != "" {
		words = append(words, p.InFront)
	}
	if r.Server == "dynamo" {
		words = append(words, "Where Dynamo runs aggregated, vLLM's encoder cache is in front: compare with --server dynamo-aggregated.")
	}
	if len(words) == 0 {
		words = append(words, "Or some requests went to another server, whose metrics are not here: send them to one, or give the metrics of all.")
	}
	return strings.Join(words, " ")
}

func valueOf(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

// requestedWords are the hit rates that were requested.
func requestedWords(r *measure.Result) string {
	var words []string
	for _, p := range r.Requested {
		capacity := grouped(p.Images)
		if p.Bytes > 0 {
			capacity = bytesWords(p.Bytes)
		}
		words = append(words, fmt.Sprintf("%s @ %s", rateWords(p.Rate), capacity))
	}
	return strings.Join(words, ", ")
}

// rateWords are a rate as a percentage, if it is a plain fraction.
func rateWords(rate string) string {
	var share float64
	if _, err := fmt.Sscanf(rate, "%g", &share); err != nil || strings.HasSuffix(rate, "%") {
		return rate
	}
	return strings.TrimSuffix(strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.4f", 100*share), "0"), "."), ".") + " %"
}

// comparedFacts are what is known of a run, in the order in which people read.
func comparedFacts(r *measure.Result) []Fact {
	var facts []Fact
	add := func(label, text, note string) {
		if text != "" {
			facts = append(facts, Fact{About: Caches, Label: label, Text: text, Note: note})
		}
	}
	outside := func(label, text string) {
		facts = append(facts, Fact{About: Caches, Label: label, Text: text, Outside: true})
	}
	of := func(n int64) string { return fmt.Sprintf("%s of %s", grouped(n), grouped(r.Slots)) }
	outside("file", r.File)
	add("requested", requestedWords(r), "")
	measured := ""
	if r.WarmUp > 0 {
		measured = fmt.Sprintf("after a warm-up of %s", grouped(r.WarmUp))
	}
	add("requests", fmt.Sprintf("%s with %s, %s", grouped(r.Requests), counted(r.Slots, "image"), counted(int64(r.Concurrency), "in flight", "in flight")), measured)
	add("cache", r.Cache, "told by its counters")
	note := ""
	switch {
	case r.Stated:
	case len(r.Requested) > 0:
		note = "the requested capacity whose hits are the nearest"
	default:
		note = "all of the file, as no size was stated or requested"
	}
	add("predicted for", statedWords(r), note)
	if r.SentHits != nil {
		note := fmt.Sprintf("%s in the file's order", grouped(r.FileHits))
		if s := r.Spread; s != nil {
			note += fmt.Sprintf("; %s to %s in %d likely orders", grouped(s.Low), grouped(s.High), s.Replays)
		}
		add("predicted as sent", of(*r.SentHits), note)
	} else {
		add("predicted", of(r.Predicted), "in the file's order, as the order of sending was not recorded")
	}
	if c := r.Counted; c != nil {
		add("counted", of(c.Hits), countersWords(c))
		if r.Difference != nil {
			add("difference", signed(*r.Difference), "tolerance "+grouped(r.Tolerance))
		}
	}
	if r.Implied != nil {
		add("implied capacity", capacityWords(r), "")
	}
	if t := r.TTFT; t != nil {
		words := fmt.Sprintf("%s on average", milliseconds(t.Mean))
		if t.P99 != nil {
			words += fmt.Sprintf(", %s at the 99th percentile", milliseconds(*t.P99))
		}
		add("time to first token", words, map[string]string{"server": "as the server measured it"}[t.By])
	}
	if r.RequestsPerSecond > 0 {
		add("requests per second", fmt.Sprintf("%.3g", r.RequestsPerSecond), "")
	}
	if r.PrefixRate != nil && *r.PrefixRate > 0 {
		add("prefix cache", fmt.Sprintf("hit %s of its tokens", percent(*r.PrefixRate)), "a part of the time to first token is its doing")
	}
	for i, fault := range r.Faults {
		label := ""
		if i == 0 {
			label = "doubtful"
		}
		outside(label, fault)
	}
	for _, note := range r.Notes {
		outside("note", note)
	}
	return facts
}

// countersWords are the counters that were read.
func countersWords(c *measure.Counted) string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(c.Counters)) {
		words = append(words, fmt.Sprintf("%s rose by %s", name, grouped(c.Counters[name])))
	}
	return strings.Join(words, ", ")
}

// milliseconds writes a time with three digits.
func milliseconds(ms float64) string {
	switch {
	case ms >= 10_000:
		return fmt.Sprintf("%.3g s", ms/1000)
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.3g ms", ms)
}
