package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/measure"
)

// Comparison is all there is to say about runs whose counts were put beside what was predicted.
type Comparison struct{ Runs []Compared }

// Compared is one run of a Comparison.
type Compared struct {
	*measure.Result
	Sentence string // what the verdict means
	Advice   string // what to do, or ""
	Facts    []Fact
}

// Add adds a run.
func (c *Comparison) Add(result *measure.Result) {
	run := Compared{Result: result, Facts: comparedFacts(result)}
	run.Sentence, run.Advice = verdictWords(result)
	c.Runs = append(c.Runs, run)
}

// Outputs are the action's outputs: of each, the values of all runs in their order.
func (c *Comparison) Outputs() []Fact {
	join := func(output string, value func(*measure.Result) string) Fact {
		var values []string
		for _, run := range c.Runs {
			values = append(values, value(run.Result))
		}
		return Fact{Output: output, Value: strings.Join(values, ",")}
	}
	return []Fact{
		join("verdict", func(r *measure.Result) string { return string(r.Verdict) }),
		join("counted-hit-rate", func(r *measure.Result) string {
			if r.Counted == nil {
				return ""
			}
			return fmt.Sprintf("%.4f", r.Counted.HitRate)
		}),
		join("implied-capacity-images", func(r *measure.Result) string {
			if r.Implied == nil {
				return ""
			}
			return fmt.Sprint(*r.Implied)
		}),
	}
}

// Headline is the verdict in a sentence: of one run, or of all together.
func (c *Comparison) Headline() string {
	if len(c.Runs) == 1 {
		return capital(verdictWord(c.Runs[0].Verdict)) + ": " + c.Runs[0].Sentence
	}
	var words []string
	for _, word := range []string{"agrees", "measured", "differs", "cannot be told"} {
		n := 0
		for _, run := range c.Runs {
			if verdictWord(run.Verdict) == word {
				n++
			}
		}
		if n > 0 {
			words = append(words, fmt.Sprintf("%d × %s", n, word))
		}
	}
	return fmt.Sprintf("%s: %s", counted(int64(len(c.Runs)), "run"), strings.Join(words, ", "))
}

// Table is the runs side by side, a row each, with a head.
func (c *Comparison) Table() (head []string, rows [][]string) {
	head = []string{"run", "verdict", "requested", "predicted", "counted", "difference", "TTFT", "p99", "requests/s", "fits a cache of"}
	for _, run := range c.Runs {
		r := run.Result
		row := []string{r.Run, verdictWord(r.Verdict), requestedWords(r), fmt.Sprintf("%s of %s", grouped(r.Predicted), grouped(r.Slots)), "", "", "", "", "", ""}
		if r.Counted != nil {
			row[4] = fmt.Sprintf("%s of %s", grouped(r.Counted.Hits), grouped(r.Slots))
		}
		if r.Difference != nil {
			row[5] = signed(*r.Difference)
		}
		if t := r.TTFT; t != nil {
			row[6] = milliseconds(t.Mean)
			if t.P99 != nil {
				row[7] = milliseconds(*t.P99)
			}
		}
		if r.RequestsPerSecond > 0 {
			row[8] = fmt.Sprintf("%.3g", r.RequestsPerSecond)
		}
		if r.Implied != nil {
			row[9] = capacityWords(r)
		}
		rows = append(rows, row)
	}
	// Columns in which nothing stands go.
	for column := len(head) - 1; column > 0; column-- {
		if slices.ContainsFunc(rows, func(row []string) bool { return row[column] != "" }) {
			continue
		}
		head = slices.Delete(head, column, column+1)
		for i := range rows {
			rows[i] = slices.Delete(rows[i], column, column+1)
		}
	}
	return head, rows
}

// Text writes the comparison for a terminal or a log, in lines of at most width columns where their words allow it.
func (c *Comparison) Text(w io.Writer, width int) error {
	width = min(max(width, leastWidth), mostWidth)
	var b strings.Builder
	if len(c.Runs) > 1 {
		b.WriteString(capital(c.Headline()) + "\n\n")
		head, rows := c.Table()
		for _, row := range rows {
			row[0] = escape.Printable(row[0])
		}
		writeTable(&b, append([][]string{head}, rows...), width)
	}
	for i, run := range c.Runs {
		if i > 0 || len(c.Runs) > 1 {
			b.WriteString("\n")
		}
		name := ""
		if len(c.Runs) > 1 {
			name = escape.Printable(run.Run) + ": "
		}
		b.WriteString(indented(name+verdictWord(run.Verdict)+": "+escape.Line(run.Sentence), width))
		if run.Advice != "" {
			b.WriteString(indented("  "+escape.Line(run.Advice), width))
		}
		if len(c.Runs) > 1 {
			continue
		}
		b.WriteString("\n")
		for _, f := range run.Facts {
			if f.Outside {
				b.WriteString(labelled(f.Label, escape.Line(f.Words()), inFigures, math.MaxInt))
			} else {
				b.WriteString(labelled(f.Label, f.Words(), inFigures, width))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// indented breaks a sentence into lines, all but the first indented.
func indented(sentence string, width int) string {
	var b strings.Builder
	indent := len(sentence) - len(strings.TrimLeft(sentence, " "))
	b.WriteString(sentence[:indent])
	column := indent
	for i, word := range strings.Fields(sentence) {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > width:
			b.WriteString("\n" + strings.Repeat(" ", max(indent, 2)))
			column = max(indent, 2)
		default:
			b.WriteString(" ")
			column++
		}
		b.WriteString(word)
		column += length
	}
	b.WriteString("\n")
	return b.String()
}
