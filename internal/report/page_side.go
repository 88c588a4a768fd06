package report

import (
	"fmt"
	"slices"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/servers"
)

// mostNamed is of how many files the first sentence of a page has the rates.
const mostNamed = 3

// lead says how the files differ.
func (s *side) lead() g.Node {
	words := g.Group{}
	capacity, ok := s.widest()
	rate := func(file int) float64 {
		if ok {
			return s.rates[file][capacity]
		}
		return s.limits[file]
	}
	of := func(file int, hits string) g.Group {
		return g.Group{isolated(s.all[file].fileName()), text(hits + percent(rate(file)))}
	}
	if ok {
		words = append(words, text("With a cache of "+counted(capacity, "image")+", "))
	} else {
		words = append(words, text("With a cache without limit, "))
	}
	if len(s.all) > mostNamed {
		order := make([]int, len(s.all))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case rate(a) < rate(b):
				return -1
			case rate(a) > rate(b):
				return 1
			}
			return 0
		})
		least, most := order[0], order[len(order)-1]
		return el("p", attrs("class", "lead"), words, text("hit rates go from "+percent(rate(least))+" of "), isolated(s.all[least].fileName()),
			text(" to "+percent(rate(most))+" of "), isolated(s.all[most].fileName()), text("."))
	}
	for i := range s.all {
		switch {
		case i > 0 && i == len(s.all)-1:
			words = append(words, text(" and "))
		case i > 0:
			words = append(words, text(", "))
		}
		words = append(words, of(i, " hits "))
	}
	return el("p", attrs("class", "lead"), words, text("."))
}

// sections are those of a page about several files.
func (s *side) sections() g.Group {
	row := func(i int) g.Node {
		r := s.all[i]
		cells := g.Group{el("th", attrs("scope", "row", "class", "free"), isolated(r.fileName())), cell(grouped(r.Figures.Slots)), cell(grouped(r.Figures.Distinct))}
		for _, words := range s.cells(i) {
			cells = append(cells, cell(words))
		}
		if s.served() {
			cells = append(cells, cell(s.serverCell(i)))
		}
		return el("tr", cells)
	}
	var rows, heads g.Group
	for i := range s.all {
		rows = append(rows, row(i))
	}
	for _, head := range s.heads() {
		heads = append(heads, column(head))
	}
	if s.served() {
		heads = append(heads, column(s.all[0].server.Name))
	}
	table := scroll("Hit rates by file and capacity", el("table", attrs("class", "wide tight"), lines(
		caption("Hit rate by request, at capacities in images"),
		el("thead", el("tr", column("file"), column("slots"), column("distinct"), heads)),
		el("tbody", lines(rows)),
	)))
	drawn := slices.DeleteFunc(slices.Clone(s.all), func(r *Report) bool { return r.Figures.Slots == 0 || len(curvePoints(r.Figures)) == 0 })
	answer := g.Group{el("h2", attrs("id", "curve", "class", "unseen"), text("Hit rate against capacity")), el("div", attrs("class", "tables"), lines(table))}
	if len(drawn) > 0 {
		first, other := plots(drawn)
		answer = append(answer, figureOf(drawn, first, other, nil))
	}
	sections := g.Group{el("section", attrs("class", "answer", "aria-labelledby", "curve"), lines(answer))}
	if s.served() {
		sections = append(sections, serverSection(&Report{server: s.all[0].server}))
	}
	for i, r := range s.all {
		id := fmt.Sprintf("file-%d", i+1)
		sections = append(sections, el("section", attrs("aria-labelledby", id), lines(
			el("h2", attrs("id", id), isolated(r.fileName())),
			el("p", text(r.lead())),
			factTable("What its rows hold", r.About(Rows)),
		)))
	}
	return sections
}

// serverSection is what a server's cache holds, and hits of the page's file.
func serverSection(r *Report) g.Node {
	if r.server == nil {
		return nil
	}
	row := func(f serverFact) g.Node {
		return el("tr", rowName(capital(f.label)), el("td", attrs("class", "free"), isolated(f.words)))
	}
	facts := slices.DeleteFunc(serverFacts(r.server, r.Figures, r.replayed), func(f serverFact) bool { return f.words == "" })
	for i := range facts {
		if facts[i].label == "" && i > 0 {
			facts[i].label = facts[i-1].label // a browser shows no empty head of a row
		}
	}
	return section("server", serverTitle(r.server), el("table", attrs("class", "wide"), el("tbody", lines(g.Map(facts, row)))))
}

func serverTitle(c *servers.Cache) string { return c.Title + " of " + sizeWords(c) }
