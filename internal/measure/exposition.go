package measure

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Scrape is what a page of metrics says at a moment, in Prometheus's text format or OpenMetrics. It is read here and not by Prometheus's own
// package, which makes the program a seventh larger; the tests compare the two.
type Scrape struct {
	samples map[string]sample // by name and labels
	types   map[string]string // by the name in the # TYPE line
}

// sample is one value of a page.
type sample struct {
	name   string
	labels []label // by name
	value  float64
}

type label struct{ name, value string }

const (
	mostScrape     = 64 << 20 // bytes; a large server's page has one or two million
	mostScrapeLine = 1 << 20
)

// ReadScrape reads a page of metrics, or the statistics of mmjsonl serve.
func ReadScrape(r io.Reader) (*Scrape, error) {
	s := &Scrape{samples: map[string]sample{}, types: map[string]string{}}
	limited := &io.LimitedReader{R: r, N: mostScrape + 1}
	buffered := bufio.NewReader(limited)
	if start, _ := buffered.Peek(1); len(start) == 1 && start[0] == '{' {
		return s, s.readStats(buffered)
	}
	lines := bufio.NewScanner(buffered)
	lines.Buffer(make([]byte, 64<<10), mostScrapeLine)
	number := 0
	for lines.Scan() {
		number++
		line := bytes.TrimSpace(lines.Bytes())
		if err := s.line(string(line)); err != nil {
			return nil, fmt.Errorf("line %d %w: it is not a page of metrics: give what the server's /metrics answers", number, err)
		}
	}
	switch err := lines.Err(); {
	case err != nil:
		return nil, err
	case limited.N == 0:
		return nil, fmt.Errorf("it has more than %d bytes: it is not a page of metrics", mostScrape)
	case len(s.samples) == 0:
		return nil, fmt.Errorf("it has no metric: give what the server's /metrics answers")
	}
	return s, nil
}

// line reads a line without the blanks around it.
func (s *Scrape) line(line string) error {
	if comment, ok := strings.CutPrefix(line, "#"); ok {
		if words := strings.Fields(comment); len(words) == 3 && words[0] == "TYPE" {
			s.types[words[1]] = words[2]
		}
		return nil
	}
	if line == "" {
		return nil
	}
	one, rest, err := readName(line)
	if err != nil {
		return err
	}
	if strings.HasPrefix(rest, "{") {
		if one.labels, rest, err = readLabels(rest[1:]); err != nil {
			return err
		}
	}
	if before, _, exemplar := strings.Cut(rest, " # "); exemplar {
		rest = before
	}
	words := strings.Fields(rest)
	if len(words) < 1 || len(words) > 2 {
		return fmt.Errorf("has %d words behind the metric's name, not a value and perhaps a time", len(words))
	}
	if one.value, err = strconv.ParseFloat(words[0], 64); err != nil {
		return fmt.Errorf("has the value %.40q, which is not a number", words[0])
	}
	if len(words) == 2 {
		if _, err := strconv.ParseFloat(words[1], 64); err != nil {
			return fmt.Errorf("has the time %.40q, which is not a number", words[1])
		}
	}
	key := one.key()
	if _, twice := s.samples[key]; twice {
		return fmt.Errorf("repeats %.100q", one.name)
	}
	s.samples[key] = one
	return nil
}

// readName reads a metric's name.
func readName(line string) (one sample, rest string, err error) {
	end := strings.IndexFunc(line, func(r rune) bool { return !isNameRune(r) })
	if end < 0 {
		end = len(line)
	}
	if end == 0 || line[0] >= '0' && line[0] <= '9' {
		return one, "", fmt.Errorf("does not begin with a metric's name")
	}
	one.name = line[:end]
	return one, strings.TrimLeft(line[end:], " \t"), nil
}

func isNameRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == ':'
}

// readLabels reads what follows an opening brace, up to the closing one.
func readLabels(text string) (labels []label, rest string, err error) {
	for {
		text = strings.TrimLeft(text, " \t")
		if rest, ok := strings.CutPrefix(text, "}"); ok {
			slices.SortFunc(labels, func(a, b label) int { return strings.Compare(a.name, b.name) })
			return labels, rest, nil
		}
		name, after, ok := strings.Cut(text, "=")
		name, after = strings.TrimSpace(name), strings.TrimLeft(after, " \t")
		if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return !isNameRune(r) || r == ':' }) || !strings.HasPrefix(after, `"`) {
			return nil, "", fmt.Errorf("has labels that cannot be read")
		}
		value, after, ok := unquote(after[1:])
		if !ok {
			return nil, "", fmt.Errorf("has a label whose value does not end")
		}
		labels = append(labels, label{name, value})
		text = strings.TrimLeft(after, " \t")
		if after, ok := strings.CutPrefix(text, ","); ok {
			text = after
		} else if !strings.HasPrefix(text, "}") {
			return nil, "", fmt.Errorf("has labels that cannot be read")
		}
	}
}

// unquote reads up to the closing quote.
func unquote(text string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return b.String(), text[i+1:], true
		case c == '\\' && i+1 < len(text):
			i++
			switch text[i] {
			case 'n':
				b.WriteByte('\n')
			case '\\', '"':
				b.WriteByte(text[i])
			default:
				return "", "", false
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

// key tells samples of a page apart.
func (s sample) key() string {
	var b strings.Builder
	b.WriteString(s.name)
	for _, l := range s.labels {
		fmt.Fprintf(&b, "\x00%s\x00%s", l.name, l.value)
	}
	return b.String()
}

// labelWords are the labels as a person reads them: engine="0".
func labelWords(labels []label) string {
	var words []string
	for _, l := range labels {
		words = append(words, fmt.Sprintf("%s=%q", l.name, l.value))
	}
	return strings.Join(words, ",")
}
