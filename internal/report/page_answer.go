package report

import (
	"fmt"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

// mostInLead is how many capacities the first sentence has.
const mostInLead = 3

// lead says in a sentence or two what is asked of a page first: what caches hit, and what is needed.
func (r *Report) lead() string {
	f := r.Figures
	all := unlimited(f)
	if f.Slots == 0 {
		return "No request has an image, so there is nothing that a cache of images could hit."
	}
	if all.HitsByRequest == 0 {
		return "No image repeats in a later request: a cache of any size hits nothing."
	}
	shown := slices.DeleteFunc(ascending(f.Capacities), func(p reuse.Point) bool { return p.Capacity < 1 })
	var words []string
	say := func(capacity int64, rate string) {
		if len(words) == 0 {
			words = append(words, fmt.Sprintf("A cache of %s hits %s", counted(capacity, "image"), rate))
		} else {
			words = append(words, fmt.Sprintf("one of %s hits %s", grouped(capacity), rate))
		}
	}
	for _, p := range shown[:min(len(shown), mostInLead)] {
		say(p.Capacity, percent(reuse.Share(p.HitsByRequest, f.Slots)))
	}
	needed := map[int]reuse.Need{}
	for _, n := range f.Needed {
		needed[n.Percent] = n
		if len(shown) == 0 && (n.Percent == 50 || n.Percent == 90) {
			say(n.Capacity, percent(n.HitRate))
		}
	}
	best := percent(reuse.Share(all.HitsByRequest, f.Slots))
	n, known := needed[100]
	reached := len(shown) > 0 && shown[min(len(shown), mostInLead)-1].HitsByRequest == all.HitsByRequest
	switch {
	case reached:
		words[len(words)-1] += ", the most possible"
		if known && n.Capacity < shown[min(len(shown), mostInLead)-1].Capacity {
			words[len(words)-1] += fmt.Sprintf(" (%s would do)", grouped(n.Capacity))
		}
	case known:
		words = append(words, fmt.Sprintf("one of %s or more hits %s, the most possible", grouped(n.Capacity), best))
	default:
		words = append(words, fmt.Sprintf("one without limit hits %s", best))
	}
	lead := capital(inWords(words)) + "."
	if n, ok := needed[90]; ok && len(shown) > 0 {
		lead += fmt.Sprintf(" Nine tenths of that need %s.", counted(n.Capacity, "image"))
	}
	if r.server != nil && r.replayed != nil {
		lead += fmt.Sprintf(" The cache of %s, %s, hits %s.", r.server.Title, sizeWords(r.server), percent(r.replayed.HitRate))
	}
	return strings.ReplaceAll(lead, " %", "\u00a0%") // so that no line begins with the sign
}

// inWords joins the parts of a sentence: a, b, and c.
func inWords(parts []string) string {
	switch n := len(parts); n {
	case 0:
		return ""
	case 1:
		return parts[0]
	case 2:
		return parts[0] + ", and " + parts[1]
	default:
		text := ""
		for _, p := range parts[:n-1] {
			text += p + ", "
		}
		return text + "and " + parts[n-1]
	}
}

// serverCapacity is how many images the server's cache holds, and what each takes in bytes, 0 where it counts tokens; ok is false if images
// differ, or there is no server.
func (r *Report) serverCapacity() (images, bytes int64, ok bool) {
	if r.server == nil {
		return 0, 0, false
	}
	weight, ok := r.server.Same()
	if r.replayed != nil && r.replayed.Images != nil {
		weight, ok = r.replayed.LeastBytes, true
		if r.server.CountsTokens() {
			weight = r.replayed.LeastTokens
		}
	}
	if !ok || weight <= 0 {
		return 0, 0, false
	}
	return r.server.Images(weight), r.server.InBytes(weight), true
}

// answer is what a page about one file begins with: a table and the curve, side by side where there is room.
func (r *Report) answer() g.Node {
	f := r.Figures
	if f.Slots == 0 {
		return nil
	}
	c := newCurveView(r)
	if c == nil {
		return nil
	}
	return g.Group{
		el("section", attrs("class", "answer single", "aria-labelledby", "curve"), lines(
			el("h2", attrs("id", "curve", "class", "unseen"), text("Hit rate against capacity")),
			figureOf([]*Report{r}, c.plotView, c.Other, c),
			el("div", attrs("class", "tables"), lines(
				r.requestedTable(),
				neededTable(f),
			)),
		)),
		section("numbers", "How to read it",
			el("p",
				text("The share of all image slots that hit an LRU cache, against the number of images that the cache holds, when requests arrive in "+
					"the order of the file (1 minus it is the miss-ratio curve). "), el("strong", text("By request")),
				text(", a request looks up all its images before the missing ones are stored, as servers do; "),
				el("strong", text("by reference")), text(", images are looked up and stored one by one. "+c.Difference),
			),
			g.If(len(c.Bars) > 0, el("p", text("The bars under the axis are the reuse distances, in images: how much of the file a cache of that capacity hits and a "+
				"smaller one does not."))),
			g.If(c.Range != "", el("p", text(c.Range))),
			g.If(len(c.Requested) > 0, scroll("Hit rates at the requested capacities", curveTable("At the requested capacities", c.Requested, c.RangeHead))),
			el("details", lines(
				el("summary", text("The curve in numbers")),
				scroll("The curve in numbers", curveTable("", c.Numbers, c.RangeHead)),
			)),
		),
	}
}

// mostRequestedShown is for how many capacities the first table has room.
const mostRequestedShown = 8

// requestedTable has the requested capacities.
func (r *Report) requestedTable() g.Node {
	f := r.Figures
	requested := ascending(f.Capacities)
	if len(requested) == 0 {
		return nil
	}
	images, _, hasServer := r.serverCapacity()
	row := func(p reuse.Point) g.Node {
		name := grouped(p.Capacity)
		if hasServer && p.Capacity == images {
			name += " (" + r.server.Name + ")"
		}
		return el("tr", el("th", attrs("scope", "row", "class", "count"), text(name)),
			el("td", el("strong", text(percent(reuse.Share(p.HitsByRequest, f.Slots))))), cell(grouped(p.HitsByRequest)), cell(percent(p.WholeRequestRate)))
	}
	title := "At the requested capacities"
	if more := len(requested) - mostRequestedShown; more > 0 {
		requested = requested[:mostRequestedShown]
		title = fmt.Sprintf("At the first %d requested capacities; %d more are below", mostRequestedShown, more)
	}
	return scroll("Hit rates at capacities", el("table", attrs("class", "wide tight"), lines(
		caption(title),
		el("thead", el("tr", el("th", attrs("scope", "col", "class", "count"), text("images")), column("hit rate"), column("hits"), column("complete requests"))),
		el("tbody", lines(g.Map(requested, row))),
	)))
}

// neededTable says what parts of the possible hits need.
func neededTable(f *reuse.Figures) g.Node {
	if len(f.Needed) == 0 {
		return nil
	}
	row := func(n reuse.Need) g.Node {
		return el("tr", el("th", attrs("scope", "row", "class", "count"), text(percent(n.HitRate))), cell(grouped(n.Capacity)), cell(fmt.Sprintf("%d %%", n.Percent)))
	}
	return scroll("What hit rates need", el("table", attrs("class", "wide tight"), lines(
		caption("What hit rates need"),
		el("thead", el("tr", el("th", attrs("scope", "col", "class", "count"), text("hit rate")), column("images"), column("of the possible hits"))),
		el("tbody", lines(g.Map(f.Needed, row))),
	)))
}

// curveTable has a caption unless that is empty, and a column of ranges if that has a head.
func curveTable(title string, rows []curveRow, rangeHead string) g.Node {
	withRange := rangeHead != ""
	row := func(r curveRow) g.Node {
		return el("tr", el("th", attrs("scope", "row", "class", "count"), text(r.Capacity)),
			cell(r.ByRequest), cell(r.Hits), cell(r.Whole), cell(r.ByReference), g.If(withRange, cell(r.Range)))
	}
	return el("table", lines(
		g.If(title != "", caption(title)),
		el("thead", el("tr", el("th", attrs("scope", "col", "class", "count"), text("images")),
			column("by request"), column("hits"), column("complete requests"), column("by reference"), g.If(withRange, column(rangeHead)))),
		el("tbody", lines(g.Map(rows, row))),
	))
}
