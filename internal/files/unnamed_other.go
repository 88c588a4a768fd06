//go:build !linux

package files

import (
	"errors"
	"os"
)

// CreateUnnamed says that there are no files without a name.
func CreateUnnamed(folder string) (*os.File, error) { return nil, errors.ErrUnsupported }

func GiveName(f *os.File, path string) error { return errors.ErrUnsupported }
