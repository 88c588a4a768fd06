package report

import (
	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

func fileSection(f *reuse.Figures, facts [][2]string) g.Node {
	return section("file", "The file",
		g.If(f.Slots == 0, el("p", text("No request has an image, so that there is nothing to say about a cache."))),
		el("div", attrs("class", "pair"), lines(
			el("table", lines(
				caption("What its rows hold"),
				el("tbody", lines(fileRows(f))),
			)),
			g.If(len(facts) > 0, el("table", lines(
				caption("Where it comes from"),
				el("tbody", lines(g.Map(facts, factRow))),
			))),
		)),
	)
}

func fileRows(f *reuse.Figures) g.Group {
	var rows g.Group
	add := func(name, value string) { rows = append(rows, el("tr", rowName(name), cell(value))) }
	add("Requests", grouped(f.Requests))
	if f.TextOnly > 0 {
		add("of these without images", grouped(f.TextOnly))
	}
	add("Most images in a request", grouped(int64(f.MostInARow)))
	add("Image slots", grouped(f.Slots))
	add("Distinct images", grouped(f.Distinct))
	add("Duplicate references", grouped(f.Duplicates))
	if f.WithinRows > 0 {
		add("of these within a request", grouped(f.WithinRows))
	}
	add("Reuse rate", percent(reuse.Share(f.Duplicates, f.Slots)))
	return rows
}

func factRow(fact [2]string) g.Node {
	return el("tr", el("th", attrs("scope", "row", "class", "free"), isolated(fact[0])), el("td", attrs("class", "free"), isolated(fact[1])))
}
