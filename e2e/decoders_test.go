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

// imageDecoders are the libraries that images are decoded with: Pillow, OpenCV (libpng, libjpeg-turbo), libjpeg-turbo itself, and ffmpeg.
var imageDecoders = []string{"pillow==13.0.0", "opencv-python-headless==5.0.0.93", "simplejpeg==1.9.0", "imageio-ffmpeg==0.8.1", "numpy==2.4.6"}

// decoders installs them, and returns the environment's folder of programs.
var decoders = sync.OnceValues(func() (string, error) { return environment(imageDecoders...) })

// TestDecoders has the usual decoders read generated images of every kind, from one pixel on.
func TestDecoders(t *testing.T) {
	defer timed("14 generated images, the usual decoders")()
	bin := tool(t, decoders)
	painted := paintedFiles{dir: t.TempDir()}
	for _, size := range []media.Size{{Width: 1, Height: 1}, {Width: 2, Height: 1}, {Width: 15, Height: 17}, {Width: 16, Height: 16}, {Width: 33, Height: 15},
		{Width: 1, Height: 300}, {Width: 3, Height: 2000}, {Width: 2000, Height: 3}, {Width: 100, Height: 100}, {Width: 513, Height: 511}, {Width: 640, Height: 360}} {
		for kind, source := range []media.Source{media.Noise{Seed: 5, Size: size}, media.PhotoJPEG{Seed: 5, Size: size}, media.PhotoPNG{Seed: 5, Size: size}} {
			painter := source.Painter()
			for i := range uint32(40) {
				name := fmt.Sprintf("%s_%d_%02d%s", size, kind, i, source.Item(i).Extension)
				painted.add(t, name, painter, i)
			}
		}
	}
	painted.checkDecoded(t, bin, "decoders.py")
}

// paintedFiles are images or videos in a folder.
type paintedFiles struct {
	dir   string
	count int
}

// add puts a file of the painter's into the folder.
func (f *paintedFiles) add(t *testing.T, name string, painter media.Painter, number uint32) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(f.dir, name), mediatest.Paint(t, painter, number), 0o644); err != nil {
		t.Fatal(err)
	}
	f.count++
}

// checkDecoded has a script of this folder decode the files, and wants all of them.
func (f *paintedFiles) checkDecoded(t *testing.T, bin, script string) {
	t.Helper()
	output, err := run(exec.CommandContext(t.Context(), filepath.Join(bin, "python"), filepath.Join(root, "e2e", script), f.dir))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.TrimSpace(output); got != fmt.Sprint(f.count) {
		t.Errorf("%s of %d files were decoded", got, f.count)
	}
}
