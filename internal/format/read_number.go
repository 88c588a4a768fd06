package format

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// The numbers that aiperf makes of strings are those of pydantic, release 2.

// parseFloat reads a string as pydantic reads a float. What is too large is infinite.
func parseFloat(text string) (float64, bool) {
	text, ok := withoutUnderscores(strings.TrimFunc(text, unicode.IsSpace))
	if !ok || strings.ContainsAny(text, "xXpP") {
		return 0, false
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil && math.IsInf(value, 0) {
		err = nil
	}
	if err != nil {
		switch strings.ToLower(text) { // ParseFloat allows no sign
		case "+nan", "-nan":
			return math.NaN(), true
		}
	}
	return value, err == nil
}

// longestInt is how many digits Python makes an int of.
const longestInt = 4300

// parseInt reads a string as pydantic reads an int, and returns it as a float, which may be infinite.
func parseInt(text string) (float64, bool) {
	text = strings.TrimFunc(text, unicode.IsSpace)
	if whole, zeros, found := strings.Cut(text, "."); found {
		if strings.Trim(zeros, "0") != "" || zeros == "" {
			return 0, false
		}
		text = whole
	}
	text, ok := withoutUnderscores(text)
	digits := text
	if ok && text != "" && (text[0] == '+' || text[0] == '-') {
		digits = text[1:]
	}
	if !ok || digits == "" || strings.Trim(digits, "0123456789") != "" || len(strings.TrimLeft(digits, "0")) > longestInt {
		return 0, false
	}
	value, _ := strconv.ParseFloat(text, 64)
	return value, true
}

// withoutUnderscores takes out single underscores between other characters.
func withoutUnderscores(text string) (string, bool) {
	if !strings.Contains(text, "_") {
		return text, true
	}
	if strings.HasPrefix(text, "_") || strings.HasSuffix(text, "_") || strings.Contains(text, "__") {
		return "", false
	}
	return strings.ReplaceAll(text, "_", ""), true
}
