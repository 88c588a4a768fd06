package action

import (
	"fmt"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/report"
	"mmjsonl/internal/reuse"
)

// table is a Markdown table of names and values, under a heading.
type table struct {
	strings.Builder
}

func newTable(heading string) *table {
	var t table
	fmt.Fprintf(&t, "### %s\n\n| | |\n|---|---:|\n", heading)
	return &t
}

func (t *table) row(name string, value any) { fmt.Fprintf(t, "| %s | %v |\n", name, value) }

// figures adds what a stream of requests holds and what caches hit of it.
func (t *table) figures(f *reuse.Figures) {
	t.row("requests", f.Requests)
	t.row("image slots", f.Slots)
	t.row("unique images", f.Distinct)
	t.row("duplicate references", f.Duplicates)
	t.row("reuse rate", fmt.Sprintf("%.4f", f.ReuseRate))
	for _, point := range f.Capacities {
		t.row(fmt.Sprintf("hit rate of an LRU cache of %d images", point.Capacity), fmt.Sprintf("%.4f", point.HitRate))
		if f.MostInARow > 1 {
			t.row("requests of which it hits all images", fmt.Sprintf("%.4f", point.WholeRequestRate))
		}
	}
}

// heading says what matters most of a stream.
func heading(f *reuse.Figures) string {
	return fmt.Sprintf("%d requests, %.1f %% of the image slots reuse an image", f.Requests, 100*f.ReuseRate)
}

// summary returns the step summary, in Markdown. path is the file's as a shell is given it.
func summary(p *generator.Plan, stats *generator.Stats, path string) string {
	t := newTable(heading(stats.Figures))
	t.figures(stats.Figures)
	if p.Shape().WarmUp > 0 {
		t.row("requests that warm the cache", p.Shape().WarmUp)
	}
	t.row("image mode", p.Mode)
	if p.URLs != nil {
		t.row("URLs", escape.MarkdownCell(p.URLs.Name))
	}
	t.row("seed", p.Seed)
	t.row("file", escape.MarkdownCell(p.Names.Output.Next))
	if p.WritesImages() {
		t.row("images", escape.MarkdownCell(p.Names.Images.Next))
	}
	t.row("bytes", stats.Bytes)
	if stats.SHA256 != "" {
		t.row("sha256", escape.MarkdownCell(stats.SHA256))
	}
	if stats.Duplicates > 0 || len(stats.Capacities) > 0 {
		t.WriteString("\n" + report.Mermaid(stats.Figures))
	}
	t.WriteString("\nNext:\n\n")
	for _, line := range report.Command(p, stats, path) {
		t.WriteString("    " + line + "\n") // an indented block: no text inside can end it but a new line, and there is none
	}
	return t.String()
}

// inspectedSummary returns the step summary of a file that was inspected, in Markdown.
func inspectedSummary(r *inspect.Result) string {
	t := newTable(escape.MarkdownCell(r.File) + ": " + heading(r.Figures))
	t.figures(r.Figures)
	if r.BadRowCount > 0 {
		t.row("bad rows", r.BadRowCount)
	}
	t.WriteString("\n" + report.Mermaid(r.Figures))
	return t.String()
}
