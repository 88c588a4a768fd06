package files

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Staged is a file that is being written, and has yet to appear under its name.
type Staged struct {
	*os.File // under its temporary name

	folder      *Folder
	temp, final string // its names in the folder
	adopted     bool   // temp is a name that it keeps until it has its final one
}

// Stage creates a file that is to have a name in the folder, under a temporary name. Until it is closed other runs see by a lock on it that
// its run goes on.
func (f *Folder) Stage(name string) (*Staged, error) {
	for {
		temp := temporaryName(name)
		file, err := f.Create(temp)
		if err != nil {
			return nil, Explain("create", f.path(name), err)
		}
		staged := &Staged{File: file, folder: f, temp: temp, final: name}
		// Before it is locked somebody may take it for one whose run has ended.
		if err := lock(file); err == nil && staged.hasName() || err != nil && !errors.Is(err, errLocked) {
			return staged, nil
		}
		staged.remove()
		file.Close()
	}
}

// Adopt opens a file that has a name in the folder already, to be written to, and to have another when it is published. Until then it stays where
// it is, whatever happens. An error says if another process has adopted it.
func (f *Folder) Adopt(name, final string) (*Staged, error) {
	file, err := f.OpenToWrite(name)
	if err != nil {
		return nil, Explain("open", f.path(name), err)
	}
	if err := lock(file); errors.Is(err, errLocked) {
		file.Close()
		return nil, fmt.Errorf("failed to open %q: another process is writing to it: wait for that", f.path(name))
	}
	return &Staged{File: file, folder: f, temp: name, final: final, adopted: true}, nil
}

// hasName reports whether the file is the one under its temporary name.
func (s *Staged) hasName() bool {
	named, err := s.folder.lstat(s.temp)
	if err != nil {
		return false
	}
	own, err := s.Stat()
	return err == nil && os.SameFile(named, own)
}

// Path is the path that the file will have.
func (s *Staged) Path() string { return s.folder.path(s.final) }

// CheckFolder returns an error if another folder has the path of the file's folder by now, or none.
func (s *Staged) CheckFolder() error {
	if err := s.folder.CheckPath(); err != nil {
		return Explain("write", s.Path(), err)
	}
	return nil
}

// Discard closes and removes the file. It may have gone already, with its folder.
func (s *Staged) Discard() error {
	closing := s.Close()
	if err := s.folder.Remove(s.temp); !errors.Is(err, fs.ErrNotExist) {
		closing = errors.Join(closing, err)
	}
	if closing != nil {
		return Explain("remove what was written of", s.Path(), closing)
	}
	return nil
}

// remove removes what is left of the file under names that nobody knows.
func (s *Staged) remove() {
	if s.adopted {
		return
	}
	s.folder.Remove(s.temp)
	s.folder.Remove(s.before())
}

// before is the name under which what the file replaces is kept for a moment.
func (s *Staged) before() string { return beforeName(s.temp) }

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
func (s *Staged) closeFor(owner *Owner) error {
	err := owner.Take(s.File)
	if closing := s.Close(); err == nil {
		err = closing
	}
	return err
}

// Publish closes files and moves them to their final names: all of them, or none. The last is the one that the others are about, so that
// whoever sees it finds them there. Of several runs that write the same names, all of these are one run's.
func Publish(owner *Owner, files ...*Staged) error {
	if len(files) == 0 {
		return nil
	}
	defer func() {
		for _, file := range files {
			file.remove() // what has its final name has this one no more
		}
	}()
	var errs []error
	for _, file := range files {
		defer keepLock(file.File)() // until it has its name
		if err := file.closeFor(owner); err != nil {
			errs = append(errs, Explain("write", file.Path(), err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	defer lockAll(files)()
	for _, file := range files {
		if err := file.CheckFolder(); err != nil {
			return err
		}
	}
	last := len(files) - 1
	for i, file := range files {
		if i < last {
			file.keepBefore()
		}
		if err := file.folder.rename(file.temp, file.final); err != nil {
			for _, appeared := range files[:i] {
				appeared.takeBack()
			}
			_ = file.folder.rename(file.before(), file.final) // if its name was freed
			return Explain("write", file.Path(), err)
		}
	}
	return nil
}

// PublishNew closes a file and moves it to its final name, which must be free: an error that is fs.ErrExist says that it is not.
func (s *Staged) PublishNew(owner *Owner) error {
	defer s.remove()
	defer keepLock(s.File)()
	err := s.closeFor(owner)
	if err == nil {
		if err = s.folder.link(s.temp, s.final); err != nil && !errors.Is(err, fs.ErrExist) {
			if _, taken := s.folder.lstat(s.final); taken == nil {
				err = fs.ErrExist
			} else {
				err = s.folder.rename(s.temp, s.final) // where there are no links
			}
		}
		if err == nil {
			err = s.folder.CheckNew(s.final)
		}
	}
	if err != nil {
		return Explain("write", s.Path(), err)
	}
	return nil
}

// lockAll locks the folders of files, each once and always in the same order.
func lockAll(files []*Staged) (release func()) {
	var folders []*Folder
	for _, file := range files {
		if !slices.ContainsFunc(folders, file.folder.same) {
			folders = append(folders, file.folder)
		}
	}
	slices.SortFunc(folders, func(a, b *Folder) int { return cmp.Compare(Resolve(a.Path), Resolve(b.Path)) })
	var releases []func()
	for _, folder := range folders {
		_, release := folder.Lock()
		releases = append(releases, release)
	}
	return func() {
		for _, release := range releases {
			release()
		}
	}
}

// keepBefore keeps what the file replaces under another name.
func (s *Staged) keepBefore() {
	// Where there are no links, or no room for one, the name is free for a moment. A folder in the way stays there, and is a fault of the
	// step that follows.
	info, missing := s.folder.lstat(s.final)
	if err := s.folder.link(s.final, s.before()); err != nil && missing == nil && !info.IsDir() {
		s.folder.rename(s.final, s.before())
	}
}

// takeBack puts back what had the final name before, or leaves nothing there.
func (s *Staged) takeBack() {
	if s.folder.rename(s.before(), s.final) != nil {
		s.folder.Remove(s.final)
	}
}

// WriteFile puts content under a place's name, complete or not at all, and gives it to the owner if there is one. The folder must exist. A link
// stays, and what it leads to is replaced.
func WriteFile(place Place, content []byte, owner *Owner) error {
	place = place.Target()
	folder, err := place.Folder().OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	staged, err := folder.StageContent(filepath.Base(place.Here), content)
	if err != nil {
		return err
	}
	return Publish(owner, staged)
}

// StageContent stages a file that holds content.
func (f *Folder) StageContent(name string, content []byte) (*Staged, error) {
	staged, err := f.Stage(name)
	if err != nil {
		return nil, err
	}
	if _, err := staged.Write(content); err != nil {
		return nil, errors.Join(Explain("write", staged.Path(), err), staged.Discard())
	}
	return staged, nil
}
