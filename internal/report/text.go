package report

import (
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"unicode/utf8"

	"mmjsonl/internal/escape"
)

// noteLabel is the label of facts that are sentences.
const noteLabel = "note"

// labelColumns is how wide labels are in a text, with the blanks around them.
const labelColumns = 24

// Text writes the report for a terminal or a log, in lines of at most width columns where their words allow it.
func (r *Report) Text(w io.Writer, width int) error {
	width = min(max(width, leastWidth), mostWidth)
	var b strings.Builder
	about := r.About(Rows, Origin, Bytes, Places)
	if r.brief != nil {
		b.WriteString(strings.Join(r.brief, "\n") + "\n")
		about = beside(about)
	} else {
		b.WriteString(escape.Printable(r.Name) + "\n")
	}
	listed := func(facts []Fact) {
		for _, f := range facts {
			words := f.Words()
			if f.Outside { // such as a path, which is not broken
				b.WriteString(labelled(f.Label, escape.Line(words), inFigures, math.MaxInt))
				continue
			}
			breakable := inFigures
			if f.Label == noteLabel {
				breakable = inSentences
			}
			b.WriteString(labelled(f.Label, words, breakable, width))
		}
	}
	listed(about)
	r.writeBadRows(&b)
	if f := r.Figures; f.Slots > 0 && (f.Duplicates > 0 || len(f.Capacities) > 0) {
		b.WriteString("\n" + chart(f, width))
		listed(r.About(Caches))
	}
	if r.brief == nil {
		writePopularity(&b, r.Figures, width)
		writeDistances(&b, r.Figures)
		writeReplicas(&b, r.Figures)
	}
	if r.server != nil {
		b.WriteString("\n")
		writeServer(&b, r.server, r.Figures, r.replayed, width)
	}
	if len(r.Next) > 0 {
		b.WriteString("\nNext:\n")
		for _, command := range r.Next {
			b.WriteString("  " + strings.ReplaceAll(command, "\n", "\n  ") + "\n")
		}
	}
	for _, note := range r.Notes {
		b.WriteString("\n" + wrapped("Note: "+note, width) + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Where words may go on in the next line: figures at the blank behind a comma or before a parenthesis, sentences at any blank.
var (
	inFigures   = regexp.MustCompile(`, | \(`)
	inSentences = regexp.MustCompile(` `)
)

// wrapped breaks a text at blanks into lines of at most width columns.
func wrapped(text string, width int) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}

// labelled is a label and words beside it. Words that are wider than width go on in further lines, from wherever breakable matches.
func labelled(label, words string, breakable *regexp.Regexp, width int) string {
	label = fmt.Sprintf("  %-*s  ", labelColumns-4, label)
	lines := []string{label}
	column := utf8.RuneCountInString(label)
	for len(words) > 0 {
		part := words
		if i := breakable.FindStringIndex(words); i != nil {
			part = words[:strings.IndexByte(words[i[0]:], ' ')+i[0]]
		}
		words = strings.TrimPrefix(words[len(part):], " ")
		length := utf8.RuneCountInString(part)
		switch last := len(lines) - 1; {
		case strings.TrimSpace(lines[last]) == "" || lines[last] == label:
			lines[last] += part
		case column+1+length > width:
			lines = append(lines, strings.Repeat(" ", labelColumns)+part)
			column = labelColumns + length
			continue
		default:
			lines[last] += " " + part
			column++
		}
		column += length
	}
	return strings.Join(lines, "\n") + "\n"
}
