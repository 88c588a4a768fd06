//go:build !linux

package files

import (
	"errors"
	"os"
)

// CreateUnnamed says that there are no files without a name.
func (f *Folder) CreateUnnamed() (*os.File, error) { return nil, errors.ErrUnsupported }

// GiveName cannot be called.
func (f *Folder) GiveName(*os.File, string, bool) error { return errors.ErrUnsupported }
