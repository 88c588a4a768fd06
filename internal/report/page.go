package report

import (
	"bufio"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"

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

const maxThumbnails = 48

//go:embed page.html
var pageSource string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// Page writes a self-contained HTML page: no script, nothing to load, light and dark.
func Page(w io.Writer, d PageData) error {
	f := d.Figures
	view := pageView{
		Title:    d.Title,
		Subtitle: d.Subtitle,
		Tiles: []namedValue{
			{Name: "Requests", Value: grouped(f.Requests)},
			{Name: "Image slots", Value: grouped(f.Slots)},
			{Name: "Distinct images", Value: grouped(f.Distinct)},
			{Name: "Reuse rate", Value: percent(share(f.Duplicates, f.Slots)), Note: "hits of a cache without limit"},
		},
		Rows:    fileRows(f),
		Facts:   d.Facts,
		Version: d.Version,
	}
	if f.Slots > 0 {
		for _, p := range f.Capacities[:min(len(f.Capacities), 2)] {
			view.Tiles = append(view.Tiles, namedValue{Name: "Hit rate", Value: percent(share(p.HitsByRequest, f.Slots)),
				Note: "LRU cache of " + counted(p.Capacity, "image")})
		}
		view.Curve = newCurveView(f, d.Asked)
		view.Popularity = newPopularityView(f)
		view.Ages = newAgesView(f)
		view.Replicas = newReplicasView(f)
	}
	images := d.Images[:min(len(d.Images), maxThumbnails)]
	view.ImagesTitle = fmt.Sprintf("The first %s of %s", counted(int64(len(images)), "image"), grouped(f.Distinct))
	if int64(len(images)) >= f.Distinct {
		view.ImagesTitle = "The images"
	}
	for _, image := range images {
		view.Images = append(view.Images, imageView{image.Name, dataURI(image.Data)})
	}

	b := bufio.NewWriter(w)
	if err := pageTemplate.Execute(b, &view); err != nil {
		return fmt.Errorf("failed to write the page: %w", err)
	}
	return b.Flush()
}

// pageView is what the template shows; all numbers are written out.
type pageView struct {
	Title, Subtitle, Version string

	Tiles       []namedValue
	Curve       *curveView
	Rows        []namedValue
	Facts       [][2]string
	Popularity  *popularityView
	Ages        []bar
	Replicas    *replicasView
	ImagesTitle string
	Images      []imageView
}

type namedValue struct{ Name, Value, Note string }

type imageView struct {
	Name string
	Data template.URL // empty where there is no image
}

// dataURI returns bytes as an address, if browsers show them as an image and nothing else.
func dataURI(data []byte) template.URL {
	switch mime := http.DetectContentType(data); mime {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return template.URL("data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data))
	}
	return ""
}

func fileRows(f *reuse.Figures) []namedValue {
	rows := []namedValue{{Name: "Requests", Value: grouped(f.Requests)}}
	add := func(name, value string) { rows = append(rows, namedValue{Name: name, Value: value}) }
	if f.TextOnly > 0 {
		add("of these without images", grouped(f.TextOnly))
	}
	add("Most images in a request", grouped(int64(f.MostInARow)))
	add("Image slots", grouped(f.Slots))
	add("Distinct images", grouped(f.Distinct))
	add("Duplicate references", grouped(f.Duplicates))
	if f.WithinRows > 0 {
		add("of these within a request", grouped(f.WithinRows))
	}
	add("Reuse rate", percent(share(f.Duplicates, f.Slots)))
	return rows
}

// bar is a row of a table with a bar.
type bar struct {
	Name, Count, Share, UpToHere string
	Bar                          string // length, in percent
}

type popularityView struct {
	Words string
	Top   []bar
}

func newPopularityView(f *reuse.Figures) *popularityView {
	p := f.Popularity
	if len(p.Top) == 0 {
		return nil
	}
	most := func(images int64, part string) string {
		if images <= 1 {
			return "the most used image takes"
		}
		return fmt.Sprintf("the most used %s (%s) take", counted(images, "image"), part)
	}
	tenth := max(f.Distinct/10, 1)
	words := fmt.Sprintf("Of all slots, %s %s", most(tenth, "10 %"), percent(p.Top10))
	if hundredth := max(f.Distinct/100, 1); hundredth < tenth {
		words = fmt.Sprintf("Of all slots, %s %s and %s %s", most(hundredth, "1 %"), percent(p.Top1), most(tenth, "10 %"), percent(p.Top10))
	}
	words = fmt.Sprintf("%s. The Gini coefficient is %.2f: at 0 all images are used equally often, and near 1 a few take "+
		"nearly all slots. An image is used %.4g times on average.", words, p.Gini, float64(f.Slots)/float64(f.Distinct))
	view := &popularityView{Words: strings.ReplaceAll(words, " %", "\u00a0%")} // so that no line begins with the sign
	for _, use := range p.Top {
		name := use.Name
		if name == "" {
			name = fmt.Sprintf("image %d", use.Image)
		}
		view.Top = append(view.Top, bar{Name: name, Count: grouped(use.Uses), Share: percent(share(use.Uses, f.Slots)),
			Bar: number(100 * share(use.Uses, p.Top[0].Uses))})
	}
	return view
}

func newAgesView(f *reuse.Figures) []bar {
	var all, longest, sum int64
	for _, class := range f.Ages {
		all += class.Uses
		longest = max(longest, class.Uses)
	}
	var bars []bar
	for _, class := range f.Ages {
		sum += class.Uses
		name := grouped(class.From) + " to " + grouped(class.To)
		switch {
		case class.To == 0:
			name = "0, the same request"
		case class.From == class.To:
			name = grouped(class.From)
		}
		bars = append(bars, bar{Name: name, Count: grouped(class.Uses), Share: percent(share(class.Uses, all)),
			UpToHere: percent(share(sum, all)), Bar: number(100 * share(class.Uses, longest))})
	}
	return bars
}

type replicasView struct {
	Servers    int
	Capacities []string
	Rows       []replicaRow
}

type replicaRow struct {
	Name, Requests, Slots, Distinct, ReuseRate string
	Rates                                      []string
}

func newReplicasView(f *reuse.Figures) *replicasView {
	if len(f.Replicas) == 0 {
		return nil
	}
	view := &replicasView{Servers: len(f.Replicas)}
	for _, p := range f.Capacities {
		view.Capacities = append(view.Capacities, grouped(p.Capacity))
	}
	row := func(name string, r reuse.Replica) {
		var rates []string
		for _, p := range r.Points {
			rates = append(rates, percent(share(p.HitsByRequest, r.Slots)))
		}
		view.Rows = append(view.Rows, replicaRow{name, grouped(r.Requests), grouped(r.Slots), grouped(r.Distinct), percent(r.ReuseRate), rates})
	}
	for i, r := range f.Replicas {
		row(fmt.Sprint(i+1), r)
	}
	row("one for all", reuse.Replica{Requests: f.Requests, Slots: f.Slots, Distinct: f.Distinct, ReuseRate: f.ReuseRate, Points: f.Capacities})
	return view
}

// number writes a place or a length in a drawing.
func number(x float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", x), "0"), ".")
}
