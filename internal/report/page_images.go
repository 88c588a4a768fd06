package report

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"path/filepath"

	g "maragu.dev/gomponents"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
)

const (
	maxThumbnails = 24      // of images, on a page
	maxSizes      = 12      // that the table of the pool has a row for
	maxWeighed    = 1 << 17 // images that the table is about
)

// pool is what a run's images are.
type pool struct {
	noun    string // image, or video
	images  int64
	ranked  bool  // sizes go by rank: what is shown of many images are some of all ranks, else the first ones
	weighed int64 // images that the table is about: all, or some
	sizes   []weight
	shown   []poolImage
}

// weight is what images of a size take, in bytes.
type weight struct {
	size               string
	images             int64
	least, most, total int64
}

// poolImage is one of the images that are shown.
type poolImage struct {
	name   string
	item   media.Item
	place  files.Place // of its file; the zero value if the run writes none
	source media.Source
	number uint32
}

// poolOf weighs a plan's images, if it makes them or they are files.
func poolOf(p *generator.Plan) *pool {
	images := int64(p.Shape().Pool)
	if p.Media == nil || images == 0 {
		return nil
	}
	all := &pool{noun: p.Noun(), images: images, ranked: p.PopularSizes, weighed: min(images, maxWeighed)}
	rows := map[media.Size]int{}
	for i := range all.weighed {
		item := p.Media.Item(all.some(i, all.weighed))
		row, ok := rows[item.Size]
		if !ok {
			row = len(all.sizes)
			if row < maxSizes {
				all.sizes = append(all.sizes, weight{size: fmt.Sprintf("%d×%d", item.Size.Width, item.Size.Height), least: item.Bytes})
			} else {
				row = maxSizes - 1
				all.sizes[row].size = "other sizes"
			}
			rows[item.Size] = row
		}
		all.sizes[row].add(item.Bytes)
	}
	shown := min(images, maxThumbnails)
	for i := range shown {
		number := all.some(i, shown)
		one := poolImage{item: p.Media.Item(number), source: p.Media, number: number, name: fmt.Sprintf("%s %d", p.Noun(), number)}
		if p.WritesImages() {
			one.place = p.ImagePlace(number)
			one.name = filepath.Base(one.place.Here)
		} else if folder, ok := p.Media.(*media.Folder); ok {
			one.name = folder.Name(number)
		}
		all.shown = append(all.shown, one)
	}
	return all
}

// some returns the i-th of some images.
func (p *pool) some(i, some int64) uint32 {
	if p.ranked {
		return uint32(i * p.images / some)
	}
	return uint32(i)
}

func (w *weight) add(bytes int64) {
	w.images++
	w.least, w.most, w.total = min(w.least, bytes), max(w.most, bytes), w.total+bytes
}

func (r *Report) imagesSection() g.Node {
	p := r.pool
	if p == nil {
		return nil
	}
	var rows g.Group
	all := weight{size: "all", least: p.sizes[0].least}
	row := func(w weight) g.Node {
		each := sizeWords10(w.least)
		if w.most != w.least {
			each += " to " + sizeWords10(w.most)
		}
		return el("tr", rowName(w.size), cell(grouped(w.images)), cell(each), cell(sizeWords10(w.total)))
	}
	for _, w := range p.sizes {
		rows = append(rows, row(w))
		all.images, all.total = all.images+w.images, all.total+w.total
		all.least, all.most = min(all.least, w.least), max(all.most, w.most)
	}
	if len(p.sizes) > 1 {
		rows = append(rows, row(all))
	}
	some, sheet := "the first ", "The first "
	if p.ranked {
		some, sheet = "", "From the most to the least popular, "
	}
	about := "Sizes and bytes of the " + counted(p.weighed, p.noun)
	if p.weighed < p.images {
		about = fmt.Sprintf("Sizes and bytes of %s%s of %s", some, counted(p.weighed, p.noun), grouped(p.images))
	}
	sheet += counted(int64(len(p.shown)), p.noun)
	if int64(len(p.shown)) == p.images {
		sheet = "All of them"
	}
	return section("images", "The "+p.noun+"s",
		scroll(about, el("table", lines(
			caption(about),
			el("thead", el("tr", column("size"), column(p.noun+"s"), column("bytes each"), column("together"))),
			el("tbody", lines(rows)),
		))),
		el("p", text(sheet+", small:")),
		el("ul", attrs("class", "sheet"), lines(g.Map(p.shown, thumbnail))),
	)
}

// thumbnail shows an image, or a box where there is none that can be shown.
func thumbnail(image poolImage) g.Node {
	shown := el("div", attrs("class", "missing"), text("not available"))
	if image.item.MIME == "video/mp4" {
		shown = el("div", attrs("class", "missing"), text("video"))
	} else if uri := dataURI(image.small()); uri != "" {
		shown = empty("img", "src", uri, "alt", "", "loading", "lazy", "decoding", "async")
	}
	about := fmt.Sprintf("%d×%d, %s", image.item.Size.Width, image.item.Size.Height, sizeWords10(image.item.Bytes))
	return el("li", el("figure", shown, el("figcaption", isolated(image.name), empty("br"), text(about))))
}

// dataURI returns bytes as an address, if browsers show them as an image and nothing else, and otherwise nothing.
func dataURI(data []byte) string {
	switch mime := http.DetectContentType(data); mime {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return "data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data)
	}
	return ""
}
