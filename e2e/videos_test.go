//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/media/mediatest"
)

// videoDecoders are the libraries that videos are decoded with; all of them have the decoder of ffmpeg in them.
var videoDecoders = sync.OnceValues(func() (string, error) {
	return environment("av==18.1.0", "opencv-python-headless==5.0.0.93", "decord==0.6.0", "imageio-ffmpeg==0.8.1", "numpy==2.4.6")
})

// TestVideoDecoders has the usual decoders read clips of every kind, from 2×2 on: of the usual length, of the least, and of the most.
func TestVideoDecoders(t *testing.T) {
	defer timed("15 clips, the usual decoders")()
	bin := tool(t, videoDecoders)
	dir := t.TempDir()
	count := 0
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
				if err := os.WriteFile(filepath.Join(dir, name), mediatest.Paint(t, painter, i), 0o644); err != nil {
					t.Fatal(err)
				}
				count++
			}
		}
	}
	output, err := run(exec.CommandContext(t.Context(), filepath.Join(bin, "python"), filepath.Join(root, "e2e", "videos.py"), dir))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(output); got != fmt.Sprint(count) {
		t.Errorf("%s of %d clips were decoded", got, count)
	}
}
