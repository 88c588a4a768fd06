//go:build e2e

package zstdframe

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"os/exec"
	"testing"
)

// decode has the zstd command decode a frame, without being told of its window.
func decode(t *testing.T, packed []byte) []byte {
	t.Helper()
	command := exec.Command("zstd", "-d", "-c")
	var fault bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(packed), &fault
	content, err := command.Output()
	if err != nil {
		t.Fatalf("zstd on %d bytes: %v: %s", len(packed), err, &fault)
	}
	return content
}

func TestCommandReadsEachLength(t *testing.T) {
	for _, n := range append(lengths, 786432, 1<<20+1) {
		source := newSource(uint64(n))
		var f frame
		f.appendText(words(source, n))
		f.appendText(noise(source, n))
		f.appendBase64(noise(source, n))
		if n >= minRepeat {
			f.appendRepeat(n, n)
			f.appendRepeat(1, n)
		}
		f.compare(t, decode(t, f.whole(Window(int64(len(f.content))), true)))
		f.compare(t, decode(t, f.whole(maxWindow, false)))
	}
}

func TestCommandReadsBase64OfEachLength(t *testing.T) {
	for n := leastBase - 2; n < leastBase+50; n++ {
		var f frame
		f.appendBase64(noise(newSource(uint64(n)), n))
		f.compare(t, decode(t, f.whole(Window(int64(len(f.content))), true)))
	}
}

func TestCommandReadsAnyOrder(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			source := newSource(seed)
			window := int64(maxBlock) << source.IntN(4)
			var f frame
			interleave(&f, source, 1+source.IntN(20), window, source.IntN)
			f.compare(t, decode(t, f.whole(window, false)))
			f.compare(t, decode(t, f.whole(window, true)))
		})
	}
}

func TestCommandReadsRepeatsFromTheWindowsEdge(t *testing.T) {
	for _, window := range []int64{maxBlock, 1 << 20, maxWindow} {
		source := newSource(uint64(window))
		var f frame
		f.appendBase64(noise(source, 1000*Base64Step))
		f.appendRepeat(1000, int(window)-len(f.content))
		for range 3 {
			f.appendText(noise(source, 1+source.IntN(100)))
			f.appendRepeat(int(window), 300000)
		}
		f.compare(t, decode(t, f.whole(window, false)))
	}
}

func TestCommandReadsRowsFromAPool(t *testing.T) {
	for name, p := range newPools() {
		t.Run(name, func(t *testing.T) {
			command := exec.Command("zstd", "-d", "-c")
			in, err := command.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			got, want := crc32.NewIEEE(), crc32.NewIEEE()
			var fault bytes.Buffer
			command.Stdout, command.Stderr = got, &fault
			if err := command.Start(); err != nil {
				t.Fatal(err)
			}
			p.packed = func(part []byte) {
				if err == nil {
					_, err = in.Write(part)
				}
			}
			p.content = func(part []byte) { want.Write(part) }
			p.write()
			if closing := in.Close(); err == nil {
				err = closing
			}
			if ended := command.Wait(); ended != nil || err != nil {
				t.Fatalf("zstd: %v, %v: %s", ended, err, &fault)
			}
			if got.Sum32() != want.Sum32() {
				t.Error("what the command decoded has another checksum than the content")
			}
		})
	}
}
