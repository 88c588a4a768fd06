package files

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Places tells how this process and those that come after it see the same files. The zero value of everything but Dir
// says that both see them under the same names.
type Places struct {
	Dir    string  // the working directory, absolute
	Shared []Mount // if not empty, the only folders that the next reader sees
	Owner  *Owner  // if not nil, whom new files and folders are given to
}

// MaxName is the longest name of a file, in bytes, that leaves room for a suffix on most file systems, which take 255.
const MaxName = 240

// A Mount is a folder under its two names, both absolute.
type Mount struct {
	Here, Next string
}

// Owner is a user and a group by number.
type Owner struct {
	UID, GID int
}

// A Place is a file or folder under its two names, both absolute.
type Place struct {
	Here string // as this process sees it
	Next string // as the next reader sees it
}

// Find returns the place of a path that the user gave, relative to the working directory unless absolute.
func (p Places) Find(path string) (Place, error) {
	here := path
	if !filepath.IsAbs(here) {
		here = filepath.Join(p.Dir, here)
	}
	here = filepath.Clean(here)
	if len(p.Shared) == 0 {
		return Place{Here: here, Next: here}, nil
	}
	var folders []string
	for _, m := range p.Shared {
		if IsWithin(here, m.Here) && IsWithin(Resolve(here), Resolve(m.Here)) {
			return Place{Here: here, Next: filepath.Join(m.Next, strings.TrimPrefix(here, m.Here))}, nil
		}
		folders = append(folders, m.Here)
	}
	return Place{}, fmt.Errorf("the next step does not see %q: put it under %s", Resolve(here), strings.Join(folders, " or "))
}

// IsWithin reports whether a clean path is a folder or inside it.
func IsWithin(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// Resolve follows the symbolic links in that part of a path that exists.
func Resolve(path string) string { return resolveLinks(path, maxLinks) }

// maxLinks is after how many links that lead nowhere, one to the other, they are taken for a circle; Linux follows 40.
const maxLinks = 40

func resolveLinks(path string, most int) string {
	real, err := filepath.EvalSymlinks(path)
	if err == nil || filepath.Dir(path) == path {
		return real
	}
	// A link that leads nowhere exists as well, and what is written to it would go where it leads, perhaps over other links.
	if target, err := os.Readlink(path); err == nil && most > 0 {
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		return resolveLinks(filepath.Clean(target), most-1)
	}
	return filepath.Join(resolveLinks(filepath.Dir(path), most), filepath.Base(path))
}

// Beside returns the place of a file whose name is p's and a suffix.
func (p Place) Beside(suffix string) Place {
	return Place{Here: p.Here + suffix, Next: p.Next + suffix}
}

// Take gives an open file to the owner, if there is one to give it to.
func (o *Owner) Take(f *os.File) error {
	if o == nil {
		return nil
	}
	return f.Chown(o.UID, o.GID)
}
