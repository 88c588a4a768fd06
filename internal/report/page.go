package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"path/filepath"

	g "maragu.dev/gomponents"
)

// Page writes the report as a self-contained HTML page: no script, nothing to load, light and dark. version is this program's; it may be
// empty.
func (r *Report) Page(w io.Writer, version string) error {
	b := bufio.NewWriter(w)
	if err := r.page(version).Render(b); err != nil {
		return fmt.Errorf("failed to write the page: %w", err)
	}
	return b.Flush()
}

var (
	//go:embed page_head.html
	pageHeadStart string // what is the same in every page's head, and the policy that keeps the page from loading anything
	//go:embed page.css
	pageStyle string
)

// page is built by functions and not from a template: text/template looks methods up by name while it runs, so that the linker has to keep
// every exported method there is, a sixth of the program. A section that has nothing to say is nil and left out.
func (r *Report) page(version string) g.Node {
	f := r.Figures
	return g.Group{
		g.Raw("<!DOCTYPE html>\n"),
		el("html", attrs("lang", "en"), lines(
			r.pageHead(),
			el("body", lines(
				r.pageHeader(),
				el("main", lines(
					r.tiles(),
					curveSection(f),
					r.fileSection(),
					popularitySection(f),
					distancesSection(f),
					replicasSection(f),
					r.imagesSection(),
				)),
				pageFooter(version),
			)),
		)),
		g.Raw("\n"),
	}
}

const pageTitle = "Image reuse of a request file"

// fileName is the file's name, wherever it is.
func (r *Report) fileName() string { return filepath.Base(r.Name) }

func (r *Report) pageHead() g.Node {
	return el("head", g.Raw("\n"+pageHeadStart), el("title", text(pageTitle+" – "+r.fileName())), g.Raw("\n"),
		el("style", g.Raw("\n"+pageStyle)), g.Raw("\n"))
}

func (r *Report) pageHeader() g.Node {
	return el("header", lines(
		el("h1", text(pageTitle)),
		el("p", attrs("class", "soft"), isolated(r.fileName())),
	))
}

// mostCacheTiles is how many hit rates are shown in large type.
const mostCacheTiles = 2

// tiles are the figures to see first.
func (r *Report) tiles() g.Node {
	var all g.Group
	caches := 0
	for _, f := range r.About(Rows, Caches) {
		if !f.Tile {
			continue
		}
		name, note := capital(f.Label), f.Note
		if f.About == Caches {
			if caches++; caches > mostCacheTiles {
				break
			}
			name, note = "LRU hit rate", f.Label
		}
		all = append(all, el("div", el("dt", text(name)), el("dd", attrs("class", "value"), text(f.Text)),
			g.If(note != "", el("dd", attrs("class", "note"), text(note)))))
	}
	return el("dl", attrs("class", "tiles"), lines(all))
}

func pageFooter(version string) g.Node {
	if version != "" {
		version = " " + version
	}
	return el("footer", text("Made by mmjsonl"+version+". This page is a single file and loads nothing."))
}
