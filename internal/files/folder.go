package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// A Folder is a folder that is held open. What is made in it by a plain name gets into that folder and no other, also if somebody renames
// it meanwhile, or puts a link in its place.
type Folder struct {
	Path string // as messages show it

	place Place
	root  *os.Root // nil where a process may write to a folder and not read it: then names are looked up by the path
	dir   *os.File // the same folder, for calls that take a descriptor; nil with root
	info  fs.FileInfo
}

// OpenFolder opens the folder that is at a place.
func (p Place) OpenFolder() (*Folder, error) {
	f := &Folder{Path: p.Here, place: p}
	var err error
	if p.in == nil {
		if f.root, err = os.OpenRoot(p.Here); errors.Is(err, fs.ErrPermission) && Writable(p.Here) {
			return f, nil
		}
	} else {
		var rel string
		if rel, err = p.in.inside(Resolve(p.Here)); err == nil {
			f.root, err = p.in.root.OpenRoot(rel)
		}
	}
	if err == nil {
		f.dir, err = f.root.Open(".")
	}
	if err == nil {
		f.info, err = f.dir.Stat()
	}
	if err != nil {
		f.Close()
		return nil, Explain("open the folder", p.Here, err)
	}
	return f, nil
}

// MakeFolder makes the folder of a place and those above it, gives those it made to the owner if there is one, and opens it.
func (p Place) MakeFolder(owner *Owner) (*Folder, error) {
	if _, err := p.Stat(); err == nil {
		return p.OpenFolder()
	}
	if above := p.Folder(); above.Here != p.Here {
		// A link that leads nowhere is made a folder where it leads.
		if target := p.Target(); target.Here != p.Here {
			p, above = target, target.Folder()
		}
		parent, err := above.MakeFolder(owner)
		if err != nil {
			return nil, err
		}
		defer parent.Close()
		if err := parent.makeFolder(filepath.Base(p.Here), owner); err != nil {
			return nil, err
		}
	}
	return p.OpenFolder()
}

// makeFolder makes a folder in a folder, unless another run was first.
func (f *Folder) makeFolder(name string, owner *Owner) error {
	path := filepath.Join(f.Path, name)
	make := f.mkdir
	if owner != nil {
		make = f.mkdirMarked
	}
	err := make(name)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return Explain("make the folder", path, err)
	}
	if owner == nil {
		return nil
	}
	folder, err := f.openFile(name, os.O_RDONLY|noWaiting, 0)
	if err != nil {
		return Explain("give away", path, err)
	}
	defer folder.Close()
	if err := giveFolder(folder, owner); err != nil {
		return Explain("give away", path, err)
	}
	return nil
}

// folderMode is the mode of folders that are made, before the process's mask. One that is to be given away has the sticky bit as well, until it
// is: that says that the folder which has the name when it is opened is the one that was made, and not another of this user's that somebody
// has put in its place.
const folderMode = 0o755

// giveFolder gives an open folder that was just made to the owner.
func giveFolder(folder *os.File, owner *Owner) error {
	info, err := folder.Stat()
	if err != nil {
		return err
	}
	mode := info.Mode()
	const marked = fs.ModeDir | fs.ModeSticky
	entries, _ := folder.Readdirnames(1) // that there are none is an error to it
	if mode&^fs.ModePerm != marked || mode.Perm()&^folderMode != 0 || !isMine(info) || len(entries) > 0 {
		return nil // somebody has put it there, and it stays theirs
	}
	if err := folder.Chmod(mode.Perm()); err != nil {
		return err
	}
	return owner.Take(folder)
}

// Take gives an open file to the owner, if there is one to give it to.
func (o *Owner) Take(f *os.File) error {
	if o == nil {
		return nil
	}
	return f.Chown(o.UID, o.GID)
}

// Close lets go of the folder.
func (f *Folder) Close() error {
	if f.root == nil {
		return nil
	}
	return errors.Join(f.dir.Close(), f.root.Close()) // of a nil file: an error that nobody sees
}

// CheckPath returns an error if another folder has the folder's path by now, or none.
func (f *Folder) CheckPath() error {
	now, err := os.Stat(f.Path)
	if err == nil && f.info != nil && !os.SameFile(now, f.info) {
		err = fs.ErrNotExist
	}
	return err
}

// CheckNew returns an error if another folder has the folder's path by now, or none, and removes the file that this process has just put there
// under a name that was free.
func (f *Folder) CheckNew(name string) error {
	err := f.CheckPath()
	if err != nil {
		f.Remove(name)
	}
	return err
}

// same reports whether two are one folder, by whatever paths.
func (f *Folder) same(other *Folder) bool {
	if f.root == nil || other.root == nil {
		return f.Path == other.Path
	}
	return os.SameFile(f.info, other.info)
}

// Names lists what is in the folder, in no order.
func (f *Folder) Names() ([]string, error) {
	folder, err := f.openFile(".", os.O_RDONLY, 0)
	if err != nil {
		return nil, Explain("read the folder", f.Path, err)
	}
	defer folder.Close()
	names, err := folder.Readdirnames(-1)
	if err != nil {
		return nil, Explain("read the folder", f.Path, err)
	}
	return names, nil
}

// Stat describes a file in the folder, or what it leads to if it is a link.
func (f *Folder) Stat(name string) (fs.FileInfo, error) {
	info, err := f.lstat(name)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return f.place.Join(name).Stat()
	}
	return info, err
}

// IsOther reports whether the file system finds a file under a name that is not its own, as one without case does.
func (f *Folder) IsOther(name, own string) bool {
	found, err := f.lstat(name)
	if err != nil {
		return false
	}
	file, err := f.lstat(own)
	return err == nil && os.SameFile(found, file)
}

// Open opens a file in the folder to read it, or what it leads to if it is a link.
func (f *Folder) Open(name string) (*os.File, error) {
	flag := os.O_RDONLY
	if f.place.in != nil {
		flag |= noWaiting
	}
	file, err := f.openFile(name, flag, 0)
	if err != nil {
		if info, fault := f.lstat(name); fault == nil && info.Mode()&fs.ModeSymlink != 0 {
			return f.place.Join(name).Open()
		}
	}
	return file, err
}

// Create creates a file in the folder under a name that must be free.
func (f *Folder) Create(name string) (*os.File, error) {
	return f.openFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// OpenToWrite opens a file that is in the folder, itself and not what it leads to, to read it and to write to it.
func (f *Folder) OpenToWrite(name string) (*os.File, error) {
	if info, err := f.lstat(name); err != nil || !info.Mode().IsRegular() {
		if err == nil {
			err = &fs.PathError{Op: "open", Path: f.path(name), Err: errors.New("it is not a plain file")}
		}
		return nil, err
	}
	return f.openFile(name, os.O_RDWR|noWaiting, 0)
}

// Remove removes a file from the folder.
func (f *Folder) Remove(name string) error {
	name = f.found(name)
	if f.root == nil {
		return os.Remove(f.path(name))
	}
	return f.root.Remove(name)
}

// found returns the name of the file that is found under a name.
func (f *Folder) found(name string) string {
	if in := f.place.in; in != nil && in.lookup != nil && name != "." {
		if names, err := f.Names(); err == nil {
			return in.lookup(names, name)
		}
	}
	return name
}

func (f *Folder) openFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	name = f.found(name)
	if f.root == nil {
		return os.OpenFile(f.path(name), flag, perm)
	}
	return f.root.OpenFile(name, flag, perm)
}

func (f *Folder) lstat(name string) (fs.FileInfo, error) {
	name = f.found(name)
	if f.root == nil {
		return os.Lstat(f.path(name))
	}
	return f.root.Lstat(name)
}

func (f *Folder) mkdir(name string) error {
	name = f.found(name)
	if f.root == nil {
		return os.Mkdir(f.path(name), folderMode)
	}
	return f.root.Mkdir(name, folderMode)
}

func (f *Folder) rename(from, to string) error {
	from, to = f.found(from), f.found(to)
	if f.root == nil {
		return os.Rename(f.path(from), f.path(to))
	}
	return f.root.Rename(from, to)
}

func (f *Folder) link(from, to string) error {
	from, to = f.found(from), f.found(to)
	if f.root == nil {
		return os.Link(f.path(from), f.path(to))
	}
	return f.root.Link(from, to)
}

func (f *Folder) path(name string) string { return filepath.Join(f.Path, name) }
