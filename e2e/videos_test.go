//go:build e2e

package e2e

import (
	"fmt"
	"sync"
	"testing"

	"mmjsonl/internal/media"
)

// videoDecoders are the libraries that videos are decoded with; all of them have the decoder of ffmpeg in them.
var videoDecoders = sync.OnceValues(func() (string, error) {
	return environment("av==18.1.0", "opencv-python-headless==5.0.0.93", "decord==0.6.0", "imageio-ffmpeg==0.8.1", "numpy==2.4.6")
})

// TestVideoDecoders has the usual decoders read clips of every kind, from 2×2 on: of the usual length, of the least, and of the most.
func TestVideoDecoders(t *testing.T) {
	defer timed("15 clips, the usual decoders")()
	bin := tool(t, videoDecoders)
	painted := paintedFiles{dir: t.TempDir()}
	for _, shape := range []media.Clips{
		{Size: media.Size{Width: 2, Height: 2}, Rate: 1, Seconds: 3},
		{Size: media.Size{Width: 18, Height: 16}, Rate: 5, Seconds: 1},
		{Size: media.Size{Width: 64, Height: 48}, Rate: 30, Seconds: 2},
		{Size: media.Size{Width: 320, Height: 240}, Rate: 8, Seconds: 4},
		{Size: media.Size{Width: 322, Height: 242}, Rate: 1, Seconds: 2},
		{Size: media.Size{Width: 1280, Height: 720}, Rate: 24, Seconds: 1},
	} {
		least, most := shape.Range()
		for kind, bytes := range map[string]int64{"usual": 0, "least": least, "half": (least + most) / 2, "most": most} {
			shape.Seed, shape.Bytes = uint64(len(kind)), bytes
			painter := shape.Painter()
			clips := min(shape.MaxPool(), max(2, 400_000/shape.Size.Width/shape.Size.Height))
			for i := range min(uint32(clips), 30) {
				name := fmt.Sprintf("%s_%d_%s_%02d.mp4", shape.Size, shape.Rate*shape.Seconds, kind, i)
				painted.add(t, name, painter, i)
			}
		}
	}
	painted.checkDecoded(t, bin, "videos.py")
}
