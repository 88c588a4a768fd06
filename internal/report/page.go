package report

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	g "maragu.dev/gomponents"
)

// Page writes the report as a self-contained HTML page: no script, nothing to load, light and dark. version is this program's; it may be
// empty.
func (r *Report) Page(w io.Writer, version string) error { return Page(w, []*Report{r}, version) }

// Page writes a page about files, side by side if there are several; see [Report.Page].
func Page(w io.Writer, all []*Report, version string) error {
	b := bufio.NewWriter(w)
	if err := page(all, version).Render(b); err != nil {
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
func page(all []*Report, version string) g.Node {
	r := all[0]
	f := r.Figures
	title, about, lead, body := "Image reuse of ", isolated(r.fileName()), el("p", attrs("class", "lead"), text(r.lead())), g.Group{
		r.answer(),
		serverSection(r),
		r.fileSection(),
		popularitySection(f),
		distancesSection(f),
		replicasSection(f),
		r.imagesSection(),
	}
	meta := r.meta()
	if len(all) > 1 {
		s := newSide(all)
		title, about, lead, body, meta = fmt.Sprintf("Image reuse of %d request files", len(all)), nil, s.lead(), s.sections(), nil
	}
	return g.Group{
		g.Raw("<!DOCTYPE html>\n"),
		el("html", attrs("lang", "en"), lines(
			el("head", g.Raw("\n"+pageHeadStart), el("title", text(plainTitle(all))), g.Raw("\n"), el("style", g.Raw("\n"+pageStyle)), g.Raw("\n")),
			el("body", lines(
				el("header", lines(el("h1", text(title), about), meta, lead)),
				el("main", lines(body)),
				pageFooter(r.Command, version),
			)),
		)),
		g.Raw("\n"),
	}
}

// plainTitle is what a browser's window shows.
func plainTitle(all []*Report) string {
	if len(all) > 1 {
		return fmt.Sprintf("Image reuse of %d request files", len(all))
	}
	return "Image reuse – " + all[0].fileName()
}

// fileName is the file's name, wherever it is.
func (r *Report) fileName() string { return filepath.Base(r.Name) }

// meta is how large the file is, in a line.
func (r *Report) meta() g.Node {
	f := r.Figures
	words := counted(f.Requests, "request")
	if f.Slots > 0 {
		words += fmt.Sprintf(" · %s · %s · %s reuse", counted(f.Slots, "image slot"), counted(f.Distinct, "distinct image"), percent(f.ReuseRate))
	}
	return el("p", attrs("class", "soft"), text(words))
}

func pageFooter(command, version string) g.Node {
	if version != "" {
		version = " " + version
	}
	return el("footer", lines(
		el("p", text("Made by mmjsonl"+version+". This page is a single file and loads nothing.")),
		g.If(command != "", el("pre", attrs("tabindex", "0"), el("code", isolated(command)))),
	))
}

// plotStyle are the page's rules for what is drawn, in the colours of the light page: a drawing that is saved brings them along, and not all
// programs that show drawings know variables.
var plotStyle = sync.OnceValue(func() string {
	var pairs []string
	colors, _, _ := strings.Cut(pageStyle, "}") // those of the light page come first
	for _, declaration := range regexp.MustCompile(`(--[a-z0-9]+): ([^;]+);`).FindAllStringSubmatch(colors, -1) {
		pairs = append(pairs, "var("+declaration[1]+")", declaration[2])
	}
	_, rest, _ := strings.Cut(pageStyle, "/* drawings */")
	rules, _, _ := strings.Cut(rest, "/* end of drawings */")
	return strings.NewReplacer(pairs...).Replace(rules)
})
