package generator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
)

// An image folder holds the images of one seed and one size, and says so: it holds an empty file, its mark, whose name tells
// them. So a later run knows without reading a pixel whether it may share the folder, and two runs that start at the same moment
// and do not agree find each other's mark.
const (
	markBefore = ".mmjsonl-"
	markAfter  = ".images"
)

// appendImageName appends the name of an image file: img_0000.png, and so on.
func appendImageName(dst []byte, image uint32, extension string) []byte {
	dst = append(dst, "img_"...)
	for bound := uint32(1000); bound > 1 && image < bound; bound /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendUint(dst, uint64(image), 10)
	return append(dst, extension...)
}

// imageName is the name of an image's file.
func (p *Plan) imageName(image uint32) string {
	return string(appendImageName(nil, image, p.Media.Item(image).Extension))
}

// foreignMark returns what the folder's images are of if that is not set: the mark of another run. It returns "" for a folder
// that does not exist.
func foreignMark(folder, set string) (foreign string, marked bool, err error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, files.Explain("read the folder", folder, err)
	}
	for _, entry := range entries {
		mark, ok := strings.CutPrefix(entry.Name(), markBefore)
		if !ok {
			continue
		}
		if mark, ok = strings.CutSuffix(mark, markAfter); !ok {
			continue
		}
		marked = true
		if mark != set {
			return mark, true, nil
		}
	}
	return "", marked, nil
}

// contradiction returns, in words, what in an existing folder forbids to put the plan's images there, or "".
//
// A folder with our mark is ours. In a folder without a mark that holds images of these names, made by hand or by another
// program, each must be the very image that the run would write.
func (p *Plan) contradiction(ctx context.Context) (string, error) {
	folder := p.Names.Images.Here
	foreign, marked, err := foreignMark(folder, p.Media.Set())
	if err != nil || foreign != "" {
		there, listing := p.imagesIn(math.MaxInt)
		if len(there) == 0 {
			return fmt.Sprintf("was marked for images of %q by a run that goes on or has failed", foreign), errors.Join(err, listing)
		}
		return fmt.Sprintf("holds images of %q", foreign), err
	}
	if marked {
		return "", nil
	}
	there, err := p.imagesIn(math.MaxInt) // the mark will be for all of them, also those past this pool
	if err != nil {
		return "", err
	}
	painter, buffer := p.Media.Painter(), p.imageBuffer()
	for _, image := range there {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		same, err := p.compare(painter, p.ImagePath(image), image, buffer)
		if err != nil {
			return "", err
		}
		if !same {
			return "holds another " + p.imageName(image), nil
		}
	}
	return "", nil
}

// imageNumber returns which image a name in the image folder is of.
func (p *Plan) imageNumber(name string) (image uint32, ok bool) {
	digits := strings.TrimSuffix(strings.TrimPrefix(name, "img_"), filepath.Ext(name))
	n, err := strconv.ParseUint(digits, 10, 32)
	return uint32(n), err == nil && name == p.imageName(uint32(n))
}

// ofImageFolder reports whether a name in an image folder is an image's or a mark's.
func (p *Plan) ofImageFolder(name string) bool {
	_, image := p.imageNumber(name)
	return image || strings.HasPrefix(name, markBefore) && strings.HasSuffix(name, markAfter)
}

// imagesIn returns those of a pool's images that the image folder has files for, by their names; none if the folder does not exist.
func (p *Plan) imagesIn(pool int) (images []uint32, err error) {
	folder := p.Names.Images.Here
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, files.Explain("read the folder", folder, err)
	}
	for _, entry := range entries {
		if image, ok := p.imageNumber(entry.Name()); ok && int64(image) < int64(pool) {
			images = append(images, image)
		}
	}
	return images, nil
}

// claim makes the image folder and marks it, or fails if a run that does not agree was faster.
func (p *Plan) claim() error {
	folder, set := p.Names.Images.Here, p.Media.Set()
	if err := files.MakeFolder(folder, p.owner); err != nil {
		return err
	}
	defer files.LockFolder(folder)()
	// Looked for before, as a mark that goes again would frighten off runs that agree with those that stay; and after, so that of two runs
	// that mark the folder at the same moment at least one sees the other even where locks do not work.
	if err := p.lookForOthers(); err != nil {
		return err
	}
	path := filepath.Join(folder, markBefore+set+markAfter)
	mark, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	made := err == nil
	if made {
		err = errors.Join(p.owner.Take(mark), mark.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return files.Explain("create", path, err)
	}
	err = p.lookForOthers()
	if err != nil && made {
		os.Remove(path)
	}
	return err
}

// lookForOthers returns an error if a run that does not agree has marked the image folder.
func (p *Plan) lookForOthers() error {
	foreign, _, err := foreignMark(p.Names.Images.Here, p.Media.Set())
	if err == nil && foreign != "" {
		err = fmt.Errorf("failed to write images to %q: another run is putting images of %q there: give each its own folder",
			p.Names.Images.Here, foreign)
	}
	return err
}

// ImagePath is where an image file is, as this process sees it.
func (p *Plan) ImagePath(image uint32) string {
	return filepath.Join(p.Names.Images.Here, p.imageName(image))
}

// imageBuffer returns a buffer that holds a usual image completely, and a large one piece by piece.
func (p *Plan) imageBuffer() []byte {
	const usual = 4 << 20
	return make([]byte, 0, min(int(p.Media.Longest()), usual)+media.MaxPiece)
}

// imageWriter writes images to the folder for one worker.
type imageWriter struct {
	plan    *Plan
	folder  *os.Root    // by whatever name it goes by now
	opened  os.FileInfo // of the folder
	painter media.Painter
	buffer  []byte
	named   bool // files have names from the beginning, as there are none without here, or none that can be given a name
}

// worthPreallocating is the length, in bytes, of the shortest files that are written faster if their room is reserved beforehand.
const worthPreallocating = 128 << 10

func (p *Plan) newImageWriter(folder *os.Root, opened os.FileInfo) *imageWriter {
	return &imageWriter{
		plan: p, folder: folder, opened: opened, painter: p.Media.Painter(), buffer: p.imageBuffer(),
	}
}

// put makes sure that the complete image is in the folder, and reports whether it had to be written.
func (w *imageWriter) put(ctx context.Context, image uint32) (written bool, err error) {
	path := w.plan.ImagePath(image)
	// If not it is missing, or damaged: the folder's mark says that no other image can have this name. One that
	// cannot be read is replaced as well, and if that cannot be done either the error says why.
	if same, _ := w.plan.compare(w.painter, path, image, w.buffer); same {
		return false, nil
	}
	temp, err := w.create(path)
	if err != nil {
		return false, err
	}
	if size := w.plan.Media.Item(image).Bytes; size >= worthPreallocating {
		files.Preallocate(temp, 0, size)
	}
	err = w.paint(ctx, temp, image)
	if err == nil {
		err = w.checkFolder()
	}
	if err != nil {
		temp.Close()
		if w.named {
			w.remove(temp.Name())
		}
		return false, files.Explain("write", path, err)
	}
	err = w.finish(temp, path)
	if errors.Is(err, errNameless) {
		return w.put(ctx, image)
	}
	return err == nil, err
}

// checkFolder returns an error if another folder has the image folder's name now.
func (w *imageWriter) checkFolder() error {
	now, err := os.Stat(w.plan.Names.Images.Here)
	if err == nil && !os.SameFile(now, w.opened) {
		err = fs.ErrNotExist
	}
	return err
}

// remove removes a temporary file, also where the folder has another name by now, or another folder its name.
func (w *imageWriter) remove(path string) {
	os.Remove(path)
	w.folder.Remove(filepath.Base(path))
}

// create creates a file for an image: one without a name where there are such.
func (w *imageWriter) create(path string) (*os.File, error) {
	if !w.named {
		if temp, err := files.CreateUnnamed(w.plan.Names.Images.Here); err == nil {
			return temp, nil
		}
		w.named = true
	}
	return files.CreateTemporary(path)
}

// errNameless says that an image has to be written again, to a file that has a name from the beginning.
var errNameless = errors.New("files cannot be given names")

// finish puts a file that create made under its final name, and closes it.
func (w *imageWriter) finish(temp *os.File, path string) error {
	if w.named {
		err := files.Publish(temp, path, w.plan.owner)
		if err != nil {
			w.remove(temp.Name())
		}
		return err
	}
	err := w.plan.owner.Take(temp)
	if err == nil {
		err = w.name(temp, path)
	}
	if closing := temp.Close(); err == nil && closing != nil {
		w.remove(path)
		err = closing
	}
	if err != nil && !errors.Is(err, errNameless) {
		err = files.Explain("write", path, err)
	}
	return err
}

// name puts a file without a name under a name in its folder.
func (w *imageWriter) name(temp *os.File, path string) error {
	err := files.GiveName(temp, path)
	if errors.Is(err, fs.ErrExist) { // a damaged image, or one of a run that goes on beside this one
		hidden := files.TemporaryName(path)
		if err = files.GiveName(temp, hidden); err == nil {
			if renaming := os.Rename(hidden, path); renaming != nil {
				w.remove(hidden)
				return renaming
			}
		}
	}
	if err != nil {
		w.named = true
		return errNameless
	}
	return nil
}

// paint writes an image: in one go if it fits the buffer.
func (w *imageWriter) paint(ctx context.Context, f io.Writer, image uint32) error {
	buffer := w.buffer[:0]
	err := w.painter.Begin(image)
	for more := err == nil; more; {
		if buffer, more, err = w.painter.Append(buffer); err != nil {
			return err
		}
		if more && cap(buffer)-len(buffer) >= media.MaxPiece {
			continue
		}
		if err := ctx.Err(); err != nil { // an image may be a gigabyte
			return err
		}
		if _, err := f.Write(buffer); err != nil {
			return err
		}
		buffer = buffer[:0]
	}
	return err
}

// compare reports whether a file is the image, byte for byte. The buffer is its to use.
func (p *Plan) compare(painter media.Painter, path string, image uint32, buffer []byte) (bool, error) {
	// Before it is opened, as opening a pipe waits for its writer.
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() != p.Media.Item(image).Bytes {
		return false, err
	}
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	buffer = slices.Grow(buffer[:0], 2*media.MaxPiece)[:2*media.MaxPiece]
	there := buffer[media.MaxPiece:]
	err = painter.Begin(image)
	for more := err == nil; more; {
		var piece []byte
		if piece, more, err = painter.Append(buffer[:0]); err != nil {
			return false, err
		}
		if _, err := io.ReadFull(f, there[:len(piece)]); err != nil {
			return false, err
		}
		if !bytes.Equal(piece, there[:len(piece)]) {
			return false, nil
		}
	}
	return err == nil, err
}

// writeImages puts the plan's images into their folder, on as many workers as there are processors.
func (p *Plan) writeImages(ctx context.Context, progress *Progress, sums imageSums, stats *Stats) error {
	if err := p.claim(); err != nil {
		return err
	}
	folder, err := os.OpenRoot(p.Names.Images.Here)
	if err != nil {
		return files.Explain("open the folder", p.Names.Images.Here, err)
	}
	defer folder.Close()
	opened, err := folder.Stat(".")
	if err != nil {
		return files.Explain("open the folder", p.Names.Images.Here, err)
	}
	own := p.Part.Images
	progress.begin("images", int64(own.Len()))
	var next, written atomic.Int64
	err = p.eachWorker(ctx, func(ctx context.Context) error {
		w := p.newImageWriter(folder, opened)
		for {
			image := int64(own.From) + next.Add(1) - 1
			if image >= int64(own.To) {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			wrote, err := w.put(ctx, uint32(image))
			if err != nil {
				return err
			}
			sums[image].Store(w.painter.Sum())
			if wrote {
				written.Add(1)
			}
			progress.add(1)
		}
	})
	stats.ImagesWritten = written.Load()
	stats.ImagesKept = int64(own.Len()) - stats.ImagesWritten
	return err
}

// checkImagesThere returns an error if images of this process are gone.
func (p *Plan) checkImagesThere() error {
	there, err := p.imagesIn(p.Part.Images.To)
	there = slices.DeleteFunc(there, func(image uint32) bool { return int(image) < p.Part.Images.From })
	if images := p.Part.Images.Len(); err == nil && len(there) < images {
		err = fmt.Errorf("failed to keep the images in %q: %d of %d are missing: run it again, or write elsewhere",
			p.Names.Images.Here, images-len(there), images)
	}
	return err
}
