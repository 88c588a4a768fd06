//go:build !linux

package generator

import (
	"errors"
	"os"
)

// createUnnamed says that there are no files without a name.
func createUnnamed(folder string) (*os.File, error) { return nil, errors.ErrUnsupported }

func giveName(f *os.File, path string) error { return errors.ErrUnsupported }
