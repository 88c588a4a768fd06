package media

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	_ "image/gif" // to read sizes
	_ "image/jpeg"
	_ "image/png"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"mmjsonl/internal/random"
)

// Folder is images of somebody's own, in a folder and the folders in it. Which of the files is image i depends on the seed and the names of the
// files, and neither on the file system nor on how many are used.
type Folder struct {
	files  fs.FS
	images []folderImage
	set    string

	// Same is how many files have the content of an image that is used under another name: they are the same image.
	Same int
	// Left are files that are no images, or whose names say that they are of another format, in the order of their names, and why they are left out.
	Left []LeftOut
}

// LeftOut is a file that is not used.
type LeftOut struct {
	Name string
	Why  string
}

type folderImage struct {
	name  string // from the folder on, with slashes
	item  Item
	start uint64 // a digest of how the file begins
}

// imageSuffixes are those of files that are taken for images, and the formats that they promise.
var imageSuffixes = map[string]string{".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".gif": "gif", ".webp": "webp"}

// ReadFolder lists the images of a folder. It reads the beginnings of all image files, and all of those that have the length and the beginning of
// another one, as they could be the same. Files and folders whose names begin with a dot do not count, nor do files with another suffix.
//
// usable says why an image cannot be used, or "".
func ReadFolder(ctx context.Context, files fs.FS, seed uint64, usable func(Item) (why string)) (*Folder, error) {
	f := &Folder{files: files}
	var names []string
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case name != "." && entry.Name()[0] == '.':
			if entry.IsDir() {
				return fs.SkipDir
			}
		case !entry.IsDir() && imageSuffixes[strings.ToLower(path.Ext(name))] != "":
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	keys := map[string]uint64{}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		digest := sha256.Sum256([]byte(name))
		keys[name] = random.Mix(random.Mix(seed) ^ binary.LittleEndian.Uint64(digest[:]))
		item, start, why := f.read(name)
		if why == "" {
			why = usable(item)
		}
		if why != "" {
			f.Left = append(f.Left, LeftOut{name, why})
			continue
		}
		f.images = append(f.images, folderImage{name, item, start})
	}
	if err := f.dropSame(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(f.images, func(a, b folderImage) int {
		return cmp.Or(cmp.Compare(keys[a.name], keys[b.name]), cmp.Compare(a.name, b.name))
	})
	all := sha256.New()
	for _, one := range f.images {
		fmt.Fprintf(all, "%q %d\n", one.name, one.item.Bytes)
	}
	f.set = fmt.Sprintf("folder-%x", all.Sum(nil)[:8])
	return f, nil
}

// read looks at a file, and says why it cannot be used.
func (f *Folder) read(name string) (item Item, start uint64, why string) {
	const usualHeader, mostHeader = 16 << 10, 1 << 20
	if !utf8.ValidString(name) {
		return item, 0, "its name is not valid UTF-8"
	}
	info, err := fs.Stat(f.files, name)
	if err != nil {
		return item, 0, "it cannot be read: " + faultOf(err)
	}
	if !info.Mode().IsRegular() {
		return item, 0, "it is not a plain file"
	}
	file, err := f.files.Open(name)
	if err != nil {
		return item, 0, "it cannot be read: " + faultOf(err)
	}
	defer file.Close()
	header, err := io.ReadAll(io.LimitReader(file, usualHeader))
	digest := sha256.Sum256(header)
	start = binary.LittleEndian.Uint64(digest[:])
	format, size, ok := imageConfig(header)
	if err == nil && !ok && len(header) == usualHeader { // much may come before the size
		var more []byte
		more, err = io.ReadAll(io.LimitReader(file, mostHeader-usualHeader))
		header = append(header, more...)
		format, size, ok = imageConfig(header)
	}
	switch {
	case err != nil:
		return item, 0, "it cannot be read: " + faultOf(err)
	case !ok:
		return item, 0, "it is not an image, or is damaged"
	}
	if size.Width < 1 || size.Height < 1 {
		return item, 0, "it has no pixels"
	}
	suffix := path.Ext(name)
	if promised := imageSuffixes[strings.ToLower(suffix)]; promised != format {
		return item, 0, fmt.Sprintf("it is %s, and its name says %s", strings.ToUpper(format), strings.ToUpper(promised))
	}
	if !complete(format, header, file, info.Size()) {
		return item, 0, "its end is missing"
	}
	return Item{MIME: "image/" + format, Extension: suffix, Size: size, Bytes: info.Size()}, start, ""
}

// imageConfig returns an image's format and size from the beginning of its file.
func imageConfig(header []byte) (format string, size Size, ok bool) {
	if size, err := webpSize(header); err == nil {
		return "webp", size, true
	}
	config, format, err := image.DecodeConfig(bytes.NewReader(header))
	return format, Size{int64(config.Width), int64(config.Height)}, err == nil
}

// complete reports whether a file ends as its format does; header is the beginning of it.
func complete(format string, header []byte, file fs.File, size int64) bool {
	const tail = 1 << 10
	if format == "webp" {
		return size >= 8+int64(binary.LittleEndian.Uint32(header[4:]))
	}
	end := header
	if int64(len(header)) < size {
		at, ok := file.(io.ReaderAt)
		if !ok {
			return true
		}
		end = make([]byte, tail)
		if _, err := at.ReadAt(end, size-tail); err != nil {
			return false
		}
	}
	end = end[max(0, len(end)-tail):]
	return bytes.Contains(end, map[string][]byte{"png": []byte("IEND"), "jpeg": {0xff, 0xd9}, "gif": {';'}}[format])
}

// webpSize reads a WebP image's size (RFC 9649) from the beginning of its file.
func webpSize(header []byte) (Size, error) {
	notWebP := errors.New("it is not WebP")
	if len(header) < 30 || string(header[:4]) != "RIFF" || string(header[8:12]) != "WEBP" {
		return Size{}, notWebP
	}
	le := binary.LittleEndian
	switch string(header[12:16]) {
	case "VP8 ":
		if string(header[23:26]) != "\x9d\x01\x2a" {
			return Size{}, notWebP
		}
		return Size{int64(le.Uint16(header[26:]) & 0x3fff), int64(le.Uint16(header[28:]) & 0x3fff)}, nil
	case "VP8L":
		if header[20] != 0x2f {
			return Size{}, notWebP
		}
		bits := le.Uint32(header[21:])
		return Size{int64(bits&0x3fff) + 1, int64(bits>>14&0x3fff) + 1}, nil
	case "VP8X":
		return Size{int64(le.Uint32(header[23:])>>8) + 1, int64(le.Uint32(header[26:])>>8) + 1}, nil
	}
	return Size{}, notWebP
}

// dropSame leaves of files with the same content the first one.
func (f *Folder) dropSame(ctx context.Context) error {
	type beginning struct {
		length int64
		start  uint64
	}
	alike := map[beginning]int{}
	for _, one := range f.images {
		alike[beginning{one.item.Bytes, one.start}]++
	}
	type content struct {
		length int64
		sum    [sha256.Size]byte
	}
	seen := map[content]bool{}
	kept := f.images[:0]
	for _, one := range f.images {
		if alike[beginning{one.item.Bytes, one.start}] > 1 {
			if err := ctx.Err(); err != nil {
				return err
			}
			file, err := f.files.Open(one.name)
			if err != nil {
				return err
			}
			h := sha256.New()
			_, err = io.Copy(h, file)
			file.Close()
			if err != nil {
				return err
			}
			key := content{one.item.Bytes, [sha256.Size]byte(h.Sum(nil))}
			if seen[key] {
				f.Same++
				continue
			}
			seen[key] = true
		}
		kept = append(kept, one)
	}
	f.images = kept
	return nil
}

// faultOf returns what is wrong with a file, without its name.
func faultOf(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err.Error()
	}
	return err.Error()
}

// Len is how many images there are.
func (f *Folder) Len() int { return len(f.images) }

// Limit leaves the first n images.
func (f *Folder) Limit(n int) { f.images = f.images[:min(n, len(f.images))] }

// Name returns an image's name from the folder on, with slashes.
func (f *Folder) Name(i uint32) string { return f.images[i].name }

// Item says what the folder's listing had of an image.
func (f *Folder) Item(i uint32) Item { return f.images[i].item }

// Sizes are the sizes of the images, the most frequent first.
func (f *Folder) Sizes() (sizes Sizes) {
	counts := map[Size]int64{}
	for _, one := range f.images {
		counts[one.item.Size]++
	}
	for size, count := range counts {
		sizes = append(sizes, Share{size, count})
	}
	slices.SortFunc(sizes, func(a, b Share) int {
		return cmp.Or(-cmp.Compare(a.Weight, b.Weight), cmp.Compare(a.Size.Width, b.Size.Width), cmp.Compare(a.Size.Height, b.Size.Height))
	})
	return sizes
}

// Longest is the length of the longest image.
func (f *Folder) Longest() (longest int64) {
	for _, one := range f.images {
		longest = max(longest, one.item.Bytes)
	}
	return longest
}

// Total is the length of images together.
func (f *Folder) Total(n int) (total int64) {
	for _, one := range f.images[:min(n, len(f.images))] {
		total += one.item.Bytes
	}
	return total
}

// Set names the files and their lengths by a digest.
func (f *Folder) Set() string { return f.set }

// Painter returns a new reader of the images.
func (f *Folder) Painter() Painter { return &folderPainter{folder: f} }

// folderPainter reads files, one after another.
type folderPainter struct {
	folder *Folder
	name   string
	file   fs.File
	left   int64
	sum    uint32
}

func (p *folderPainter) Begin(i uint32) error {
	p.close()
	one := &p.folder.images[i]
	file, err := p.folder.files.Open(one.name)
	if err != nil {
		return err
	}
	p.name, p.file, p.left, p.sum = one.name, file, one.item.Bytes, 0
	return nil
}

func (p *folderPainter) close() {
	if p.file != nil {
		p.file.Close()
		p.file = nil
	}
}

// Append fails if the file is no longer as long as it was.
func (p *folderPainter) Append(dst []byte) ([]byte, bool, error) {
	start, n := len(dst), int(min(p.left, int64(MaxPiece)))
	dst = slices.Grow(dst, n)[:start+n]
	if _, err := io.ReadFull(p.file, dst[start:]); err != nil {
		p.close()
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = errors.New("it has become shorter")
		}
		return dst[:start], false, fmt.Errorf("failed to read the image %q: %w: run it again, while nobody changes the folder", p.name, err)
	}
	p.sum = crc32.Update(p.sum, crc32.IEEETable, dst[start:])
	p.left -= int64(n)
	if p.left > 0 {
		return dst, true, nil
	}
	var more [1]byte
	if n, _ := p.file.Read(more[:]); n > 0 {
		p.close()
		return dst, false, fmt.Errorf("failed to read the image %q: it has become longer: run it again, while nobody changes the folder", p.name)
	}
	p.close()
	return dst, false, nil
}

// Sum returns the CRC-32 of the file.
func (p *folderPainter) Sum() uint32 { return p.sum }
