package report

import (
	"bytes"
	"image"
	_ "image/jpeg" // images of files that are inspected
	"image/png"
	"io"

	"mmjsonl/internal/files"
)

const (
	thumbnailSide = 128 // pixels

	// Of an image that is read for its thumbnail, at the most. A small file can be a large image: decoding takes up to 16 bytes a pixel.
	thumbnailBytes  = 64 << 20
	thumbnailPixels = 24 << 20
)

// readThumbnail reads an image file and returns it as a small PNG, or nothing where that cannot be done.
func readThumbnail(place files.Place) []byte {
	if info, err := place.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > thumbnailBytes {
		return nil
	}
	f, err := place.Open()
	if err != nil {
		return nil
	}
	defer f.Close()
	size, _, err := image.DecodeConfig(f)
	if err != nil || int64(size.Width)*int64(size.Height) > thumbnailPixels {
		return nil
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil
	}
	img, _, err := image.Decode(f)
	if err != nil {
		return nil
	}
	var small bytes.Buffer
	if png.Encode(&small, shrink(img)) != nil {
		return nil
	}
	return small.Bytes()
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
