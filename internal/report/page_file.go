package report

import (
	g "maragu.dev/gomponents"
)

// fileSection has the facts that stay true wherever the file goes.
func (r *Report) fileSection() g.Node {
	return section("file", "The file",
		g.If(r.Figures.Slots == 0, el("p", text("No request has an image, so there is nothing to say about a cache."))),
		el("div", attrs("class", "pair"), lines(
			factTable("What its rows hold", r.About(Rows)),
			factTable("How it was made", r.About(Origin, Bytes)),
		)),
	)
}

// factTable is nil without facts.
func factTable(title string, facts []Fact) g.Node {
	if len(facts) == 0 {
		return nil
	}
	row := func(f Fact) g.Node {
		return el("tr", rowName(capital(f.Label)), el("td", attrs("class", "free"), isolated(f.Words())))
	}
	return el("table", lines(
		caption(title),
		el("tbody", lines(g.Map(facts, row))),
	))
}
