package report

import (
	"bufio"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/reuse"
)

const comparisonTitle = "Measured beside predicted"

// Page writes the comparison as a self-contained HTML page, like that of a Report: the verdict, the curves of all runs with the counted hits
// on them, and what is known of each run.
func (c *Comparison) Page(w io.Writer, version string) error {
	b := bufio.NewWriter(w)
	if err := c.page(version).Render(b); err != nil {
		return fmt.Errorf("failed to write the page: %w", err)
	}
	return b.Flush()
}

func (c *Comparison) page(version string) g.Node {
	sections := g.Group{c.plotSection(), c.tableSection()}
	for i, run := range c.Runs {
		sections = append(sections, run.section(i))
	}
	return g.Group{
		g.Raw("<!DOCTYPE html>\n"),
		el("html", attrs("lang", "en"), lines(
			el("head", g.Raw("\n"+pageHeadStart), el("title", text(comparisonTitle)), g.Raw("\n"), el("style", g.Raw("\n"+pageStyle)), g.Raw("\n")),
			el("body", lines(
				el("header", lines(
					el("h1", text(comparisonTitle)),
					el("p", attrs("class", "verdict"), foreign(c.Headline())),
					g.If(len(c.Runs) == 1 && c.Runs[0].Advice != "", el("p", foreign(c.firstAdvice()))),
				)),
				el("main", lines(sections)),
				pageFooter("", version),
			)),
		)),
		g.Raw("\n"),
	}
}

func (c *Comparison) firstAdvice() string {
	if len(c.Runs) == 0 {
		return ""
	}
	return c.Runs[0].Advice
}

// tableSection has the runs side by side.
func (c *Comparison) tableSection() g.Node {
	head, rows := c.Table()
	var columns, body g.Group
	for _, name := range head {
		columns = append(columns, column(name))
	}
	for _, row := range rows {
		cells := g.Group{el("th", attrs("scope", "row"), foreign(row[0]))}
		for _, words := range row[1:] {
			cells = append(cells, cell(escape.Line(words)))
		}
		body = append(body, el("tr", cells))
	}
	return section("runs", "The runs", scroll("The runs side by side", el("table", lines(
		el("thead", el("tr", columns)),
		el("tbody", lines(body)),
	))))
}

// section has what is known of a run.
func (run *Compared) section(i int) g.Node {
	var facts []Fact
	for _, f := range run.Facts {
		if f.Outside {
			f.Text = escape.Line(f.Text)
		}
		if f.Label != "" {
			facts = append(facts, f)
		}
	}
	return section(fmt.Sprintf("run-%d", i+1), "Run "+fmt.Sprint(i+1),
		el("p", foreign(run.Run+": "+verdictWord(run.Verdict)+": "+run.Sentence)),
		g.If(run.Advice != "", el("p", foreign(run.Advice))),
		factTable("What is known of it", facts),
	)
}

// foreign is text from outside, in one line of characters that can be seen.
func foreign(words string) g.Node { return isolated(escape.Line(words)) }

// inks is how many runs have a colour and a pattern of their own; the next ones begin again.
const inks = 6

func ink(run int) string { return fmt.Sprintf("ink%d", run%inks) }

// comparedPlot is the drawing of the runs' curves. Its places are in percent of the plot, and those of paths in a square of 1000 by 1000.
type comparedPlot struct {
	c     *Comparison
	scale axis
}

// newPlot is nil if no run has anything to draw.
func (c *Comparison) newPlot() *comparedPlot {
	var capacities []int64
	for _, run := range c.Runs {
		for i, p := range run.Curve {
			// Where a curve has not left the axis there is nothing to see.
			if i+1 < len(run.Curve) && reuse.Share(run.Curve[i+1].Hits, run.Slots) < unseen {
				continue
			}
			capacities = append(capacities, p.Capacity)
		}
		for _, capacity := range []int64{run.Capacity, valueOf(run.Implied)} {
			if capacity > 0 && run.Slots > 0 && capacity <= 4*run.Distinct {
				capacities = append(capacities, capacity)
			}
		}
	}
	if len(capacities) == 0 {
		return nil
	}
	slices.Sort(capacities)
	return &comparedPlot{c, newAxis([]reuse.Point{{Capacity: max(capacities[0], 1)}, {Capacity: max(capacities[len(capacities)-1], 2)}})}
}

func (c *Comparison) plotSection() g.Node {
	p := c.newPlot()
	if p == nil {
		return nil
	}
	axisName := "capacity of the cache in images"
	if p.scale.log {
		axisName += ", log scale"
	}
	var legend, curves, points g.Group
	for i, run := range c.Runs {
		if run.Slots == 0 {
			continue
		}
		legend = append(legend, el("li",
			el("svg", attrs("aria-hidden", "true"), empty("path", "class", "run "+ink(i), "d", "M0 7H30")), foreign(filepath.Base(run.Run))))
		curves = append(curves, empty("path", "class", "run "+ink(i), "d", p.path(i)))
		points = append(points, p.points(i))
	}
	legend = append(legend,
		el("li", el("svg", attrs("aria-hidden", "true"), empty("circle", "class", "predicted ink0", "cx", "15", "cy", "7", "r", "6")), text("predicted")),
		el("li", el("svg", attrs("aria-hidden", "true"), empty("circle", "class", "counted ink0", "cx", "15", "cy", "7", "r", "5")), text("counted by the server")))
	var grid g.Group
	for rate := 0; rate <= 100; rate += 20 {
		grid = append(grid, gridLineDown(gridLine{At: fmt.Sprint(100 - rate), Label: fmt.Sprintf("%d %%", rate)}))
	}
	ticks := p.scale.ticks(6)
	for _, t := range ticks {
		grid = append(grid, gridLineAcross(gridLine{At: number(100 * t.at), Label: t.label, Major: t.major || len(ticks) < 6}))
	}
	return section("curves", "Hit rate against capacity",
		el("p", text("What LRU caches of each capacity hit of the measured requests, in the order in which they were sent. A ring is the prediction; a dot is "+
			"what the server counted, at the capacity that explains it.")),
		el("figure", lines(
			el("ul", attrs("class", "legend"), lines(legend)),
			el("div", attrs("class", "frame"), lines(el("svg",
				attrs("class", "curve", "role", "img", "aria-labelledby", "curves-title curves-words", "xmlns", "http://www.w3.org/2000/svg"),
				lines(
					el("title", attrs("id", "curves-title"), text("LRU hit rate against cache capacity")),
					el("desc", attrs("id", "curves-words"), text(p.words())),
					grid,
					el("text", attrs("class", "middle", "x", "50%", "y", "100%", "dy", "3.4em"), text(axisName)),
					el("text", attrs("class", "end", "x", "-8", "y", "0", "dy", "-1.1em"), text("hit rate")),
					el("svg", attrs("width", "100%", "height", "100%", "viewBox", "0 0 1000 1000", "preserveAspectRatio", "none"), lines(curves)),
					acrossAt("base", "100%"),
					points,
				),
			))),
		)),
	)
}

// path is a run's curve.
func (p *comparedPlot) path(i int) string {
	run := p.c.Runs[i]
	var places []string
	if !p.scale.log {
		places = append(places, "0 1000")
	}
	for _, point := range run.Curve {
		at := p.scale.at(float64(point.Capacity))
		if at < 0 {
			continue
		}
		places = append(places, number(1000*at)+" "+number(1000-1000*reuse.Share(point.Hits, run.Slots)))
	}
	if len(places) == 0 {
		return "M0 1000"
	}
	// A cache of more images than there are hits what one of all of them does.
	if last := run.Curve[len(run.Curve)-1]; last.Capacity >= run.Distinct && p.scale.at(float64(last.Capacity)) < 1 {
		places = append(places, "1000 "+number(1000-1000*reuse.Share(last.Hits, run.Slots)))
	}
	return "M" + strings.Join(places, "L")
}

// points are a run's prediction and count.
func (p *comparedPlot) points(i int) g.Node {
	run := p.c.Runs[i]
	at := func(capacity int64) string {
		return number(100*min(max(p.scale.at(float64(max(capacity, 1))), 0), 1)) + "%"
	}
	down := func(hits int64) string { return number(100-100*min(reuse.Share(hits, run.Slots), 1)) + "%" }
	group := g.Group{empty("circle", "class", "predicted "+ink(i), "cx", at(run.Capacity), "cy", down(run.Predicted), "r", "6.5")}
	if run.Counted != nil {
		where := run.Capacity
		if run.Implied != nil {
			where = *run.Implied
			if run.ImpliedMost == nil && where < run.Capacity {
				where = run.Capacity // on the flat part, which begins before
			}
		}
		group = append(group, el("g", el("title", text(p.pointWords(i))), empty("circle", "class", "counted "+ink(i), "cx", at(where), "cy", down(run.Counted.Hits), "r", "5")))
	}
	return group
}

func (p *comparedPlot) pointWords(i int) string {
	run := p.c.Runs[i]
	words := fmt.Sprintf("%s: predicted %s", escape.Line(filepath.Base(run.Run)), percent(reuse.Share(run.Predicted, run.Slots)))
	if run.Counted != nil {
		words += ", counted " + percent(reuse.Share(run.Counted.Hits, run.Slots))
	}
	if run.Implied != nil {
		words += ", " + capacityWords(run.Result)
	}
	return words
}

// words describe the drawing for who does not see it.
func (p *comparedPlot) words() string {
	var all []string
	for i := range p.c.Runs {
		all = append(all, p.pointWords(i))
	}
	return strings.Join(all, "; ") + "."
}
