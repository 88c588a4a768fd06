package inspect

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/zeebo/xxh3"

	"mmjsonl/internal/format"
)

// ErrOutside is the error of Options.Open for a file that must not be looked for.
var ErrOutside = errors.New("it is outside of the folders that may be read")

// Errors of OpenFile.
var (
	errFolder  = errors.New("is a folder")
	errSpecial = errors.New("is not a regular file")
	errEmpty   = errors.New("is empty")
)

// OpenFile opens a regular file that is not empty.
func OpenFile(path string) (*os.File, error) {
	if err := openable(os.Stat(path)); err != nil {
		return nil, err
	}
	return os.Open(path)
}

// OpenBelow opens a regular file that is not empty and does not lie outside of the root, nor leads there.
func OpenBelow(root *os.Root, name string) (*os.File, error) {
	err := openable(root.Stat(name))
	if err == nil {
		var f *os.File
		if f, err = root.Open(name); err == nil {
			return f, nil
		}
	}
	if strings.Contains(err.Error(), "path escapes") { // which has no name in package os
		return nil, ErrOutside
	}
	return nil, err
}

// openable says why a file is not opened. Opening a pipe would wait for its writer, and reading some files of /proc and /sys, which are
// empty, waits as well.
func openable(info fs.FileInfo, err error) error {
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return errFolder
	case !info.Mode().IsRegular():
		return errSpecial
	case info.Size() == 0:
		return errEmpty
	}
	return nil
}

// fileFault is why a client fails at a local file.
type fileFault uint8

const (
	fileGood fileFault = iota
	fileOutside
	fileMissing
	fileFolder
	fileSpecial
	fileEmpty
	fileClosed // it cannot be opened or read
	fileFormat
	fileMPO
	fileCutShort
	fileTooLarge
	fileVideoName
	fileAudioName
)

// words say what a file is like, behind its name.
func (f fileFault) words() string {
	switch f {
	case fileMissing:
		return "does not exist"
	case fileFolder:
		return "is a folder"
	case fileSpecial:
		return "is not a regular file"
	case fileEmpty:
		return "is empty"
	case fileClosed:
		return "cannot be read"
	case fileFormat:
		return "is neither PNG nor JPEG: aiperf opens no others"
	case fileMPO:
		return "is a JPEG of several images (MPO), which aiperf does not open"
	case fileCutShort:
		return "is cut short"
	case fileTooLarge:
		return fmt.Sprintf("has more than %d pixels, which aiperf does not open", mostPixels)
	case fileVideoName:
		return "is neither .mp4 nor .webm by its name: aiperf opens no other videos"
	case fileAudioName:
		return "is neither .wav nor .mp3 by its name: aiperf opens no other audio"
	}
	return ""
}

// localFile is what was found at a path.
type localFile struct {
	key           format.Key // of the content; of the path if it was not looked for
	width, height int32      // 0 if they are not known
	fault         fileFault
}

// files are the local files that rows name.
type files struct {
	dir    string // for relative paths
	beside string // the folder of the file that names them; "" if there is none
	open   func(string) (*os.File, error)

	known numbers // paths, by key and use
	list  []localFile
	hot   []uint32 // beside list: 1 + the number of the image in the first view, once it has one, if nothing is wrong with the file
	stats FileStats

	mutex  sync.Mutex
	firsts map[format.Key]*firstFile // by quick key
	fresh  []freshFile               // of the batch at hand
	places []uint32                  // by reference of the batch at hand: its file's place in list, where it names one
}

// firstFile is the first file of a quick key.
type firstFile struct {
	path   string
	full   format.Key
	hashed bool
}

// mostFirsts is how many paths of files are kept, to compare others with.
const mostFirsts = 1 << 17

// freshFile is a path that was not looked for before.
type freshFile struct {
	path string
	use  format.Use
	n    uint32
}

// fileKey keeps uses of a path apart that a client opens in different ways.
func fileKey(r *format.Reference) format.Key {
	k := r.Key
	switch r.Use {
	case format.UseVideo, format.UseVideoReplaced:
		k.Hi ^= 1
	case format.UseAudio:
		k.Hi ^= 2
	case format.UseImageFile:
		k.Hi ^= 3
	}
	return k
}

// looksFor reports whether the client opens what the reference names.
func looksFor(r *format.Reference) bool {
	return r.Kind == format.EntryPath && r.Use != format.UseImageAsURL
}

// prepare looks for the batch's files that were not looked for before.
func (f *files) prepare(ctx context.Context, b *format.Batch) error {
	f.fresh = f.fresh[:0]
	f.places = slices.Grow(f.places[:0], len(b.References))[:len(b.References)]
	for i := range b.References {
		r := &b.References[i]
		if !looksFor(r) {
			continue
		}
		key := fileKey(r)
		n, known := f.known.find(key)
		if known {
			f.places[i] = n
			continue
		}
		n = uint32(len(f.list))
		f.places[i] = n
		f.known.add(key, n)
		f.list = append(f.list, localFile{key: r.Key})
		f.hot = append(f.hot, 0)
		f.fresh = append(f.fresh, freshFile{string(b.Entry(r)), r.Use, n})
	}
	var next atomic.Int64
	work := func() {
		room := new(fileRoom)
		for {
			i := int(next.Add(1)) - 1
			if i >= len(f.fresh) || ctx.Err() != nil {
				return
			}
			fresh := &f.fresh[i]
			f.list[fresh.n] = f.look(fresh, f.list[fresh.n].key, room)
		}
	}
	var others sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(f.fresh)/4) - 1 {
		others.Go(work)
	}
	work()
	others.Wait()
	for _, fresh := range f.fresh {
		f.stats.count(fresh.path, f.list[fresh.n].fault)
	}
	return ctx.Err()
}

// count counts a file.
func (s *FileStats) count(path string, fault fileFault) {
	switch fault {
	case fileOutside:
		s.NotLookedFor++
		return
	case fileGood:
	case fileMissing:
		s.Missing++
	default:
		s.Refused++
	}
	s.LookedFor++
	if fault != fileGood && len(s.First) < badRowsKept {
		s.First = append(s.First, fmt.Sprintf("%q %s", shortPath(path), fault.words()))
	}
}

// shortPath keeps both ends of a long path.
func shortPath(path string) string {
	const most = 100
	if len(path) <= most {
		return path
	}
	return strings.ToValidUTF8(path[:most/2-1], "") + "…" + strings.ToValidUTF8(path[len(path)-most/2:], "")
}

// place is where a client looks for a path. It is not cleaned, as a client does not do that either.
func (f *files) place(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return f.dir + string(filepath.Separator) + path
}

// reason says why a row does not count that names the file.
func (f *files) reason(r *format.Reference, found *localFile, entry []byte) string {
	path := string(entry)
	what := map[format.Use]string{format.UseVideo: "video", format.UseVideoReplaced: "video", format.UseAudio: "audio"}[r.Use]
	if what == "" {
		what = "image"
	}
	words := fmt.Sprintf("the %s %q %s", what, shortPath(path), found.fault.words())
	if found.fault == fileMissing && !filepath.IsAbs(path) {
		words += fmt.Sprintf(" in the working directory, %q", shortPath(f.dir))
		if f.beside != "" {
			if other, err := f.open(f.place(f.beside + string(filepath.Separator) + path)); err == nil {
				other.Close()
				words += fmt.Sprintf(": it exists beside the request file, so run aiperf in %q", shortPath(f.beside))
			}
		}
	}
	return words
}

// fileRoom is room for looking at one file after the other.
type fileRoom struct {
	start  [8 << 10]byte
	sample [4 << 10]byte
	hasher xxh3.Hasher
}

// look looks for a file as the client does.
func (f *files) look(fresh *freshFile, path format.Key, room *fileRoom) localFile {
	found := localFile{key: path}
	name := f.place(fresh.path)
	file, err := f.open(name)
	switch {
	case err == nil:
		defer file.Close()
	case errors.Is(err, ErrOutside):
		found.fault = fileOutside
		return found
	case errors.Is(err, fs.ErrNotExist):
		found.fault = fileMissing
	case errors.Is(err, errFolder):
		found.fault = fileFolder
	case errors.Is(err, errSpecial):
		found.fault = fileSpecial
	case errors.Is(err, errEmpty):
		found.fault = fileEmpty
	default:
		found.fault = fileClosed
	}
	// A video is known by its name, and may be empty.
	switch fresh.use {
	case format.UseVideo, format.UseVideoReplaced, format.UseAudio:
		opened := found.fault == fileGood
		if found.fault == fileEmpty {
			found.fault = fileGood
		}
		if found.fault == fileGood || found.fault == fileFolder || found.fault == fileSpecial {
			found.fault = mediaName(fresh.path, fresh.use, found.fault)
		}
		if fresh.use == format.UseAudio || !opened {
			return found
		}
	}
	if found.fault != fileGood {
		return found
	}
	info, err := file.Stat()
	if err != nil {
		found.fault = fileClosed
		return found
	}
	start := room.start[:min(info.Size(), int64(len(room.start)))]
	if _, err := file.ReadAt(start, 0); err != nil && err != io.EOF {
		found.fault = fileClosed
		return found
	}
	if fresh.use != format.UseVideo && fresh.use != format.UseVideoReplaced {
		found.width, found.height, found.fault = checkImage(&begun{file, start}, info.Size(), start)
	}
	if fresh.use == format.UseImageFile {
		found.fault = fileGood
	}
	if found.fault == fileGood {
		found.key, err = f.contentKey(name, file, info, start, room)
		if err != nil {
			found.fault = fileClosed
		}
	}
	return found
}

// begun is a file of which the beginning has been read.
type begun struct {
	file  io.ReaderAt
	start []byte
}

func (b *begun) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) <= int64(len(b.start)) {
		return copy(p, b.start[at:]), nil
	}
	return b.file.ReadAt(p, at)
}

// mediaName judges a video or an audio by its name.
func mediaName(path string, use format.Use, fault fileFault) fileFault {
	// As Python's pathlib has it: the last name, and what is behind its last dot, unless that is its first character.
	name := path[strings.LastIndexByte(strings.TrimRight(path, "/"), '/')+1:]
	name = strings.TrimRight(name, "/")
	suffix := ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && dot < len(name)-1 {
		suffix = strings.ToLower(name[dot:])
	}
	switch {
	case use != format.UseAudio && suffix != ".mp4" && suffix != ".webm":
		return fileVideoName
	case use == format.UseAudio && suffix != ".wav" && suffix != ".mp3":
		return fileAudioName
	}
	return fault
}

// contentKey returns the key of a file's content. Most files differ in their length, their beginning, their end or some places between; the
// others are read to their end, unless they are the same file.
func (f *files) contentKey(name string, file *os.File, info fs.FileInfo, start []byte, room *fileRoom) (format.Key, error) {
	quick, err := quickKey(file, info.Size(), start, room)
	if err != nil || info.Size() <= int64(len(start)) {
		return quick, err
	}
	f.mutex.Lock()
	first := f.firsts[quick]
	if first == nil {
		if len(f.firsts) < mostFirsts {
			if f.firsts == nil {
				f.firsts = map[format.Key]*firstFile{}
			}
			f.firsts[quick] = &firstFile{path: name}
		}
		f.mutex.Unlock()
		return quick, nil
	}
	defer f.mutex.Unlock()
	other, err := f.open(first.path)
	if err != nil {
		return quick, nil // it has gone since
	}
	defer other.Close()
	if otherInfo, err := other.Stat(); err == nil && os.SameFile(info, otherInfo) {
		return quick, nil
	}
	if !first.hashed {
		if first.full, err = fullKey(other); err != nil {
			return quick, nil
		}
		first.hashed = true
	}
	full, err := fullKey(file)
	if err != nil || full == first.full {
		return quick, err
	}
	return full, nil
}

// quickKey is of a file's length and samples of it, which are all of a small one.
func quickKey(file io.ReaderAt, size int64, start []byte, room *fileRoom) (format.Key, error) {
	h, sample := &room.hasher, room.sample[:]
	h.Reset()
	h.Write(binary.LittleEndian.AppendUint64(nil, uint64(size)))
	h.Write(start)
	const samples = 4
	for i := int64(1); i <= samples && size > int64(len(start)); i++ {
		at := max((size-int64(len(sample)))*i/samples, 0)
		n, err := file.ReadAt(sample, at)
		if err != nil && err != io.EOF {
			return format.Key{}, err
		}
		h.Write(sample[:n])
	}
	k := h.Sum128()
	k.Hi ^= 0x5851f42d4c957f2d // apart from keys of strings
	return k, nil
}

func fullKey(file io.ReaderAt) (format.Key, error) {
	h := xxh3.New()
	if _, err := io.Copy(h, io.NewSectionReader(file, 0, 1<<62)); err != nil {
		return format.Key{}, err
	}
	k := h.Sum128()
	k.Hi ^= 0x14057b7ef767814f
	return k, nil
}
