//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"mmjsonl/internal/media"
)

// encoding is a row of the table of encoders: making images, against an encoder on their very pixels.
type encoding struct {
	name   string
	source media.Source
	shown  string
	aim    string
	images int // in each turn
	// encode encodes pixels; nil: encode.py does it, with this encoder.
	encode func(image.Image) error
	python string
}

// discard counts what is written.
type discard int64

func (d *discard) Write(p []byte) (int, error) {
	*d += discard(len(p))
	return len(p), nil
}

var encodings = []encoding{
	{
		name: "photo JPEGs of 1280×720, quality 85", source: media.PhotoJPEG{Seed: 1, Size: media.Size{Width: 1280, Height: 720}}, images: 10,
		shown: "Go's `image/jpeg`, the same pixels", aim: "≥ 40",
		encode: func(img image.Image) error { return jpeg.Encode(new(discard), img, &jpeg.Options{Quality: 85}) },
	}, {
		name: "photo JPEGs of 1280×720, quality 85", source: media.PhotoJPEG{Seed: 1, Size: media.Size{Width: 1280, Height: 720}}, images: 10,
		shown: "Pillow (libjpeg-turbo), the same pixels", aim: "≥ 5", python: "pillow",
	}, {
		name: "photo PNGs of 512×512", source: media.PhotoPNG{Seed: 1, Size: media.Size{Width: 512, Height: 512}}, images: 20,
		shown: "Go's `image/png` at its best speed, the same pixels", aim: "≥ 50",
		encode: func(img image.Image) error {
			return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(new(discard), img)
		},
	}, {
		name: "clips of 320×240, 32 frames", source: media.Clips{Seed: 1, Size: media.Size{Width: 320, Height: 240}, Rate: 8, Seconds: 4}, images: 10,
		shown: "libx264 at `ultrafast`, the same frames, without the start of ffmpeg", aim: "≥ 100", python: "x264",
	},
}

// measureEncoders times making images against encoding their pixels, in turns, by processor time: each is on one core. python is an interpreter with
// Pillow and PyAV; "" leaves out what needs it.
func (b *bench) measureEncoders(only, python string, tee func(string, ...any)) error {
	tee("%s; medians of %d pairs.\n\n", machine(), b.pairs)
	tee("| made | against | times as fast (lowest to highest) | aim | made in a second |\n|---|---|---|---|---|\n")
	for _, e := range encodings {
		if e.python != "" && python == "" || !bytes.Contains([]byte(e.name+e.shown), []byte(only)) {
			continue
		}
		ratios, seconds, err := b.encoders(e, python)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		tee("| %s | %s | %.0f (%.0f to %.0f) | %s | %.0f |\n", e.name, e.shown, median(ratios), slices.Min(ratios), slices.Max(ratios), e.aim, 1/median(seconds))
	}
	return nil
}

func (b *bench) encoders(e encoding, python string) (ratios, seconds []float64, err error) {
	out, _, err := b.folder()
	if err != nil {
		return nil, nil, err
	}
	painter := e.source.Painter()
	var content []byte
	paint := func(i uint32) error {
		content = content[:0]
		err := painter.Begin(i)
		for more := err == nil; more && err == nil; {
			content, more, err = painter.Append(content)
		}
		return err
	}
	var files []string
	var pixels []image.Image
	for i := range uint32(e.images) {
		if err := paint(i); err != nil {
			return nil, nil, err
		}
		name := filepath.Join(out, fmt.Sprint(i)+e.source.Item(i).Extension)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			return nil, nil, err
		}
		files = append(files, name)
		if e.encode != nil {
			img, _, err := image.Decode(bytes.NewReader(content))
			if err != nil {
				return nil, nil, err
			}
			pixels = append(pixels, img)
		}
	}
	other := func() (float64, error) {
		begin := usedHere()
		for _, img := range pixels {
			if err := e.encode(img); err != nil {
				return 0, err
			}
		}
		return (usedHere() - begin) / float64(len(pixels)), nil
	}
	if e.python != "" {
		cmd := exec.Command(python, append([]string{"bench/encode.py", e.python}, files...)...)
		cmd.Stderr = os.Stderr
		asked, err := cmd.StdinPipe()
		if err != nil {
			return nil, nil, err
		}
		answers, err := cmd.StdoutPipe()
		if err != nil {
			return nil, nil, err
		}
		if err := cmd.Start(); err != nil {
			return nil, nil, err
		}
		defer cmd.Wait()
		defer asked.Close()
		lines := bufio.NewScanner(answers)
		other = func() (float64, error) {
			if _, err := fmt.Fprintln(asked); err != nil {
				return 0, err
			}
			if !lines.Scan() {
				return 0, fmt.Errorf("bench/encode.py ended: %w", lines.Err())
			}
			return strconv.ParseFloat(lines.Text(), 64)
		}
	}
	const times = 20 // as many images as the other one has, since they take a fraction of its time
	for pair := range b.pairs + 1 {
		begin := usedHere()
		for i := range uint32(e.images * times) {
			if err := paint(uint32(pair)<<20 | i); err != nil {
				return nil, nil, err
			}
		}
		took := (usedHere() - begin) / float64(e.images*times)
		encoded, err := other()
		if err != nil {
			return nil, nil, err
		}
		if pair > 0 { // the first is not counted
			ratios, seconds = append(ratios, encoded/took), append(seconds, took)
		}
	}
	return ratios, seconds, nil
}

// usedHere is how long this process ran so far, in seconds.
func usedHere() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
