package inputs

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Prose is text for a reader: white space around it belongs to it.
type Prose string

func parseInteger(n *int64, text string) []fault {
	parsed, err := strconv.ParseInt(text, 10, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return []fault{{"is out of range", "give a smaller number"}}
	case err != nil:
		return []fault{{"is not a whole number", "give one like 100"}}
	}
	*n = parsed
	return nil
}

// isDecimal reports whether a text is a number without sign or exponent, of at most so many digits before and after the point: [big.Rat] would
// read 1e999999999 and fill the memory with it.
func isDecimal(text string, before, after int) bool {
	whole, fraction, pointed := strings.Cut(text, ".")
	return isNumber(whole) && len(whole) <= before && (!pointed || isNumber(fraction) && len(fraction) <= after)
}

// items splits a list at its commas. A line feed counts as one: in a workflow's file a list has an item a line.
func items(text string) (list []string) {
	for item := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == '\n' || r == '\r' }) {
		if item = strings.TrimSpace(item); item != "" {
			list = append(list, item)
		}
	}
	return list
}

// Numbers is a list of whole numbers: 50,200.
type Numbers []int64

func (n *Numbers) parse(text string) (faults []fault) {
	list := items(text)
	if len(list) == 0 {
		return []fault{{"has no number", "give one or more, like 50,200"}}
	}
	*n = nil
	for _, item := range list {
		var number int64
		for _, f := range parseInteger(&number, item) {
			faults = append(faults, fault{fmt.Sprintf("has %.200q, which %s", item, f.what), f.remedy})
		}
		*n = append(*n, number)
	}
	return faults
}

// Seed is the number that decides every random choice, or the wish for one that is drawn.
type Seed struct {
	Number uint64
	Random bool
}

func (s *Seed) parse(text string) []fault {
	if text == "random" {
		*s = Seed{Random: true}
		return nil
	}
	number, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return []fault{{"is not a seed", fmt.Sprintf("give a whole number from 0 to %d, or random", uint64(1<<64-1))}}
	}
	*s = Seed{Number: number}
	return nil
}

// Rate is a share, exactly; nil if there is none. It can be outside of 0 to 1.
type Rate struct{ *big.Rat }

func (r *Rate) parse(text string) []fault {
	number, percent := strings.CutSuffix(text, "%")
	number = strings.TrimSuffix(number, " ")
	if !isDecimal(number, 6, 18) {
		return []fault{{"is not a rate", "give a fraction like 0.6, or a percentage like 60%"}}
	}
	r.Rat, _ = new(big.Rat).SetString(number)
	if percent {
		r.Mul(r.Rat, big.NewRat(1, 100))
	}
	return nil
}

// HitPoints are target hit rates of LRU caches: 0.6@200,0.8@800.
type HitPoints []HitPoint

// HitPoint is the target hit rate of an LRU cache of so many images, or bytes.
type HitPoint struct {
	Rate     Rate
	Images   int64  // 0 if the capacity is in bytes
	Bytes    int64  // 0 if the capacity is in images
	RateText string // as it was given
}

func (p *HitPoints) parse(text string) (faults []fault) {
	const remedy = "give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB"
	list := items(text)
	if len(list) == 0 {
		return []fault{{"has no target", remedy}}
	}
	*p = nil
	for _, item := range list {
		in := ""
		if len(list) > 1 {
			in = fmt.Sprintf(" in %.200q", item)
		}
		rateText, capacity, found := strings.Cut(item, "@")
		rateText, capacity = strings.TrimSpace(rateText), strings.TrimSpace(capacity)
		point := HitPoint{RateText: rateText}
		if faultsOfRate := point.Rate.parse(rateText); len(faultsOfRate) > 0 {
			faults = append(faults, fault{"has no rate" + in, remedy})
			continue
		}
		unread := parseInteger(&point.Images, capacity)
		if capacity != "" && unicode.IsLetter(rune(capacity[len(capacity)-1])) {
			if unread = parseBytes(&point.Bytes, capacity, 1, "2GiB"); point.Bytes < 1 && len(unread) == 0 {
				unread = []fault{{"is less than a byte", remedy}}
			}
		}
		if len(unread) > 0 || !found {
			faults = append(faults, fault{"has no cache capacity" + in, remedy})
			continue
		}
		*p = append(*p, point)
	}
	return faults
}

// Size is an image's size in pixels.
type Size struct{ Width, Height int64 }

// plainSize is two numbers, or one for a square.
var plainSize = regexp.MustCompile(`^([0-9]+)(?: *[xX×] *([0-9]+)| +([0-9]+))?$`)

func (s *Size) parse(text string) []fault {
	parts := plainSize.FindStringSubmatch(text)
	if parts == nil {
		return []fault{{"is not a size", "give WIDTHxHEIGHT in pixels, like 512x512, or one number for a square"}}
	}
	width, err := strconv.ParseInt(parts[1], 10, 64)
	height, other := width, err
	if second := parts[2] + parts[3]; second != "" {
		height, other = strconv.ParseInt(second, 10, 64)
	}
	if err != nil || other != nil {
		return []fault{{"is out of range", "give smaller numbers"}}
	}
	*s = Size{width, height}
	return nil
}

// Sizes are sizes of images by weight: 1280x720:3,640x360:5.
type Sizes []Share

// Share is a size and how often it is, against others.
type Share struct {
	Size   Size
	Weight int64
}

// Weight returns the weight of a size. ok is false if the sizes do not have it.
func (s Sizes) Weight(width, height int64) (weight int64, ok bool) {
	for _, share := range s {
		if share.Size == (Size{width, height}) {
			return share.Weight, true
		}
	}
	return 0, false
}

func (s *Sizes) parse(text string) (faults []fault) {
	const remedy = "give WIDTHxHEIGHT in pixels, like 512x512, or several with weights, like 1280x720:3,640x360:5"
	list := items(text)
	if len(list) == 0 {
		return []fault{{"has no size", remedy}}
	}
	*s = nil
	for _, item := range list {
		in := ""
		if len(list) > 1 {
			in = fmt.Sprintf(" in %.200q", item)
		}
		share := Share{Weight: 1}
		size, weight, weighted := strings.Cut(item, ":")
		if unread := share.Size.parse(strings.TrimSpace(size)); len(unread) > 0 {
			faults = append(faults, fault{unread[0].what + in, unread[0].remedy})
			continue
		}
		if weighted {
			if unread := parseInteger(&share.Weight, strings.TrimSpace(weight)); len(unread) > 0 {
				faults = append(faults, fault{"has no weight" + in, remedy})
				continue
			}
		}
		*s = append(*s, share)
	}
	return faults
}

// Bytes is a number of bytes: 4194304 or 4MiB.
type Bytes int64

func (b *Bytes) parse(text string) []fault {
	return parseBytes((*int64)(b), text, 1, "4194304 or 4MiB")
}

// GiB is a number of bytes that is given in GiB, unless the text has a unit: 4 is 4 GiB, as is 4096MiB.
type GiB int64

func (g *GiB) parse(text string) []fault { return parseBytes((*int64)(g), text, 1<<30, "4 or 0.5") }

// Spread is a duration with a standard deviation, neither of them negative: 30ms~10ms.
type Spread struct{ Mean, Deviation time.Duration }

func (s *Spread) parse(text string) []fault {
	const remedy = "give one like 30ms, or 30ms~10ms with a standard deviation"
	mean, deviation, spread := strings.Cut(text, "~")
	if !spread {
		deviation = "0"
	}
	var parsed Spread
	var err, other error
	parsed.Mean, err = time.ParseDuration(strings.TrimSpace(mean))
	parsed.Deviation, other = time.ParseDuration(strings.TrimSpace(deviation))
	if err != nil || other != nil || parsed.Mean < 0 || parsed.Deviation < 0 {
		return []fault{{"is not a duration", remedy}}
	}
	*s = parsed
	return nil
}

// Duration is a time that is not negative: 2s.
type Duration time.Duration

func (d *Duration) parse(text string) []fault {
	parsed, err := time.ParseDuration(text)
	if err != nil || parsed < 0 {
		return []fault{{"is not a duration", "give one like 2s"}}
	}
	*d = Duration(parsed)
	return nil
}

// Bandwidth is a number of bytes in a second: 100MB/s, or 800Mbit/s.
type Bandwidth int64

func (b *Bandwidth) parse(text string) []fault {
	const remedy = "give one like 100MB/s or 1Gbit/s"
	number := strings.ToLower(strings.TrimSuffix(text, "/s"))
	bits := false
	for _, suffix := range []string{"bit", "bps"} {
		if before, found := strings.CutSuffix(number, suffix); found {
			number, bits = before+"B", true
		}
	}
	if parseBytes((*int64)(b), number, 1, "") != nil {
		return []fault{{"is not a bandwidth", remedy}}
	}
	if bits {
		*b /= 8
	}
	return nil
}

// units are what bytes are counted in.
var units = map[string]int64{
	"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// parseBytes reads a number of bytes, rounded down to whole ones. A number without a unit counts bare bytes.
func parseBytes(n *int64, text string, bare int64, example string) []fault {
	digits := strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	name := text[len(digits):]
	digits = strings.TrimSuffix(digits, " ")
	if !isDecimal(digits, 19, 18) {
		return []fault{{"is not a number of bytes", "give one like " + example}}
	}
	unit, known := units[strings.ToLower(name)]
	if name == "" {
		unit, known = bare, true
	}
	if !known {
		return []fault{{"has an unknown unit", "give B, KiB, MiB, GiB or TiB, or kB, MB, GB or TB"}}
	}
	number, _ := new(big.Rat).SetString(digits)
	number.Mul(number, new(big.Rat).SetInt64(unit))
	whole := new(big.Int).Quo(number.Num(), number.Denom())
	if !whole.IsInt64() {
		return []fault{{"is out of range", "give a smaller number"}}
	}
	*n = whole.Int64()
	return nil
}

// Template is how many tokens a chat template puts around a request: 8, or 3+5 where those before its text and images are known.
type Template struct {
	Tokens int64
	Before int64 // -1 if that is not known
}

func (p *Template) parse(text string) []fault {
	before, behind, parted := strings.Cut(text, "+")
	parsed := Template{Before: -1}
	faults := parseInteger(&parsed.Tokens, strings.TrimSpace(before))
	if parted && len(faults) == 0 {
		parsed.Before = parsed.Tokens
		faults = parseInteger(&parsed.Tokens, strings.TrimSpace(behind))
	}
	if len(faults) > 0 || parsed.Tokens < 0 || parted && parsed.Before < 0 || max(parsed.Tokens, parsed.Before) > 1<<40 {
		return []fault{{"is not a number of tokens", "give one like 8, or those before and behind text and images, like 3+5"}}
	}
	if parted {
		parsed.Tokens += parsed.Before
	}
	*p = parsed
	return nil
}
