package files

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Places tells how this process and those that come after it see the same files. The zero value of everything but Dir
// says that both see them under the same names.
type Places struct {
	Dir    string  // the working directory, absolute; "" if it has been removed
	Shared []Mount // if not empty, the only folders that this process reads and writes in, and that the next reader sees
	Owner  *Owner  // if not nil, whom new files and folders are given to
}

// A Mount is a folder under its two names, both absolute.
type Mount struct {
	Here, Next string
	// Lookup stands in tests for a file system that finds files under other names than their own, as one without case does: it returns which of
	// the names in a folder a name is taken for, or the name itself. It is nil for what the system does.
	Lookup func(names []string, name string) string

	held *heldFolder // nil until Hold
}

// heldFolder is a folder that is held open: whatever its path leads to later, everything goes through the folder that was there.
type heldFolder struct {
	path   string // without links
	root   *os.Root
	lookup func(names []string, name string) string
}

// Hold opens the shared folders. From then on nothing is read or written outside of them through a place that Find returns, also if somebody
// puts links into them between the check of a path and its use.
func (p Places) Hold() (Places, error) {
	p.Shared = slices.Clone(p.Shared)
	for i := range p.Shared {
		m := &p.Shared[i]
		path, err := filepath.EvalSymlinks(m.Here)
		if err != nil {
			return Places{}, err
		}
		root, err := os.OpenRoot(path)
		if err != nil {
			return Places{}, err
		}
		m.held = &heldFolder{path, root, m.Lookup}
	}
	return p, nil
}

// inside returns a path without links as a path from the folder.
func (h *heldFolder) inside(path string) (string, error) {
	rel, err := filepath.Rel(h.path, path)
	if err != nil || !filepath.IsLocal(rel) {
		return "", &fs.PathError{Op: "open", Path: path, Err: errOutside}
	}
	return rel, nil
}

// errOutside says that a path leads out of the folders that this process may use. A path that did not when it was checked has become a link.
var errOutside = errors.New("it leads out of the workspace by now")

// MaxName is the longest name of a file, in bytes, that leaves room for a suffix on most file systems, which take 255.
const MaxName = 240

// Owner is a user and a group by number.
type Owner struct {
	UID, GID int
}

// A Place is a file or folder under its two names, both absolute.
type Place struct {
	Here string // as this process sees it
	Next string // as the next reader sees it

	in *heldFolder // what it must not leave; nil where every folder may be used
}

// Find returns the place of a path that the user gave, relative to the working directory unless absolute.
func (p Places) Find(path string) (Place, error) {
	here, err := p.Absolute(path)
	if err != nil {
		return Place{}, err
	}
	if len(p.Shared) == 0 {
		return Place{Here: here, Next: here}, nil
	}
	var folders []string
	for _, m := range p.Shared {
		if IsWithin(here, m.Here) && IsWithin(Resolve(here), Resolve(m.Here)) {
			return Place{here, filepath.Join(m.Next, strings.TrimPrefix(here, m.Here)), m.held}, nil
		}
		folders = append(folders, m.Here)
	}
	return Place{}, fmt.Errorf("the next step does not see %q: put it under %s", Resolve(here), strings.Join(folders, " or "))
}

// Beside are the places in the folder of a file that the user gave: paths are relative to that folder, and lead nowhere else. The folder is
// held open.
func (p Places) Beside(path string) (Places, error) {
	here, err := p.Absolute(path)
	if err != nil {
		return Places{}, err
	}
	folder := filepath.Dir(here)
	return Places{Dir: folder, Shared: []Mount{{Here: folder, Next: folder}}}.Hold()
}

// Absolute returns a path that the user gave as a clean path from the root.
func (p Places) Absolute(path string) (string, error) {
	switch {
	case filepath.IsAbs(path):
		return filepath.Clean(path), nil
	case p.Dir == "":
		return "", errors.New("the working folder has been removed: give an absolute path, or work in a folder that exists")
	}
	return filepath.Join(p.Dir, path), nil
}

// longestName is the longest name of a file, in bytes, that any usual file system takes.
const longestName = 255

// CheckLength returns an error if the file system takes no file with such a path, because it is too long, or a name in it.
func CheckLength(path string) error {
	for name := range strings.SplitSeq(filepath.ToSlash(path), "/") {
		if len(name) > longestName {
			return fmt.Errorf("%.40q… is a name of %d bytes: give one of at most %d", name, len(name), longestName)
		}
	}
	if _, err := os.Lstat(path); errors.Is(err, syscall.ENAMETOOLONG) {
		return fmt.Errorf("it has %d bytes, and the file system takes no path or name of that length: give a shorter one", len(path))
	}
	return nil
}

// Open opens a file that the user gave, to read it, wherever links lead in the folders that may be used.
func (p Places) Open(path string) (*os.File, error) {
	place, err := p.Find(path)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return place.Open()
}

// Remove removes the file, or the link, that has the place's name.
func (p Place) Remove() error {
	folder, err := p.Folder().OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Remove(filepath.Base(p.Here))
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
	return Place{p.Here + suffix, p.Next + suffix, p.in}
}

// Join returns the place of a file in the folder p.
func (p Place) Join(name string) Place {
	return Place{filepath.Join(p.Here, name), filepath.Join(p.Next, name), p.in}
}

// Folder returns the place of the folder that p is in.
func (p Place) Folder() Place {
	return Place{filepath.Dir(p.Here), filepath.Dir(p.Next), p.in}
}

// Target returns the place that p leads to if it is a link, without links; the next reader's name for that is not known.
func (p Place) Target() Place { return Place{Here: Resolve(p.Here), in: p.in} }

// FS returns the folder that p is, to read what is in it. Links lead wherever Open follows them.
func (p Place) FS() fs.FS { return placeFS{p} }

type placeFS struct{ folder Place }

func (f placeFS) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	return f.folder.Join(name).Open()
}

func (f placeFS) Stat(name string) (fs.FileInfo, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrInvalid}
	}
	return f.folder.Join(name).Stat()
}

// Stat describes what is there, or what the links there lead to.
func (p Place) Stat() (fs.FileInfo, error) {
	if p.in == nil {
		return os.Stat(p.Here)
	}
	rel, err := p.in.inside(Resolve(p.Here))
	if err != nil {
		return nil, err
	}
	return p.in.root.Stat(rel)
}

// Open opens the file to read it. It does not wait for the writer of a pipe that was put in the place of the file.
func (p Place) Open() (*os.File, error) {
	if p.in == nil {
		return os.Open(p.Here)
	}
	rel, err := p.in.inside(Resolve(p.Here))
	if err != nil {
		return nil, err
	}
	return p.in.root.OpenFile(rel, os.O_RDONLY|noWaiting, 0)
}
