package media_test

import (
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

func TestPhotoPNG(t *testing.T) {
	for _, size := range []media.Size{{Width: 1, Height: 1}, {Width: 2, Height: 1}, {Width: 3, Height: 6}, {Width: 64, Height: 48}, {Width: 1280, Height: 720}} {
		source := media.PhotoPNG{Seed: 9, Size: size}
		t.Run(source.Set(), func(t *testing.T) {
			pool := uint32(1000)
			if size.Width > 100 {
				pool = 5
			}
			mediatest.Suite(t, source, pool)
		})
	}
}
