package files

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
)

// A temporary name is ".NAME.RANDOM.part": NAME is the beginning of the final name, and RANDOM says which machine the file's run is on. Under
// ".NAME.RANDOM.before.part" what the file replaces is kept for a moment.
const (
	partSuffix   = ".part"
	beforeSuffix = ".before" + partSuffix

	longestBeginning = 100 // bytes of NAME; a name may have 255 on most file systems
)

// temporaryName returns a name that no file has, of one that is to be called name.
func temporaryName(name string) string {
	return "." + beginning(name) + "." + machine() + rand.Text() + partSuffix
}

func beforeName(temp string) string { return strings.TrimSuffix(temp, partSuffix) + beforeSuffix }

func beginning(name string) string {
	return strings.ToValidUTF8(name[:min(len(name), longestBeginning)], "")
}

// machine tells the machines apart that share a network file system: of a run on another one a lock need not tell whether it goes on.
var machine = sync.OnceValue(func() string {
	name, err := os.ReadFile("/proc/sys/kernel/random/boot_id") // the same in all containers of a machine
	if err != nil {
		host, _ := os.Hostname()
		name = []byte(host)
	}
	digest := sha256.Sum256(name)
	return base32.StdEncoding.EncodeToString(digest[:5]) // 8 characters
})

// parseTemporary takes apart the name of a temporary file of a run on this machine, or of what such a file replaces.
func parseTemporary(name string) (beginning string, before, ok bool) {
	rest, ok := strings.CutSuffix(name, beforeSuffix)
	if before = ok; !before {
		rest, ok = strings.CutSuffix(name, partSuffix)
	}
	if !ok {
		return "", false, false // as most names in a folder, before random letters are drawn to count them
	}
	random := len(rest) - len(rand.Text())
	if random < 0 || strings.Trim(rest[random:], "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		return "", false, false
	}
	rest, ok = strings.CutSuffix(rest[:random], "."+machine())
	if !ok || rest == "" || rest[0] != '.' {
		return "", false, false
	}
	return rest[1:], before, true
}

// MayBeLeft reports whether a name is a temporary file's.
func MayBeLeft(name string) bool {
	_, _, ok := parseTemporary(name)
	return ok
}

// RemoveLeft removes temporary files of runs that were killed: those that were to have this name.
func (f *Folder) RemoveLeft(final string) {
	names, err := f.Names()
	if err != nil {
		return // there will be temporary names that are free
	}
	f.RemoveLeftAmong(names, func(name string) bool { return name == beginning(final) })
}

// RemoveLeftAmong removes those of the folder's names that are temporary files of runs that were killed. wanted tells them by their final names,
// of which only the first 100 bytes are known.
func (f *Folder) RemoveLeftAmong(names []string, wanted func(final string) bool) {
	var befores []string
	for _, name := range names {
		final, before, ok := parseTemporary(name)
		switch {
		case !ok || !wanted(final):
		case before:
			befores = append(befores, name)
		default:
			f.removeIfLeft(name)
		}
	}
	if len(befores) == 0 {
		return
	}
	locked, release := f.Lock() // as they are there while a run publishes its files
	defer release()
	for _, name := range befores {
		if locked {
			f.putBack(name)
		}
	}
}

// removeIfLeft removes a temporary file if no run has locked it.
func (f *Folder) removeIfLeft(name string) {
	if info, err := f.lstat(name); err != nil || !info.Mode().IsRegular() {
		return
	}
	file, err := f.openFile(name, os.O_RDONLY|noWaiting, 0)
	if err != nil {
		return
	}
	defer file.Close() // after it has lost its name: a run that is about to lock it finds that out then
	if lock(file) == nil {
		f.Remove(name)
	}
}

// putBack puts what a killed run was about to replace back under its name if that is free, and removes it otherwise.
func (f *Folder) putBack(name string) {
	final, _, _ := parseTemporary(name)
	if _, err := f.lstat(final); len(final) < longestBeginning && errors.Is(err, fs.ErrNotExist) {
		f.rename(name, final)
		return
	}
	f.Remove(name)
}
