package generator

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// slowFile is a file in memory, whose writes wait for one another.
type slowFile struct {
	content []byte
	fails   int64 // this write of it, counted from 1; 0: none
	writes  atomic.Int64
	writing atomic.Int32
	begun   func() // each write
}

var errDisk = errors.New("the disk is gone")

func (f *slowFile) WriteAt(p []byte, at int64) (int, error) {
	defer f.writing.Add(-1)
	if f.writing.Add(1) > 1 {
		return 0, errors.New("two at a time")
	}
	if f.begun != nil {
		f.begun()
	}
	if f.writes.Add(1) == f.fails {
		return 0, errDisk
	}
	return copy(f.content[at:], p), nil
}

// All sections are where they belong once all calls have returned, by one write at a time, and no buffer is in two hands.
func TestPlacedWriter(t *testing.T) {
	t.Parallel()
	const workers, each, size = 5, 400, 64
	file := &slowFile{content: make([]byte, workers*each*size)}
	w := newPlacedWriter(file)
	var group sync.WaitGroup
	for worker := range workers {
		group.Go(func() {
			buffer := make([]byte, 0, size)
			for i := range each {
				n := worker*each + i
				section := append(buffer, bytes.Repeat([]byte{byte(n % 251)}, size)...)
				var err error
				if buffer, err = w.write(placed{section, int64(n * size)}); err != nil || len(buffer) != 0 || cap(buffer) < size {
					t.Errorf("a buffer of %d of %d bytes, %v", len(buffer), cap(buffer), err)
					return
				}
			}
		})
	}
	group.Wait()
	for i, b := range file.content {
		if b != byte(i/size%251) {
			t.Fatalf("byte %d is that of another section", i)
		}
	}
	if file.writes.Load() != workers*each {
		t.Errorf("%d writes, want %d", file.writes.Load(), workers*each)
	}
}

// While a section is written, others are taken and not waited for; the call that wrote it also writes those.
func TestPlacedWriterTakesMeanwhile(t *testing.T) {
	t.Parallel()
	begun, goOn := make(chan struct{}), make(chan struct{})
	file := &slowFile{content: make([]byte, 1+mostLeft)}
	file.begun = func() {
		if file.writes.Load() == 0 {
			close(begun)
			<-goOn
		}
	}
	w := newPlacedWriter(file)
	var group sync.WaitGroup
	group.Go(func() { w.write(placed{[]byte("0"), 0}) })
	<-begun
	for i := range mostLeft {
		if _, err := w.write(placed{[]byte{byte('1' + i)}, int64(1 + i)}); err != nil {
			t.Error(err)
		}
	}
	close(goOn)
	group.Wait()
	if want := "0123456789"[:1+mostLeft]; string(file.content) != want {
		t.Errorf("the file is %q, want %q", file.content, want)
	}
}

// An error is what every call from then on returns, of those that wait too.
func TestPlacedWriterFails(t *testing.T) {
	t.Parallel()
	file := &slowFile{content: make([]byte, 1000), fails: 20}
	w := newPlacedWriter(file)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i := range 100 {
				if _, err := w.write(placed{[]byte("x"), int64(i)}); err != nil {
					if err != errDisk {
						t.Errorf("got %v, want %v", err, errDisk)
					}
					return
				}
			}
			t.Error("no error")
		})
	}
	group.Wait()
	if file.writes.Load() != 20 {
		t.Errorf("%d writes, want none after the one that failed", file.writes.Load())
	}
}
