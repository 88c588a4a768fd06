package report

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // images of a person's own
	"image/jpeg"
	_ "image/png"
	"io"

	"mmjsonl/internal/files"
)

const (
	thumbnailSide    = 96 // pixels
	thumbnailQuality = 50 // of a JPEG: noise, which nothing compresses, has 5 KB then

	// Of an image that is read for its thumbnail, at the most. A small file can be a large image: decoding takes up to 16 bytes a pixel.
	thumbnailBytes  = 64 << 20
	thumbnailPixels = 24 << 20
)

// small returns an image as a small JPEG, or nothing where that cannot be done: of its file, or made anew where there is none.
func (i *poolImage) small() []byte {
	if i.place.Here != "" {
		return readThumbnail(i.place)
	}
	if i.item.Bytes > thumbnailBytes {
		return nil
	}
	painter := i.source.Painter()
	var content []byte
	err := painter.Begin(i.number)
	for more := err == nil; more; {
		if content, more, err = painter.Append(content); err != nil {
			return nil
		}
	}
	return thumbnailOf(bytes.NewReader(content))
}

// readThumbnail reads an image file and returns it as a small JPEG, or nothing where that cannot be done.
func readThumbnail(place files.Place) []byte {
	if info, err := place.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > thumbnailBytes {
		return nil
	}
	f, err := place.Open()
	if err != nil {
		return nil
	}
	defer f.Close()
	return thumbnailOf(f)
}

func thumbnailOf(f io.ReadSeeker) []byte {
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
	if jpeg.Encode(&small, shrink(img), &jpeg.Options{Quality: thumbnailQuality}) != nil {
		return nil
	}
	return small.Bytes()
}

// shrink takes every so many pixels of an image, on white. Averaging them would make noise grey.
func shrink(img image.Image) image.Image {
	b := img.Bounds()
	step := max(1, (max(b.Dx(), b.Dy())+thumbnailSide-1)/thumbnailSide)
	taken := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()/step), max(1, b.Dy()/step)))
	for y := range taken.Rect.Dy() {
		for x := range taken.Rect.Dx() {
			taken.Set(x, y, img.At(b.Min.X+x*step, b.Min.Y+y*step))
		}
	}
	small := image.NewRGBA(taken.Rect)
	draw.Draw(small, small.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.Draw(small, small.Rect, taken, image.Point{}, draw.Over)
	return small
}
