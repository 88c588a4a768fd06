package action

import (
	"fmt"
	"html"
	"slices"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/report"
)

// summary returns the step summary, in Markdown: what matters most, the facts, the curve, and what to run next. Paths that are gone with the
// runner are left out.
func summary(r *report.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s: %s\n\n| fact | value |\n|---|---:|\n", escape.MarkdownCell(r.Name), html.EscapeString(r.Headline()))
	for _, f := range r.About(report.Rows, report.Origin, report.Bytes) {
		fmt.Fprintf(&b, "| %s | %s |\n", f.Label, markdown(f))
	}
	if f := r.Figures; f.Duplicates > 0 || len(f.Capacities) > 0 {
		b.WriteString("\n" + report.Mermaid(f) + "\n")
		for _, f := range r.About(report.Caches) {
			fmt.Fprintf(&b, "- %s: %s\n", f.Label, markdown(f))
		}
	}
	if len(r.Next) > 0 {
		b.WriteString("\nNext:\n\n")
		for _, line := range r.Next {
			// An indented block: no text inside can end it but a new line that is not indented.
			b.WriteString("    " + strings.ReplaceAll(line, "\n", "\n    ") + "\n")
		}
	}
	for _, note := range r.Notes {
		b.WriteString("\n" + html.EscapeString(note) + "\n")
	}
	return b.String()
}

// markdown is a fact's value in Markdown, in which nothing from outside has a meaning.
func markdown(f report.Fact) string {
	if f.Outside {
		return escape.MarkdownCell(f.Words())
	}
	return breakable(html.EscapeString(f.Words()))
}

// breakable lets a long word, a digest, be broken: on a narrow screen it would make its table so wide that no value is seen.
func breakable(word string) string {
	const long, piece = 40, 16
	if len(word) < long || strings.ContainsAny(word, " &<") {
		return word
	}
	var b strings.Builder
	for len(word) > piece {
		b.WriteString(word[:piece] + "<wbr>")
		word = word[piece:]
	}
	return b.String() + word
}

// failureSummary says what ended a run, in Markdown.
func failureSummary(failed []failure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### mmjsonl failed: %s\n\n| input | what is wrong | what to do |\n|---|---|---|\n", problems(len(failed)))
	for _, f := range failed {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", cell(f.input), cell(f.fault), cell(f.remedy))
	}
	return b.String()
}

func problems(n int) string {
	if n == 1 {
		return "1 problem"
	}
	return fmt.Sprintf("%d problems", n)
}

// cell is a message in a table, or nothing.
func cell(text string) string {
	if text == "" {
		return ""
	}
	return escape.MarkdownMessage(text)
}

// comparisonSummary returns the step summary of runs that were compared: the verdict, and a table of the runs.
func comparisonSummary(c *report.Comparison) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\n", said(c.Headline(), c.Runs...))
	if len(c.Runs) == 1 && c.Runs[0].Advice != "" {
		fmt.Fprintf(&b, "%s\n\n", said(c.Runs[0].Advice, c.Runs[0]))
	}
	head, rows := c.Table()
	fmt.Fprintf(&b, "| %s |\n|---|%s\n", strings.Join(head, " | "), strings.Repeat("---:|", len(head)-1))
	for _, row := range rows {
		cells := []string{escape.MarkdownCell(row[0])}
		for _, words := range row[1:] {
			cells = append(cells, html.EscapeString(words)) // figures, and words of this program
		}
		fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | "))
	}
	if len(c.Runs) > 1 {
		b.WriteString("\n")
		for _, run := range c.Runs {
			fmt.Fprintf(&b, "- %s: %s\n", escape.MarkdownCell(run.Run), said(strings.TrimSpace(run.Sentence+" "+run.Advice), run))
		}
	}
	return b.String()
}

// said is a sentence about runs. Where something is doubtful of them, it may have text from outside.
func said(sentence string, about ...report.Compared) string {
	if slices.ContainsFunc(about, func(run report.Compared) bool { return len(run.Faults) > 0 }) {
		return escape.MarkdownMessage(sentence)
	}
	return html.EscapeString(sentence)
}
