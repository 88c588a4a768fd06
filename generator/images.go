package generator

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math"
	"net/http"
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
func appendImageName(dst []byte, image uint32, item media.Item) []byte {
	dst = append(dst, item.Prefix...)
	for bound := uint32(1000); bound > 1 && image < bound; bound /= 10 {
		dst = append(dst, '0')
	}
	dst = strconv.AppendUint(dst, uint64(image), 10)
	return append(dst, item.Extension...)
}

// imageNumber returns which image of a source has a name in an image folder.
func imageNumber(source media.Source, name []byte) (image uint32, ok bool) {
	const most = len("4294967295")
	digits := bytes.TrimPrefix(name, []byte(source.Item(0).Prefix))
	if end := bytes.IndexAny(digits, "._"); end >= 0 {
		digits = digits[:end]
	}
	n := uint64(0)
	for _, digit := range digits {
		if digit < '0' || digit > '9' || len(digits) > most {
			return 0, false
		}
		n = 10*n + uint64(digit-'0')
	}
	if n > math.MaxUint32 {
		return 0, false
	}
	var room [128]byte // which a name fits
	image = uint32(n)
	return image, bytes.Equal(name, appendImageName(room[:0], image, source.Item(image)))
}

// imageName is the name of an image's file.
func (p *Plan) imageName(image uint32) string {
	return string(appendImageName(nil, image, p.Media.Item(image)))
}

// folderContent is what an image folder holds.
type folderContent struct {
	images  []uint32 // those that files have the names of, of any pool
	marked  bool
	foreign string // what a mark says the images are of, if that is not the plan's set
	// Names of other files that the file system finds under the name of an image, as one without case finds IMG_0000.PNG.
	aliases map[string]uint32
	left    []string // what may be temporary files of runs that were killed
}

// look lists what is in an image folder.
func (p *Plan) look(folder *files.Folder) (content folderContent, err error) {
	names, err := folder.Names()
	for _, name := range names {
		content.add(p, folder, name)
	}
	return content, err
}

func (c *folderContent) add(p *Plan, folder *files.Folder, name string) {
	image, isImage := imageNumber(p.Media, []byte(name))
	mark, isMark := markOf(name)
	if !isImage && !isMark {
		if folded := files.Fold(name); p.ofImageFolder(folded) && folder.IsOther(folded, name) {
			if image, isAlias := imageNumber(p.Media, []byte(folded)); isAlias {
				if c.aliases == nil {
					c.aliases = map[string]uint32{}
				}
				c.aliases[name] = image
			}
			mark, isMark = markOf(folded)
		}
	}
	switch {
	case files.MayBeLeft(name):
		c.left = append(c.left, name)
	case isImage:
		c.images = append(c.images, image)
	case isMark:
		c.marked = true
		if mark != p.Media.Set() {
			c.foreign = mark
		}
	}
}

// markOf returns what a mark's name says the folder's images are of.
func markOf(name string) (set string, ok bool) {
	mark, ok := strings.CutPrefix(name, markBefore)
	if !ok {
		return "", false
	}
	return strings.CutSuffix(mark, markAfter)
}

// lookAtImages lists what is in the plan's image folder, which need not exist.
func (p *Plan) lookAtImages() (content folderContent, err error) {
	folder, err := p.Names.Images.OpenFolder()
	if errors.Is(err, fs.ErrNotExist) {
		return folderContent{}, nil
	}
	if err != nil {
		return folderContent{}, err
	}
	defer folder.Close()
	return p.look(folder)
}

// contradiction returns, in words, what in the image folder forbids to put the plan's images there, or "". there is what it holds.
//
// A folder with our mark is ours. In a folder without a mark that holds images of these names, made by hand or by another
// program, each must be the very image that the run would write.
func (p *Plan) contradiction(ctx context.Context, there folderContent) (string, error) {
	images := there.images
	switch {
	case there.foreign != "" && len(images) == 0:
		return fmt.Sprintf("was marked for images of %q by a run that goes on or has failed", there.foreign), nil
	case there.foreign != "":
		return fmt.Sprintf("holds images of %q", there.foreign), nil
	case there.marked:
		images = nil
	}
	if len(images)+len(there.aliases) == 0 {
		return "", nil
	}
	folder, err := p.Names.Images.OpenFolder()
	if err != nil {
		return "", err
	}
	defer folder.Close()
	painter, buffer := p.Media.Painter(), p.imageBuffer()
	for name, image := range there.aliases {
		if same, err := p.compare(folder, painter, image, buffer); err != nil || !same {
			return fmt.Sprintf("holds %q, which this file system takes for %s", name, p.imageName(image)), err
		}
	}
	for _, image := range images { // the mark will be for all of them, also those past this pool
		if err := ctx.Err(); err != nil {
			return "", err
		}
		if same, err := p.compare(folder, painter, image, buffer); err != nil || !same {
			return "holds another " + p.imageName(image), err
		}
	}
	return "", nil
}

// ofImageFolder reports whether a name in an image folder is an image's or a mark's.
func (p *Plan) ofImageFolder(name string) bool {
	_, image := imageNumber(p.Media, []byte(name))
	_, mark := markOf(name)
	return image || mark
}

// claim makes the image folder, marks it and opens it, or fails if a run that does not agree was faster. It returns what the folder holds.
func (p *Plan) claim() (folder *files.Folder, content folderContent, err error) {
	folder, err = p.Names.Images.MakeFolder(p.owner)
	if err != nil {
		return nil, content, err
	}
	_, release := folder.Lock()
	content, err = p.mark(folder)
	release()
	if err != nil {
		folder.Close()
		return nil, content, err
	}
	folder.RemoveLeftAmong(content.left, func(final string) bool {
		_, isImage := imageNumber(p.Media, []byte(final))
		return isImage
	})
	return folder, content, nil
}

// mark puts the plan's mark into the image folder.
func (p *Plan) mark(folder *files.Folder) (content folderContent, err error) {
	// Looked for before, as a mark that goes again would frighten off runs that agree with those that stay; and after, so that of two runs
	// that mark the folder at the same moment at least one sees the other even where locks do not work. A run that comes to a marked folder
	// and does not agree sees that.
	if content, err = p.lookForOthers(folder); err != nil || content.marked {
		return content, err
	}
	name := markBefore + p.Media.Set() + markAfter
	mark, err := folder.Create(name)
	made := err == nil
	if made {
		err = errors.Join(p.owner.Take(mark), mark.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return content, files.Explain("create", filepath.Join(folder.Path, name), err)
	}
	content, err = p.lookForOthers(folder)
	if err != nil && made {
		folder.Remove(name)
	}
	return content, err
}

// lookForOthers lists the image folder, and returns an error if a run that does not agree has marked it.
func (p *Plan) lookForOthers(folder *files.Folder) (content folderContent, err error) {
	content, err = p.look(folder)
	if err == nil && content.foreign != "" {
		err = fmt.Errorf("failed to write images to %q: another run is putting images of %q there: give each its own folder",
			folder.Path, content.foreign)
	}
	return content, err
}

// ImagePlace is where an image file is.
func (p *Plan) ImagePlace(image uint32) files.Place { return p.Names.Images.Join(p.imageName(image)) }

// bufferedImage is how many bytes of an image a worker collects before it writes them. With more, the memory that the system first has to give
// costs a small run, and each of many shards, more processor time than longer writes save.
const bufferedImage = 256 << 10

// imageBuffer returns a buffer that holds a small image completely, and a larger one part by part.
func (p *Plan) imageBuffer() []byte {
	return make([]byte, 0, min(int(p.Media.Longest()), bufferedImage)+media.MaxPiece)
}

// imageWriter writes images to the folder for one worker.
type imageWriter struct {
	plan    *Plan
	folder  *files.Folder
	painter media.Painter
	buffer  []byte
	listed  imageBits // images whose very names the folder had when it was claimed
	named   bool      // files have names from the beginning, as there are none without here, or none that can be given a name
}

// imageBits is a set of images.
type imageBits []uint64

func newImageBits(images []uint32, pool int) imageBits {
	bits := make(imageBits, (pool+63)/64)
	for _, image := range images {
		if int64(image) < int64(pool) {
			bits[image/64] |= 1 << (image % 64)
		}
	}
	return bits
}

func (b imageBits) has(image uint32) bool { return b[image/64]>>(image%64)&1 == 1 }

// worthPreallocating is the length, in bytes, of the shortest files that are written faster if their room is reserved beforehand.
const worthPreallocating = 128 << 10

func (p *Plan) newImageWriter(folder *files.Folder, listed imageBits) *imageWriter {
	return &imageWriter{plan: p, folder: folder, listed: listed, painter: p.Media.Painter(), buffer: p.imageBuffer()}
}

// put makes sure that the complete image is in the folder, and reports whether it had to be written.
func (w *imageWriter) put(ctx context.Context, image uint32) (written bool, err error) {
	const tries = 3 // another run that agrees may put the image there meanwhile
	for range tries {
		// If not it is missing, or damaged: the folder's mark says that no other image can have this name. One that
		// cannot be read is replaced as well, and if that cannot be done either the error says why.
		same, fault := w.plan.compare(w.folder, w.painter, image, w.buffer)
		if same {
			return false, nil
		}
		isNew := errors.Is(fault, fs.ErrNotExist)
		if !isNew {
			if err := w.mayReplace(image); err != nil {
				return false, err
			}
		}
		err = w.write(ctx, image, isNew)
		if err == nil || !errors.Is(err, errNameless) && !errors.Is(err, fs.ErrExist) {
			break
		}
	}
	return err == nil, err
}

// errNameless says that an image has to be written again, to a file that has a name from the beginning.
var errNameless = errors.New("files cannot be given names")

// write writes an image to the folder: under a name that must be free, or in the place of what has it.
func (w *imageWriter) write(ctx context.Context, image uint32, isNew bool) error {
	name := w.plan.imageName(image)
	if !w.named {
		if temp, err := w.folder.CreateUnnamed(); err == nil {
			if err = w.fill(ctx, temp, image); err == nil {
				err = w.name(temp, name, isNew)
			}
			if closing := temp.Close(); err == nil && closing != nil {
				w.folder.Remove(name)
				err = closing
			}
			return w.explain(name, err)
		}
		w.named = true
	}
	temp, err := w.folder.Stage(name)
	if err != nil {
		return err
	}
	if err := w.fill(ctx, temp.File, image); err != nil {
		return errors.Join(w.explain(name, err), temp.Discard())
	}
	if isNew {
		return temp.PublishNew(w.plan.owner)
	}
	return files.Publish(w.plan.owner, temp)
}

func (w *imageWriter) explain(name string, err error) error {
	if err == nil || errors.Is(err, errNameless) {
		return err
	}
	return files.Explain("write", filepath.Join(w.folder.Path, name), err)
}

// fill writes an image to a file that is to become its own.
func (w *imageWriter) fill(ctx context.Context, temp *os.File, image uint32) error {
	if size := w.plan.Media.Item(image).Bytes; size >= worthPreallocating {
		files.Preallocate(temp, 0, size)
	}
	return w.paint(ctx, temp, image)
}

// name puts a file without a name under a name in its folder.
func (w *imageWriter) name(temp *os.File, name string, isNew bool) error {
	err := w.plan.owner.Take(temp)
	if err == nil && !isNew {
		err = w.folder.CheckPath()
	}
	if err != nil {
		return err
	}
	switch err := w.folder.GiveName(temp, name, !isNew); {
	case errors.Is(err, fs.ErrExist):
		return err
	case err != nil:
		w.named = true
		return errNameless
	case isNew:
		return w.folder.CheckNew(name)
	}
	return nil
}

// mayReplace returns an error if the file that is found under an image's name is somebody's, and not a damaged image of this set.
func (w *imageWriter) mayReplace(image uint32) error {
	path := filepath.Join(w.folder.Path, w.plan.imageName(image))
	if w.isSomebodys(image) {
		return fmt.Errorf("failed to write %q: a file of another kind or another size is there, which is not a damaged image: move it, or give another folder", path)
	}
	if w.listed.has(image) {
		return nil
	}
	content, err := w.plan.look(w.folder)
	if err != nil {
		return err
	}
	for name, other := range content.aliases {
		if other == image {
			return fmt.Errorf("failed to write %q: the file system finds %q under this name: move that file, or give another folder", path, name)
		}
	}
	return nil
}

// isSomebodys reports whether the file under an image's name is one that an image of this set cannot become by damage: it has the beginning of
// a format of files, and not the image's, or also the image's end, and not its length.
func (w *imageWriter) isSomebodys(image uint32) bool {
	name := w.plan.imageName(image)
	info, err := w.folder.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() == w.plan.Media.Item(image).Bytes {
		return false
	}
	f, err := w.folder.Open(name)
	if err != nil {
		return false
	}
	defer f.Close()
	beginning, end := 33, 12 // of a PNG these are its size and its last chunk
	switch w.plan.Media.Item(image).MIME {
	case "image/jpeg":
		beginning, end = 167, 2 // these are what comes before its size, that included, and its last marker
	case "video/mp4":
		beginning, end = 28, 0 // this is its type, and its boxes say where it ends
	}
	head := make([]byte, 512)    // what a format is known by
	n, _ := io.ReadFull(f, head) // what there is
	head = head[:n]
	own, ownEnd := w.ends(image, beginning, end)
	if bytes.HasPrefix(own, head) {
		return false // the beginning of it
	}
	if bytes.HasPrefix(head, own) && end == 0 {
		return completeBoxes(f, info.Size())
	}
	if bytes.HasPrefix(head, own) {
		tail := make([]byte, len(ownEnd))
		_, err := f.ReadAt(tail, info.Size()-int64(len(tail)))
		return err == nil && bytes.Equal(tail, ownEnd)
	}
	switch kind, _, _ := strings.Cut(http.DetectContentType(head), ";"); kind {
	case "text/plain", "application/octet-stream": // nothing in particular
		return false
	}
	return true
}

// completeBoxes reports whether a file of so many bytes is complete boxes of MP4, and not the beginning of some.
func completeBoxes(f io.ReaderAt, size int64) bool {
	var header [4]byte
	at := int64(0)
	for at < size {
		if _, err := f.ReadAt(header[:], at); err != nil {
			return false
		}
		at += max(int64(binary.BigEndian.Uint32(header[:])), 1)
	}
	return at == size
}

// ends returns the first and the last bytes of an image.
func (w *imageWriter) ends(image uint32, beginning, end int) (first, last []byte) {
	err := w.painter.Begin(image)
	for more := err == nil; more; {
		var piece []byte
		if piece, more, err = w.painter.Append(w.buffer[:0]); err != nil {
			break
		}
		first = append(first, piece[:min(len(piece), beginning-len(first))]...)
		last = append(last, piece[max(0, len(piece)-end):]...)
		last = last[max(0, len(last)-end):]
	}
	return first, last
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

// compare reports whether the file under an image's name is the image, byte for byte. The buffer is its to use.
func (p *Plan) compare(folder *files.Folder, painter media.Painter, image uint32, buffer []byte) (bool, error) {
	name := p.imageName(image)
	// Before it is opened, as opening a pipe waits for its writer.
	info, err := folder.Stat(name)
	if err != nil || !info.Mode().IsRegular() || info.Size() != p.Media.Item(image).Bytes {
		return false, err
	}
	f, err := folder.Open(name)
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
	folder, content, err := p.claim()
	if err != nil {
		return err
	}
	defer folder.Close()
	listed := newImageBits(content.images, p.Shape().Pool)
	own := p.Part.Images
	progress.begin("images", int64(own.Len()))
	var next, written atomic.Int64
	err = p.eachWorker(ctx, func(ctx context.Context) error {
		w := p.newImageWriter(folder, listed)
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

// sumImages makes the images' checksums and writes nothing.
func (p *Plan) sumImages(ctx context.Context, progress *Progress, sums imageSums) error {
	own := p.Part.Images
	progress.begin("images checked", int64(own.Len()))
	var next atomic.Int64
	return p.eachWorker(ctx, func(ctx context.Context) error {
		w := p.newImageWriter(nil, nil)
		for {
			image := int64(own.From) + next.Add(1) - 1
			if image >= int64(own.To) {
				return nil
			}
			if err := w.paint(ctx, io.Discard, uint32(image)); err != nil {
				return err
			}
			sums[image].Store(w.painter.Sum())
			progress.add(1)
		}
	})
}

// checkImagesThere returns an error if images of this process are gone.
func (p *Plan) checkImagesThere() error {
	content, err := p.lookAtImages()
	there := 0
	for _, image := range slices.AppendSeq(content.images, maps.Values(content.aliases)) {
		if p.Part.Images.has(int64(image)) {
			there++
		}
	}
	if images := p.Part.Images.Len(); err == nil && there < images {
		err = fmt.Errorf("failed to keep the images in %q: %d of %d are missing: run it again, or write elsewhere",
			p.Names.Images.Here, images-there, images)
	}
	return err
}
