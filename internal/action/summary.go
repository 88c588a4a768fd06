package action

import (
	"fmt"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/report"
)

// summary returns the step summary, in Markdown. path is the file's as a shell is given it.
func summary(p *generator.Plan, stats *generator.Stats, path string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "### %d requests, %.1f %% of the image slots reuse an image\n\n", stats.Requests, 100*stats.ReuseRate)
	fmt.Fprintf(&b, "| | |\n|---|---:|\n")
	row := func(name, value string) { fmt.Fprintf(&b, "| %s | %s |\n", name, value) }
	row("requests", fmt.Sprint(stats.Requests))
	row("image slots", fmt.Sprint(stats.Slots))
	row("unique images", fmt.Sprint(stats.Distinct))
	row("duplicate references", fmt.Sprint(stats.Duplicates))
	row("reuse rate", fmt.Sprintf("%.4f", stats.ReuseRate))
	row("image mode", string(p.Mode))
	if p.URLs != nil {
		row("URLs", code(p.URLs.Name))
	}
	row("seed", fmt.Sprint(p.Seed))
	row("file", code(p.Output.Next))
	if p.WritesImages {
		row("images", code(p.ImageDir.Next))
	}
	row("bytes", fmt.Sprint(stats.Bytes))
	if stats.SHA256 != "" {
		row("sha256", code(stats.SHA256))
	}
	for _, point := range stats.Capacities {
		row(fmt.Sprintf("hit rate of an LRU cache of %d images", point.Capacity), fmt.Sprintf("%.4f", point.HitRate))
	}
	if stats.Duplicates > 0 || len(stats.Capacities) > 0 {
		b.WriteString("\n" + report.Mermaid(stats.Figures))
	}
	b.WriteString("\nNext:\n\n")
	for _, line := range report.Command(p, stats, path) {
		b.WriteString("    " + line + "\n") // an indented block: no text inside can end it but a new line, and there is none
	}
	return b.String()
}

// code returns a user's text as code in a table's cell, from which it cannot break out.
func code(s string) string {
	s = report.Printable(s)
	return "<code>" + strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "|", "&#124;", "`", "&#96;", "*", "&#42;",
		"_", "&#95;", "[", "&#91;", "~", "&#126;", `\`, "&#92;", "$", "&#36;", "@", "&#64;", "#", "&#35;", ":", "&#58;").Replace(s) + "</code>"
}
