package program

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// OldManifest and OldPage are what runs take for a manifest and a page of this program, which they may replace.
const (
	OldManifest = `{"format": 1, "mmjsonl": "v0", "inputs": {}, "file": {"name": "x.jsonl"}}` + "\n"
	OldPage     = `<!DOCTYPE html><meta name="generator" content="mmjsonl"/>` + "\n"
)

// Write makes a file, and the folders it is in.
func Write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o666); err != nil {
		t.Fatal(err)
	}
}

// Snapshot lists what is below a folder: each file with its time and digest, a symbolic link with its target. Two that are equal mean
// that nothing was written in between.
func Snapshot(t *testing.T, dir string) string {
	t.Helper()
	listing, err := List(dir)
	if err != nil {
		t.Fatal(err)
	}
	return listing
}

// Nothing is the Snapshot of an empty folder.
const Nothing = "./\n"

// List is Snapshot for callers without a test.
func List(dir string) (string, error) {
	var lines []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			lines = append(lines, rel+"/")
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(name)
			lines = append(lines, rel+" -> "+target)
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		lines = append(lines, fmt.Sprintf("%s %d %x", rel, info.ModTime().UnixNano(), sha256.Sum256(data)))
		return nil
	})
	slices.Sort(lines)
	return strings.Join(lines, "\n") + "\n", err
}

// Files lists the files below a folder by their paths from there, sorted.
func Files(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			name, _ := filepath.Rel(dir, path)
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// DecodePNG returns the RGB bytes of an opaque image of this size, WIDTHxHEIGHT.
func DecodePNG(data []byte, size string) (string, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	if got := fmt.Sprintf("%dx%d", img.Bounds().Dx(), img.Bounds().Dy()); got != size {
		return "", fmt.Errorf("is %s, want %s", got, size)
	}
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		return "", errors.New("is not an opaque RGB image")
	}
	box := img.Bounds()
	pixels := make([]byte, 0, 3*box.Dx()*box.Dy())
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			r, g, b, _ := img.At(x, y).RGBA()
			pixels = append(pixels, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return string(pixels), nil
}
