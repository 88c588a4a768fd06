package media_test

import (
	"testing"

	"mmjsonl/internal/jpeg"
	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

func TestPhotoJPEG(t *testing.T) {
	if jpeg.MaxPiece > media.MaxPiece {
		t.Errorf("pieces of %d bytes are too long", jpeg.MaxPiece)
	}
	for _, size := range []media.Size{{Width: 1, Height: 1}, {Width: 2, Height: 1}, {Width: 17, Height: 15}, {Width: 64, Height: 48}, {Width: 1280, Height: 720}} {
		_, most := jpeg.Range(int(size.Width), int(size.Height))
		for _, bytes := range []int64{0, most} {
			source := media.PhotoJPEG{Seed: 9, Size: size, Bytes: bytes}
			t.Run(source.Set(), func(t *testing.T) {
				pool := uint32(1000)
				if size.Width > 100 {
					pool = 5
				}
				mediatest.Suite(t, source, pool)
			})
		}
	}
}
