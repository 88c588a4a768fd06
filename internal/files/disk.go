package files

import (
	"os"
	"path/filepath"
)

// Existing returns the folder, or the nearest one above it that exists.
func Existing(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil || filepath.Dir(folder) == folder {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}
