package report

import (
	"encoding/base64"
	"fmt"
	"net/http"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/files"
)

// maxThumbnails is how many of the first images a page shows.
const maxThumbnails = 24

// imageFile is an image of the pool.
type imageFile struct {
	name  string
	place files.Place
}

func (r *Report) imagesSection() g.Node {
	if len(r.images) == 0 {
		return nil
	}
	heading := fmt.Sprintf("The first %s of %s", counted(int64(len(r.images)), "image"), grouped(r.Figures.Distinct))
	if int64(len(r.images)) >= r.Figures.Distinct {
		heading = "The images"
	}
	return section("images", heading, el("ul", attrs("class", "sheet"), lines(g.Map(r.images, thumbnail))))
}

// thumbnail shows an image, or a box where there is none that can be shown.
func thumbnail(image imageFile) g.Node {
	shown := el("div", attrs("class", "missing"), text("not available"))
	if uri := dataURI(readThumbnail(image.place)); uri != "" {
		shown = empty("img", "src", uri, "alt", "", "loading", "lazy", "decoding", "async")
	}
	return el("li", el("figure", shown, el("figcaption", isolated(image.name))))
}

// dataURI returns bytes as an address, if browsers show them as an image and nothing else, and otherwise nothing.
func dataURI(data []byte) string {
	switch mime := http.DetectContentType(data); mime {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return "data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data)
	}
	return ""
}
