//go:build unix

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// partStatic is this program's first argument where it is a job of itself.
const partStatic = "static"

// writeStatic writes as many files as the default job, on two workers, each from one buffer whose content nobody made. It does so as most
// programs would: under another name first, and without asking for room.
func writeStatic(dir string) error {
	const images, bytes = 1500, 787_072
	var all sync.WaitGroup
	errs := make([]error, 2)
	for worker := range errs {
		all.Go(func() {
			buffer := make([]byte, bytes)
			for image := worker; image < images && errs[worker] == nil; image += len(errs) {
				errs[worker] = writeAndRename(filepath.Join(dir, fmt.Sprintf("img_%04d.png", image)), buffer)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

func writeAndRename(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "*.part")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
