package report

import (
	"encoding/base64"
	"fmt"
	"net/http"

	g "maragu.dev/gomponents"

	"mmjsonl/internal/reuse"
)

const maxThumbnails = 48

func imagesSection(f *reuse.Figures, images []Thumbnail) g.Node {
	if len(images) == 0 {
		return nil
	}
	images = images[:min(len(images), maxThumbnails)]
	heading := fmt.Sprintf("The first %s of %s", counted(int64(len(images)), "image"), grouped(f.Distinct))
	if int64(len(images)) >= f.Distinct {
		heading = "The images"
	}
	return section("images", heading, el("ul", attrs("class", "sheet"), lines(g.Map(images, thumbnail))))
}

func thumbnail(image Thumbnail) g.Node {
	shown := el("div", attrs("class", "missing"), text("not available"))
	if uri := dataURI(image.Data); uri != "" {
		shown = empty("img", "src", uri, "alt", "", "loading", "lazy", "decoding", "async")
	}
	return el("li", el("figure", shown, el("figcaption", isolated(image.Name))))
}

// dataURI returns bytes as an address, if browsers show them as an image and nothing else, and otherwise nothing.
func dataURI(data []byte) string {
	switch mime := http.DetectContentType(data); mime {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return "data:" + mime + ";base64," + base64.StdEncoding.EncodeToString(data)
	}
	return ""
}
