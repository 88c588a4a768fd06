package generator

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/problem"
)

// checkAnswers checks how long answers are to be.
func (b *planner) checkAnswers() {
	c := &b.config.Format
	if c.Answers.Shape == "" || b.problems.Blame("output-tokens") {
		return
	}
	const input = problem.Name("output-tokens")
	switch {
	case !b.checkLengths(input, c.Answers, "tokens", maxTokens):
	case c.MaxTokens > 0:
		b.problems.Add(input, "%s and %s contradict each other: the one says exactly how long answers are\ngive one of them", input, problem.Name("max-tokens"))
	case c.Name == FormatCustomImage:
		b.problems.Add(input, "%s: rows of %s %s have no place for lengths, which vLLM takes from its command line alone\ngive %s, or %s %s",
			input, problem.Name("format"), c.Name, problem.Name("max-tokens"), problem.Name("format"), FormatRawPayload)
	default:
		b.plan.answers = c.Answers
	}
}

// checkLengths reports whether a distribution is of numbers from 1, and adds a problem if not.
func (b *planner) checkLengths(input problem.Name, l Lengths, what string, largest float64) bool {
	least, most := l.A, l.A
	if l.Shape == LengthsUniform {
		most = l.B
	}
	switch {
	case !(least >= 1 && most <= largest && l.B >= 0 && l.B <= largest): // not a number is neither
		b.problems.Add(input, "%s is out of range\ngive numbers of %s from 1 to %.0f", input, what, largest)
	case most < least:
		b.problems.Add(input, "%s has the range from %.0f to %.0f\ngive the smaller number first", input, least, most)
	default:
		return true
	}
	return false
}

// checkArrivals checks when rows are to be sent.
func (b *planner) checkArrivals() {
	c := b.config.Format.Arrivals
	const input = problem.Name("request-rate")
	switch {
	case b.problems.Blame(input, "arrival"):
		return
	case c.Rate == 0 && b.config.Given[input] || c.Rate != 0 && !(c.Rate > 0 && c.Rate <= maxRate): // not a number is neither
		b.problems.Add(input, "%s %v is out of range\ngive a number of requests a second above 0 and up to %d", input, c.Rate, maxRate)
	case c.Rate == 0 && b.config.Given["arrival"]:
		b.problems.Add("arrival", "%s says how regular requests are, and not how many there are in a second\ngive %s too", problem.Name("arrival"), input)
	}
	if c.Shape == ArrivalsGamma && !(c.CV > 0 && c.CV <= maxCV) {
		b.problems.Add("arrival", "%s gamma:%v is out of range\ngive a coefficient of variation above 0 and up to %d", problem.Name("arrival"), c.CV, maxCV)
	}
	if c.Rate == 0 || b.problems.Blame(input, "arrival", "format") {
		return
	}
	if !b.config.Format.Name.hasSessions() {
		b.problems.Add(input, "%s: rows of %s %s have no place for the time at which they are sent\ngive it to the client, or %s %s or %s",
			input, problem.Name("format"), b.config.Format.Name, problem.Name("format"), FormatAiperf, FormatMooncake)
	}
	if b.plan.Shape().Sessions > 0 {
		b.problems.Add(input, "%s: aiperf sends rows of a session one after the other, whatever time they have\nset %s to false, or leave %s out",
			input, problem.Name("session-id"), input)
	}
	if b.config.Reuse.WarmUp != WarmUpSpread && !b.problems.Blame("warm-up") {
		b.problems.Add("warm-up", "%s %s and %s contradict each other: aiperf sends a schedule as it is, without a warm-up\nleave one of them out",
			problem.Name("warm-up"), b.config.Reuse.WarmUp, input)
	}
	b.plan.arrivals = &arrivals{Arrivals: c}
}

// ownMembers are the members of a body that rows have of their own.
var ownMembers = []string{"model", "messages", "max_tokens", "max_completion_tokens", "min_tokens", "ignore_eos", "stream", "stream_options"}

// extra returns the members of the JSON object that goes into each request, compact and ASCII.
func (b *planner) extra() string {
	text := b.config.Format.Extra
	const input = problem.Name("extra")
	if text == "" || b.problems.Blame(input) {
		return ""
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil || members == nil || !utf8.ValidString(text) || len(text) > maxExtra {
		b.problems.Add(input, "%s %q is not a JSON object of at most %d bytes\ngive one like {\"temperature\":0}", input, text, maxExtra)
		return ""
	}
	for _, own := range ownMembers {
		if _, has := members[own]; has {
			b.problems.Add(input, "%s has %q, which rows have of their own\nleave it out: %s, %s and %s decide how long answers are, and which model they are of",
				input, own, problem.Name("max-tokens"), problem.Name("output-tokens"), problem.Name("model"))
		}
	}
	if b.config.Format.Name == FormatCustomImage {
		b.problems.Add(input, "%s: rows of %s %s have no place for it\ngive it to vLLM as --extra-body, or %s %s", input, problem.Name("format"), FormatCustomImage,
			problem.Name("format"), FormatRawPayload)
	}
	var compact bytes.Buffer
	_ = json.Compact(&compact, []byte(text)) // it was read already
	ascii := func(part string) string {
		if strings.IndexFunc(part, func(r rune) bool { return r >= utf8.RuneSelf || r == 0x7f }) < 0 {
			return part
		}
		var all []byte
		for _, r := range part {
			if r < 0x7f {
				all = append(all, byte(r))
				continue
			}
			quoted := escape.JSON(string(r))
			all = append(all, quoted[1:len(quoted)-1]...)
		}
		return string(all)
	}
	inside := ascii(compact.String())
	return inside[1 : len(inside)-1]
}
