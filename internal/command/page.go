package command

import (
	"bytes"
	"fmt"
	"path/filepath"

	"mmjsonl/generator"
	"mmjsonl/internal/report"
)

// sheetImages is how many of the first images a report shows.
const sheetImages = 24

// page returns the page about a file that is being made.
func (r *run) page(p *generator.Plan, s *generator.Stats) ([]byte, error) {
	d := report.PageData{
		Title:    "Image reuse of a request file",
		Subtitle: filepath.Base(p.Names.Output.Here),
		Figures:  s.Figures,
		Facts: [][2]string{
			{"Image mode", string(p.Mode)},
			{"Seed", fmt.Sprint(p.Seed)},
			{"Bytes", fmt.Sprint(s.Bytes)},
		},
		Version: version(r.process.Version),
	}
	if p.Output.Stdout {
		d.Subtitle = "standard output"
	}
	if s.SHA256 != "" {
		d.Facts = append(d.Facts, [2]string{"SHA-256", s.SHA256})
	}
	for _, target := range p.Targets {
		d.Asked = append(d.Asked, report.Asked{Capacity: target.Capacity, Rate: float64(target.Hits) / float64(p.Shape().Slots)})
	}
	if p.WritesImages() {
		for image := range uint32(min(p.Shape().Pool, sheetImages)) {
			path := p.ImagePath(image)
			d.Images = append(d.Images, report.ReadThumbnail(filepath.Base(path), path))
		}
	}
	var page bytes.Buffer
	err := report.Page(&page, d)
	return page.Bytes(), err
}
