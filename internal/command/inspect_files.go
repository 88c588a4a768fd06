package command

import (
	"os"
	"path/filepath"
	"strings"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inspect"
)

// imageFiles opens the images that rows of a workflow's file name: those in the folders that an action may read, and no others, whatever
// links there are. Rows name them as later steps see them.
type imageFiles struct {
	shared []files.Mount
	roots  []*os.Root
}

// openImageFiles opens the folders. One that cannot be opened has no images.
func openImageFiles(places files.Places) *imageFiles {
	all := new(imageFiles)
	for _, mount := range places.Shared {
		if root, err := os.OpenRoot(mount.Here); err == nil {
			all.shared = append(all.shared, mount)
			all.roots = append(all.roots, root)
		}
	}
	return all
}

func (i *imageFiles) close() {
	for _, root := range i.roots {
		root.Close()
	}
}

// open is an inspect.Options.Open.
func (i *imageFiles) open(path string) (*os.File, error) {
	for at, mount := range i.shared {
		for _, folder := range []string{mount.Here, mount.Next} {
			if name, below := strings.CutPrefix(path, strings.TrimSuffix(folder, "/")+"/"); below {
				name = strings.TrimLeft(name, "/")
				if name == "" {
					name = "."
				}
				return inspect.OpenBelow(i.roots[at], filepath.FromSlash(name))
			}
		}
	}
	return nil, inspect.ErrOutside
}
