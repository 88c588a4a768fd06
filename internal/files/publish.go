package files

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Staged is a file that is written, and has yet to appear under its name.
type Staged struct {
	Temp  *os.File // under its temporary name
	Final string   // its path
}

// PublishTogether moves temporary files to their final names: all of them, or none. The last is the one that the others are about, so that
// whoever sees it finds them there. Of several runs that write the same names, all of these are one run's.
func PublishTogether(files []Staged, owner *Owner) error {
	if len(files) == 0 {
		return nil
	}
	defer func() {
		for _, file := range files {
			os.Remove(file.Temp.Name()) // what has its final name has this one no more
			os.Remove(file.before())
		}
	}()
	var errs []error
	for _, file := range files {
		if err := closeFor(owner, file.Temp); err != nil {
			errs = append(errs, Explain("write", file.Final, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	last := len(files) - 1
	defer LockFolder(filepath.Dir(files[last].Final))()
	for i, file := range files {
		if i < last {
			// Where there are no links, or no room for one, the name is free for a moment. A folder in the way stays there, and is the fault below.
			info, there := os.Lstat(file.Final)
			if err := os.Link(file.Final, file.before()); err != nil && there == nil && !info.IsDir() {
				os.Rename(file.Final, file.before())
			}
		}
		if err := os.Rename(file.Temp.Name(), file.Final); err != nil {
			for _, appeared := range files[:i] {
				appeared.takeBack()
			}
			_ = os.Rename(file.before(), file.Final) // if its name was freed
			return Explain("write", file.Final, err)
		}
	}
	return nil
}

// takeBack puts back what stood under the final name before, or leaves nothing there.
func (f Staged) takeBack() {
	if os.Rename(f.before(), f.Final) != nil {
		os.Remove(f.Final)
	}
}

// before is the name under which what the file replaces is kept for a moment.
func (f Staged) before() string {
	return strings.TrimSuffix(f.Temp.Name(), partSuffix) + ".before" + partSuffix
}

// partSuffix ends the names of temporary files.
const partSuffix = ".part"

// TemporaryName returns a path beside another whose name nobody has: it begins with a dot and ends in .part.
func TemporaryName(path string) string {
	name := filepath.Base(path)
	name = strings.ToValidUTF8(name[:min(len(name), 100)], "") // in bytes, of which a file system allows so many
	return filepath.Join(filepath.Dir(path), "."+name+"."+rand.Text()+partSuffix)
}

// CreateTemporary creates a file beside path, under a temporary name.
func CreateTemporary(path string) (*os.File, error) {
	f, err := os.OpenFile(TemporaryName(path), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, Explain("create", path, err)
	}
	return f, nil
}

// WriteFile puts content under a name, complete or not at all, and gives it to the owner if there is one.
func WriteFile(path string, content []byte, owner *Owner) error {
	staged, err := Stage(path, content)
	if err != nil {
		return err
	}
	return Publish(staged.Temp, path, owner)
}

// Stage writes content to a temporary file beside path.
func Stage(path string, content []byte) (Staged, error) {
	temp, err := CreateTemporary(path)
	if err != nil {
		return Staged{}, err
	}
	if _, err := temp.Write(content); err != nil {
		temp.Close()
		os.Remove(temp.Name())
		return Staged{}, Explain("write", path, err)
	}
	return Staged{temp, path}, nil
}

// Discard closes and removes the temporary file. It may have gone already, with its folder.
func (f Staged) Discard() error {
	closing := f.Temp.Close()
	if err := os.Remove(f.Temp.Name()); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(closing, err)
	}
	return closing
}

// Publish closes a temporary file and moves it to its final name, or removes it.
func Publish(temp *os.File, final string, owner *Owner) error {
	err := closeFor(owner, temp)
	if err == nil {
		err = os.Rename(temp.Name(), final)
	}
	if err != nil {
		os.Remove(temp.Name())
		return Explain("write", final, err)
	}
	return nil
}

// Sync waits until the content of a file is on its disk, where the system can tell, so that a power failure cannot leave less of it under
// a name that it gets afterwards. Not all file systems can.
func Sync(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) {
		return nil
	}
	return err
}

// closeFor closes a file that is to be the owner's.
func closeFor(owner *Owner, f *os.File) error {
	err := owner.Take(f)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// MakeFolder makes a folder and those above it, and gives those it made to the owner.
func MakeFolder(path string, owner *Owner) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if parent := filepath.Dir(path); parent != path {
		if err := MakeFolder(parent, owner); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil // another run was first
		}
		return Explain("make the folder", path, err)
	}
	if owner == nil {
		return nil
	}
	if err := os.Lchown(path, owner.UID, owner.GID); err != nil {
		return Explain("give away", path, err)
	}
	return nil
}
