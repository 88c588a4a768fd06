package media_test

import (
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

func TestClips(t *testing.T) {
	for _, shape := range []media.Clips{
		{Size: media.Size{Width: 2, Height: 2}, Rate: 1, Seconds: 1}, {Size: media.Size{Width: 64, Height: 48}, Rate: 3, Seconds: 2},
		{Size: media.Size{Width: 322, Height: 240}, Rate: 8, Seconds: 4},
	} {
		least, most := shape.Range()
		for _, bytes := range []int64{0, least, most} {
			shape.Seed, shape.Bytes = 9, bytes
			t.Run(shape.Set(), func(t *testing.T) {
				mediatest.Suite(t, shape, uint32(min(shape.MaxPool(), 50)))
			})
		}
	}
	source := media.Clips{Seed: 9, Size: media.Size{Width: 320, Height: 240}, Rate: 8, Seconds: 4}
	if item := source.Item(7); item.Prefix+"0007"+item.Extension != "synthetic_seed9_idx0007_320x240_8fps_4s.mp4" {
		t.Error(item)
	}
}
