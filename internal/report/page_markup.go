package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	g "maragu.dev/gomponents"
)

// What the sections of a page are made of. Only g.Raw writes text as it is, and it is only given what this package holds; text and attrs
// escape.

// el is an element with its attributes and content.
//
// It and text are not inlined: the compiler would copy what gomponents does for an element to every place that calls them, 0.25 MB in all.
//
//go:noinline
func el(name string, children ...g.Node) g.Node { return g.El(name, children...) }

//go:noinline
func text(words string) g.Node { return g.Text(words) }

// lines puts nodes, and those of groups among them, on lines of their own, so that a page's source can be read and compared.
func lines(nodes ...g.Node) g.Group {
	all := g.Group{g.Raw("\n")}
	for _, node := range nodes {
		if group, ok := node.(g.Group); ok {
			all = append(all, lines(group...)[1:]...)
		} else if node != nil {
			all = append(all, node, g.Raw("\n"))
		}
	}
	return all
}

// attrs are attributes, each given as a name and a value.
func attrs(pairs ...string) g.Group {
	var all g.Group
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, g.Attr(pair[0], pair[1]))
	}
	return all
}

// empty is an element without content. It is closed as XML has it, which HTML allows where an element is always empty, and in drawings.
func empty(name string, pairs ...string) g.Node {
	return g.NodeFunc(func(w io.Writer) error {
		if _, err := io.WriteString(w, "<"+name); err != nil {
			return err
		}
		for _, attr := range attrs(pairs...) {
			if err := attr.Render(w); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "/>")
		return err
	})
}

// capital is a label as it begins a cell or a tile.
func capital(label string) string { return strings.ToUpper(label[:1]) + label[1:] }

// isolated is text from outside, whose direction of writing does not reach what is around it.
func isolated(words string) g.Node { return el("bdi", text(words)) }

// section has its heading's id, by which it is named.
func section(id, heading string, content ...g.Node) g.Node {
	return el("section", attrs("aria-labelledby", id), lines(el("h2", attrs("id", id), text(heading)), g.Group(content)))
}

// scroll is a region as wide as there is room for, in which a wider table can be moved, by keys too.
func scroll(label string, table g.Node) g.Node {
	return el("div", attrs("class", "scroll", "role", "region", "aria-label", label, "tabindex", "0"), lines(table))
}

func caption(words string) g.Node { return el("caption", text(words)) }

// column is the head of a column.
func column(name string) g.Node { return el("th", attrs("scope", "col"), text(name)) }

// barColumn is the head of a column of bars, which show what another column says.
func barColumn() g.Node { return el("td", attrs("aria-hidden", "true")) }

// rowName is the head of a row.
func rowName(name string) g.Node { return el("th", attrs("scope", "row"), text(name)) }

func cell(words string) g.Node { return el("td", text(words)) }

// barCell is a bar of a length of 0 to 1.
func barCell(length float64) g.Node {
	return el("td", attrs("class", "bars", "aria-hidden", "true"),
		el("svg", empty("rect", "class", "bar", "width", number(100*length)+"%", "height", "100%", "rx", "2")))
}

// number writes a place or a length in a drawing.
func number(x float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}
