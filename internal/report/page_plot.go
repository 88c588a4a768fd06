package report

import (
	"fmt"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

func curveSection(f *reuse.Figures) g.Node {
	if f.Slots == 0 {
		return nil
	}
	c := newCurveView(f)
	if c == nil {
		return nil
	}
	return section("curve", "Hit rate against capacity",
		el("p",
			text("The share of all image slots that hit an LRU cache, against the number of images that the cache holds, when requests arrive in "+
				"the order of the file (1 minus it is the miss-ratio curve). "), el("strong", text("By request")),
			text(", a request looks up all its images before the missing ones are stored, as servers do; "),
			el("strong", text("by reference")), text(", images are looked up and stored one by one. "+c.Difference),
		),
		g.If(c.Range != "", el("p", text(c.Range))),
		el("figure", lines(
			legend(c),
			el("div", attrs("class", "frame"), lines(plot(c))),
		)),
		g.If(len(c.Requested) > 0, scroll("Hit rates at the requested capacities",
			curveTable("At the requested capacities", c.Requested, c.RangeHead))),
		el("details", lines(
			el("summary", text("The curve in numbers")),
			scroll("The curve in numbers", curveTable("", c.Numbers, c.RangeHead)),
		)),
	)
}

func legend(c *curveView) g.Node {
	key := func(drawing g.Node, words string) g.Node {
		return el("li", el("svg", attrs("aria-hidden", "true"), drawing), text(words))
	}
	return el("ul", attrs("class", "legend"), lines(
		key(empty("path", "class", "request", "d", "M0 7H30"), "by request"),
		key(empty("path", "class", "reference", "d", "M1 7H30"), "by reference"),
		key(empty("path", "class", "limit", "d", "M0 7H30"), c.LimitLabel),
		g.If(c.Band != "", key(empty("path", "class", "band", "d", "M0 0H30V14H0Z"), "range when requests overtake each other")),
		g.If(len(c.Marks) > 0, key(empty("circle", "class", "dot", "cx", "15", "cy", "7", "r", "5"), "at a requested capacity")),
	))
}

func plot(c *curveView) g.Node {
	return el("svg",
		attrs("class", "curve", "role", "img", "aria-labelledby", "curve-title curve-words", "xmlns", "http://www.w3.org/2000/svg"),
		lines(
			el("title", attrs("id", "curve-title"), text("LRU hit rate against cache capacity")),
			el("desc", attrs("id", "curve-words"), text(c.Words)),
			g.Map(c.Down, gridLineDown),
			g.Map(c.Across, gridLineAcross),
			el("text", attrs("class", "middle", "x", "50%", "y", "100%", "dy", "3.4em"), text(c.AxisName)),
			el("text", attrs("class", "end", "x", "-8", "y", "0", "dy", "-1.1em"), text("hit rate")),
			el("svg", attrs("width", "100%", "height", "100%", "viewBox", "0 0 1000 1000", "preserveAspectRatio", "none"), lines(
				g.If(c.Band != "", empty("path", "class", "band", "d", c.Band)),
				empty("path", "class", "reference", "d", c.ByReference),
				empty("path", "class", "request", "d", c.ByRequest),
			)),
			acrossAt("base", "100%"),
			acrossAt("limit", c.Limit+"%"),
			g.Map(c.Probes, drawProbe),
			g.Map(c.Marks, drawMark),
		),
	)
}

// gridLineDown is one of those below each other: a hit rate.
func gridLineDown(l gridLine) g.Node {
	y := l.At + "%"
	return g.Group{
		acrossAt("grid", y),
		el("text", attrs("class", "end", "x", "-8", "y", y, "dy", "0.35em"), text(l.Label)),
	}
}

// gridLineAcross is one of those beside each other: a capacity.
func gridLineAcross(l gridLine) g.Node {
	x := l.At + "%"
	return el("g", g.If(!l.Major, attrs("class", "minor")),
		empty("line", "class", "grid", "x1", x, "x2", x, "y1", "0", "y2", "100%"),
		el("text", attrs("class", "middle", "x", x, "y", "100%", "dy", "1.5em"), text(l.Label)))
}

func acrossAt(class, y string) g.Node {
	return empty("line", "class", class, "x1", "0", "x2", "100%", "y1", y, "y2", y)
}

func drawProbe(p probe) g.Node {
	return el("g", attrs("class", "probe"),
		el("title", text(p.Words)),
		empty("rect", "x", p.From+"%", "y", "0", "width", p.Width+"%", "height", "100%"),
		pointAt(p.X+"%", p.Y+"%", "4.5"))
}

func drawMark(m mark) g.Node {
	x, class := m.X+"%", "label"
	if m.ToTheLeft {
		class = "label end"
	}
	return el("g", attrs("class", "mark", "pointer-events", "none"),
		pointAt(x, m.Y+"%", "5"),
		g.If(m.Label != "", el("text",
			attrs("class", class, "x", x, "y", m.Y+"%", "dx", fmt.Sprint(m.DX), "dy", fmt.Sprint(m.DY)), text(m.Label))))
}

// pointAt is a dot and a line from it down to the axis.
func pointAt(x, y, radius string) g.Node {
	return g.Group{
		empty("line", "class", "drop", "x1", x, "x2", x, "y1", y, "y2", "100%"),
		empty("circle", "class", "dot", "cx", x, "cy", y, "r", radius),
	}
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
			column("by request"), column("hits"), column("requests with all images"), column("by reference"), g.If(withRange, column(rangeHead)))),
		el("tbody", lines(g.Map(rows, row))),
	))
}
