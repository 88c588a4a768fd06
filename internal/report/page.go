package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

// PageData is what a report page shows. Text may hold anything.
type PageData struct {
	Title    string
	Subtitle string // such as the file's name; may be empty
	Figures  *reuse.Figures
	Asked    []Asked     // hit rates that were asked for; may be empty
	Facts    [][2]string // more rows of names and values, such as the seed and the digest
	Images   []Thumbnail // the first images; those after the 48th are left out
	Version  string      // of this program; may be empty
}

// Asked is a hit rate, 0 to 1, that was asked for at a capacity in images.
type Asked struct {
	Capacity int64
	Rate     float64
}

// Thumbnail is an image of the contact sheet.
type Thumbnail struct {
	Name string
	Data []byte // an encoded PNG, JPEG, GIF or WebP image, shown as it is; an empty box stands for anything else
}

// Page writes a self-contained HTML page: no script, nothing to load, light and dark.
func Page(w io.Writer, d PageData) error {
	b := bufio.NewWriter(w)
	if err := page(d).Render(b); err != nil {
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
func page(d PageData) g.Node {
	f := d.Figures
	return g.Group{
		g.Raw("<!DOCTYPE html>\n"),
		el("html", attrs("lang", "en"), lines(
			pageHead(d),
			el("body", lines(
				pageHeader(d),
				el("main", lines(
					tiles(f),
					curveSection(f, d.Asked),
					fileSection(f, d.Facts),
					popularitySection(f),
					agesSection(f),
					replicasSection(f),
					imagesSection(f, d.Images),
				)),
				pageFooter(d.Version),
			)),
		)),
		g.Raw("\n"),
	}
}

func pageHead(d PageData) g.Node {
	title := d.Title
	if d.Subtitle != "" {
		title += " – " + d.Subtitle
	}
	return el("head", g.Raw("\n"+pageHeadStart), el("title", text(title)), g.Raw("\n"), el("style", g.Raw("\n"+pageStyle)), g.Raw("\n"))
}

func pageHeader(d PageData) g.Node {
	return el("header", lines(
		el("h1", isolated(d.Title)),
		g.If(d.Subtitle != "", el("p", attrs("class", "soft"), isolated(d.Subtitle))),
	))
}

// tiles are the figures to see first.
func tiles(f *reuse.Figures) g.Node {
	tile := func(name, value, note string) g.Node {
		return el("div", el("dt", text(name)), el("dd", attrs("class", "value"), text(value)),
			g.If(note != "", el("dd", attrs("class", "note"), text(note))))
	}
	all := g.Group{
		tile("Requests", grouped(f.Requests), ""),
		tile("Image slots", grouped(f.Slots), ""),
		tile("Distinct images", grouped(f.Distinct), ""),
		tile("Reuse rate", percent(reuse.Share(f.Duplicates, f.Slots)), "hits of a cache without limit"),
	}
	if f.Slots > 0 {
		for _, p := range f.Capacities[:min(len(f.Capacities), 2)] {
			all = append(all, tile("Hit rate", percent(reuse.Share(p.HitsByRequest, f.Slots)), "LRU cache of "+counted(p.Capacity, "image")))
		}
	}
	return el("dl", attrs("class", "tiles"), lines(all))
}

func pageFooter(version string) g.Node {
	if version != "" {
		version = " " + version
	}
	return el("footer", text("Made by mmjsonl"+version+". This page is a single file and loads nothing."))
}
