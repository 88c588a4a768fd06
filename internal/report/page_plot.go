package report

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

// figureOf is the drawing of curves, on both kinds of axis, with the switch between them. No script is needed for that, nor for the values
// under the pointer: the page's style shows and hides them. c is nil on a page about several files.
func figureOf(all []*Report, first, other *plotView, c *curveView) g.Node {
	kind := func(v *plotView) string {
		if v.Log {
			return "logarithmic"
		}
		return "linear"
	}
	choice := func(v *plotView, checked bool) g.Node {
		id := "axis-" + kind(v)
		input := []string{"type", "radio", "name", "axis", "id", id}
		if checked {
			input = append(input, "checked", "checked")
		} else {
			input = append(input, "class", "second")
		}
		return g.Group{empty("input", input...), el("label", attrs("for", id), text(kind(v)))}
	}
	var chooser g.Node
	if other != nil {
		chooser = el("fieldset", attrs("class", "axis"), el("legend", text("Axis")), choice(first, true), choice(other, false))
	}
	panel := func(v *plotView, class string) g.Node {
		if v == nil {
			return nil
		}
		return el("div", attrs("class", "panel "+class), lines(
			el("div", attrs("class", frameClass(v)), lines(plot(v))),
			el("p", attrs("class", "saved"), text("Save as "), download("curve.svg", "image/svg+xml", standalone(all, v), "SVG"), text(" or "),
				download("curve.csv", "text/csv;charset=utf-8", curveCSV(all), "CSV")),
		))
	}
	return el("figure", attrs("class", "curves"), lines(
		chooser,
		panel(first, "first"),
		panel(other, "second"),
		legend(first, c),
	))
}

func frameClass(v *plotView) string {
	class := "frame"
	if len(v.Sizes) > 0 {
		class += " sized"
	}
	if len(v.Bars) > 0 {
		class += " barred"
	}
	return class
}

// download is a link to content that is in the page itself.
func download(name, kind string, content []byte, words string) g.Node {
	return el("a", attrs("download", name, "href", "data:"+kind+";base64,"+base64.StdEncoding.EncodeToString(content)), text(words))
}

// lineClass tells lines apart by colour and by dashes.
func lineClass(i int) string { return "line l" + strconv.Itoa(i%lineKinds) }

// lineKinds is how many kinds of lines the style has.
const lineKinds = 8

func legend(v *plotView, c *curveView) g.Node {
	key := func(drawing g.Node, words g.Node) g.Node {
		return el("li", el("svg", attrs("aria-hidden", "true"), drawing), words)
	}
	isServer := func(m mark) bool { return m.Server }
	isRequested := func(m mark) bool { return !m.Server }
	marks := g.Group{
		g.If(slices.ContainsFunc(v.Marks, isRequested), key(empty("circle", "class", "dot", "cx", "15", "cy", "7", "r", "5"), text("requested capacity"))),
		g.If(slices.ContainsFunc(v.Marks, isServer), key(empty("rect", "class", "dot server", "x", "10", "y", "2", "width", "10", "height", "10"), text("capacity of the server's cache"))),
	}
	if c == nil {
		var items g.Group
		for i, l := range v.Lines {
			items = append(items, key(empty("path", "class", lineClass(i), "d", "M0 7H30"), isolated(l.Name)))
		}
		return el("ul", attrs("class", "legend"), lines(append(items, marks...)))
	}
	return el("ul", attrs("class", "legend"), lines(
		key(empty("path", "class", "request", "d", "M0 7H30"), text("by request")),
		g.If(c.Difference != sameCounts, key(empty("path", "class", "reference", "d", "M1 7H30"), text("by reference"))),
		key(empty("path", "class", "limit", "d", "M0 7H30"), text(c.LimitLabel)),
		g.If(v.Band != "", key(empty("path", "class", "band", "d", "M0 0H30V14H0Z"), text("worst cases when requests overtake each other"))),
		marks,
		g.If(len(v.Bars) > 0, key(empty("rect", "class", "bar", "x", "10", "y", "1", "width", "10", "height", "12"), text("share of reuses by distance in images"))),
	))
}

func plot(v *plotView) g.Node {
	title, words := v.ID+"-title", v.ID+"-words"
	return el("svg",
		attrs("class", "curve", "role", "img", "aria-labelledby", title+" "+words, "xmlns", "http://www.w3.org/2000/svg"),
		lines(
			el("title", attrs("id", title), text("LRU hit rate against cache capacity")),
			el("desc", attrs("id", words), text(v.Words)),
			drawn(v),
			g.Map(v.Probes, drawProbe),
		),
	)
}

// drawn is everything of a plot that does not move.
func drawn(v *plotView) g.Group {
	var paths g.Group
	for i, l := range v.Lines {
		class := lineClass(i)
		if len(v.Lines) == 1 {
			class = "request"
		}
		paths = append(paths, empty("path", "class", class, "d", l.Path))
	}
	var down g.Group
	for rate := 0; rate <= 100; rate += 20 {
		down = append(down, gridLineDown(gridLine{At: fmt.Sprint(100 - rate), Label: fmt.Sprintf("%d %%", rate)}))
	}
	axisName, rateName := "3.4em", "-1.1em"
	if len(v.Sizes) > 0 {
		rateName = "-2.2em"
	}
	if len(v.Bars) > 0 {
		axisName = "7em"
	}
	return g.Group{
		down,
		g.Map(v.Across, gridLineAcross),
		g.Map(v.Sizes, sizeTick),
		el("text", attrs("class", "middle", "x", "50%", "y", "100%", "dy", axisName), text(v.AxisName)),
		el("text", attrs("class", "end", "x", "-8", "y", "0", "dy", rateName), text("hit rate")),
		el("svg", attrs("width", "100%", "height", "100%", "viewBox", "0 0 1000 1000", "preserveAspectRatio", "none"), lines(
			g.If(v.Band != "", empty("path", "class", "band", "d", v.Band)),
			g.If(v.ByReference != "", empty("path", "class", "reference", "d", v.ByReference)),
			paths,
		)),
		acrossAt("base", "100%"),
		g.If(v.Limit != "", acrossAt("limit", v.Limit+"%")),
		g.If(len(v.Bars) > 0, el("svg", attrs("class", "bars", "x", "0", "y", "100%", "width", "100%", "height", "100%"), lines(g.Map(v.Bars, drawBar)))),
		g.Map(v.Marks, drawMark),
	}
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

// sizeTick is a size of the server's cache, above the plot.
func sizeTick(l gridLine) g.Node {
	x := l.At + "%"
	return el("g", attrs("class", "size"),
		empty("line", "class", "base", "x1", x, "x2", x, "y1", "-5", "y2", "0"),
		el("text", attrs("class", "middle", "x", x, "y", "0", "dy", "-0.8em"), text(l.Label)))
}

func acrossAt(class, y string) g.Node {
	return empty("line", "class", class, "x1", "0", "x2", "100%", "y1", y, "y2", y)
}

// The bars lie below the capacities' labels: so many pixels under the axis, and so high.
const barsBelow, barsHeight = 26, 40

func drawBar(b bar) g.Node {
	height, err := strconv.ParseFloat(b.Height, 64)
	if err != nil {
		height = 0
	}
	pixels := height / 100 * barsHeight
	return el("g", el("title", text(b.Words)),
		empty("rect", "class", "bar", "x", b.From+"%", "width", b.Width+"%", "y", number(barsBelow+barsHeight-pixels), "height", number(pixels)))
}

func drawProbe(p probe) g.Node {
	var points, words g.Group
	for i, y := range p.Y {
		class := "dot"
		if len(p.Y) > 1 {
			class = "dot " + strings.Replace(lineClass(i), "line ", "of-", 1)
		}
		points = append(points, empty("circle", "class", class, "cx", p.X+"%", "cy", y+"%", "r", "4.5"))
	}
	x, class, dx := p.X+"%", "label", "10"
	if p.Left {
		class, dx = "label end", "-10"
	}
	for i, w := range p.Words {
		// The first line lies at the plot's top, beside the pointer; so it is never under a finger on the curve's beginning, nor outside.
		words = append(words, el("text", attrs("class", class, "x", x, "y", "0", "dx", dx, "dy", fmt.Sprintf("%.1fem", 1.2+1.35*float64(i))), text(w)))
	}
	return el("g", attrs("class", "probe"),
		empty("rect", "x", p.From+"%", "y", "0", "width", p.Width+"%", "height", "100%"),
		empty("line", "class", "drop", "x1", x, "x2", x, "y1", "0", "y2", "100%"),
		points, words)
}

func drawMark(m mark) g.Node {
	x, class := m.X+"%", "label"
	if m.ToTheLeft {
		class = "label end"
	}
	point := empty("circle", "class", "dot", "cx", x, "cy", m.Y+"%", "r", "5")
	if m.Server {
		point = el("svg", attrs("x", x, "y", m.Y+"%", "class", "spot"), empty("rect", "class", "dot server", "x", "-5", "y", "-5", "width", "10", "height", "10"))
	}
	return el("g", attrs("class", "mark", "pointer-events", "none"),
		empty("line", "class", "drop", "x1", x, "x2", x, "y1", m.Y+"%", "y2", "100%"), point,
		g.If(m.Label != "", el("text",
			attrs("class", class, "x", x, "y", m.Y+"%", "dx", fmt.Sprint(m.DX), "dy", fmt.Sprint(m.DY)), text(m.Label))))
}

// standalone is a plot as a file of its own, in the colours of the light page.
func standalone(all []*Report, v *plotView) []byte {
	const width, height, left, top = 960, 540, 70, 60
	style := plotStyle()
	var names g.Group
	if len(v.Lines) > 1 {
		for i, l := range v.Lines {
			y := fmt.Sprint(top + 20 + 18*i)
			names = append(names, empty("path", "class", lineClass(i), "d", fmt.Sprintf("M%d %d h24", left+12, top+16+18*i)),
				el("text", attrs("class", "label", "x", fmt.Sprint(left+42), "y", y), text(l.Name)))
		}
	}
	title := "LRU hit rate against cache capacity"
	if len(all) == 1 {
		title += ": " + all[0].fileName()
	}
	var b bytes.Buffer
	image := el("svg", attrs("xmlns", "http://www.w3.org/2000/svg", "width", fmt.Sprint(width), "height", fmt.Sprint(height), "font-family", "sans-serif"), lines(
		el("title", text(title)),
		el("style", g.Raw(style)),
		empty("rect", "width", "100%", "height", "100%", "fill", "#ffffff"),
		el("text", attrs("class", "label", "x", fmt.Sprint(left), "y", "24"), text(title)),
		el("svg", attrs("class", "curve", "x", fmt.Sprint(left), "y", fmt.Sprint(top), "width", fmt.Sprint(width-left-40), "height", fmt.Sprint(height-top-110)), lines(drawn(v))),
		names,
	))
	if err := image.Render(&b); err != nil {
		return nil // a buffer takes everything
	}
	return b.Bytes()
}

// curveCSV are the curves as a table.
func curveCSV(all []*Report) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	row := func(words ...string) { _ = w.Write(words) } // a buffer takes everything
	row("file", "capacity", "hit_rate", "hits_by_request", "hits_by_reference", "requests_all_hit", "least_hits", "most_hits")
	integer := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, r := range all {
		for _, p := range curvePoints(r.Figures) {
			rate := strconv.FormatFloat(reuse.Share(p.HitsByRequest, r.Figures.Slots), 'f', -1, 64)
			row(inertCell(r.fileName()), integer(p.Capacity), rate, integer(p.HitsByRequest), integer(p.HitsByReference), integer(p.WholeRequests), integer(p.LeastHits), integer(p.MostHits))
		}
	}
	w.Flush()
	return b.Bytes()
}

// inertCell is a text that no spreadsheet takes for a formula.
func inertCell(words string) string {
	if words != "" && strings.ContainsRune("=+-@\t\r", rune(words[0])) {
		return "'" + words
	}
	return words
}
