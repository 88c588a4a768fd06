//go:build unix

package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// compressible are images whose compression is measured: a name, and the arguments that make them.
var compressible = [][2]string{
	{"60 photo PNGs of 512×512", "-n=60 --image-content=photo --image-size=512"},
	{"60 photo JPEGs of 1280×720", "-n=60 --image-format=jpeg --image-size=1280x720"},
	{"200 clips of 320×240", "-n=200 --image-format=mp4 --image-size=320x240"},
}

// measureCompression says how much smaller other programs make images; python is an interpreter with pyoxipng.
func (b *bench) measureCompression(only, python string, tee func(string, ...any)) error {
	tee("| made | packed by | smaller by |\n|---|---|---|\n")
	for _, c := range compressible {
		if !strings.Contains(c[0], only) {
			continue
		}
		out, words, err := b.folder()
		if err != nil {
			return err
		}
		if _, err := b.timed(out, "PROGRAM --quiet --images-per-request=1 --image-dir=images -o=x.jsonl "+c[1], words); err != nil {
			return err
		}
		rows, err := exec.Command(python, "bench/compress.py", c[0], out+"/images").Output()
		if err != nil {
			return fmt.Errorf("failed to pack %s: %w", c[0], err)
		}
		tee("%s", rows)
	}
	return nil
}
