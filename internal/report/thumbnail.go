package report

import (
	"bytes"
	"image"
	_ "image/jpeg" // images of files that are inspected
	"image/png"
	"os"
)

const (
	thumbnailSide  = 128      // pixels
	thumbnailBytes = 64 << 20 // of an image file, at the most, to be read for its thumbnail
)

// ReadThumbnail reads an image file and makes it small. Where that cannot be done it has no data, and the page shows a box.
func ReadThumbnail(name, path string) Thumbnail {
	t := Thumbnail{Name: name}
	if info, err := os.Stat(path); err != nil || info.Size() > thumbnailBytes {
		return t
	}
	f, err := os.Open(path)
	if err != nil {
		return t
	}
	defer f.Close()
	img, _, err := image.Decode(f)
	if err != nil {
		return t
	}
	var small bytes.Buffer
	if png.Encode(&small, shrink(img)) == nil {
		t.Data = small.Bytes()
	}
	return t
}

// shrink takes every so many pixels of an image. Averaging them would make noise grey.
func shrink(img image.Image) image.Image {
	b := img.Bounds()
	step := max(1, (max(b.Dx(), b.Dy())+thumbnailSide-1)/thumbnailSide)
	small := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()/step), max(1, b.Dy()/step)))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			small.Set(x, y, img.At(b.Min.X+x*step, b.Min.Y+y*step))
		}
	}
	return small
}
