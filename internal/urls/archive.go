package urls

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"

	"mmjsonl/internal/escape"
)

const (
	// MaxJSON bounds the JSON in a zip, in bytes. COCO's largest is 450 MB.
	MaxJSON = 2 << 30
	// maxRatio bounds how many times larger the JSON in a zip is than what it is packed in, if it has more than freeJSON bytes. That of
	// COCO's is about 10. Deflate packs up to 1032 to 1, and only what has nothing to say as much.
	maxRatio = 100
	freeJSON = 64 << 20
	// maxZipDirectory bounds a zip's table of contents, which archive/zip holds in memory whole.
	maxZipDirectory = 4 << 20
	// maxNamesShown is how many entries of a zip an error lists.
	maxNamesShown = 5
)

// OpenAnnotations returns a reader of the one JSON in f, a file of size bytes that is either that JSON or a zip of it. Its
// content decides which, not its name.
//
// A zip may hold other things beside the JSON. It may hold several JSONs if exactly one is called prefer, in whatever
// folder: COCO's own image_info_test2017.zip has image_info_test2017.json beside image_info_test-dev2017.json. Paths in
// the zip are only compared and shown. What is unpacked is bounded by limit bytes, counted as they come out; going past
// it, and every other fault of the zip, is an error of Read.
func OpenAnnotations(f io.ReaderAt, size int64, prefer string, limit int64) (io.ReadCloser, error) {
	head := make([]byte, min(size, HeadBytes))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return nil, fmt.Errorf("failed to read the beginning: %w", err)
	}
	zipped, err := Format(head)
	if err != nil {
		return nil, err
	}
	if !zipped && size > limit {
		return nil, fmt.Errorf("it has %d bytes: at most %d are read", size, limit)
	}
	if !zipped {
		return io.NopCloser(io.NewSectionReader(f, 0, size)), nil
	}

	directory := &directoryReader{f: f, left: maxZipDirectory}
	archive, err := zip.NewReader(directory, size)
	if err != nil {
		return nil, fmt.Errorf("failed to read the zip's table of contents: %w: the file may have been cut short, fetch it again", err)
	}
	directory.left = math.MaxInt64
	entry, err := chooseJSON(archive.File, prefer)
	if err != nil {
		return nil, err
	}
	if entry.Flags&1 != 0 {
		return nil, fmt.Errorf("%s in the zip is encrypted: unpack it and pass the JSON", escape.Name(entry.Name))
	}
	body, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("failed to unpack %s: %w", escape.Name(entry.Name), err)
	}
	ratio := maxRatio * min(int64(min(entry.CompressedSize64, math.MaxInt64/maxRatio)), size)
	limit = min(limit, max(ratio, freeJSON))
	return &unpacker{body: body, name: entry.Name, left: limit, limit: limit}, nil
}

// HeadBytes is how many bytes of a file annotationFormat looks at.
const HeadBytes = 512

// Format tells from a file's first bytes whether it is a zip or a JSON, or says what it is instead.
func Format(head []byte) (zipped bool, err error) {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n")
	switch {
	case len(head) == 0:
		return false, errors.New("it is empty, not a COCO annotation file")
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return true, nil
	case len(text) == 0, text[0] == '{', text[0] == '[':
		return false, nil // readCOCO says the rest
	case text[0] == '<':
		return false, errors.New("it is an HTML or XML page, not a COCO annotation file")
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return false, errors.New("it is compressed with gzip: unpack it, or pass a zip")
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return false, errors.New("it is in UTF-16: save it as UTF-8")
	}
	return false, fmt.Errorf("it is neither a JSON nor a zip: it begins with %q", text[:min(len(text), 20)])
}

// directoryReader bounds what opening a zip may read.
type directoryReader struct {
	f    io.ReaderAt
	left int64
}

func (d *directoryReader) ReadAt(p []byte, at int64) (int, error) {
	if d.left < int64(len(p)) {
		return 0, fmt.Errorf("it is larger than %d bytes", maxZipDirectory)
	}
	d.left -= int64(len(p))
	return d.f.ReadAt(p, at)
}

// chooseJSON returns the one JSON among a zip's entries.
func chooseJSON(entries []*zip.File, prefer string) (*zip.File, error) {
	var found, preferred []*zip.File
	for _, entry := range entries {
		// macOS puts a small file of attributes beside each file it zips, under the same name.
		if !entry.Mode().IsRegular() || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		if strings.EqualFold(path.Ext(entry.Name), ".json") {
			found = append(found, entry)
		}
		if path.Base(entry.Name) == prefer {
			preferred = append(preferred, entry)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(preferred) == 1:
		return preferred[0], nil
	case len(found) == 0:
		return nil, fmt.Errorf("the zip has no .json in it, only %s: a zip of one COCO image_info JSON is needed", listNames(entries))
	}
	return nil, fmt.Errorf("the zip has %d JSON files, %s: unpack it and pass the one to use", len(found), listNames(found))
}

// JSONNamed returns the name that the JSON has in a zip that holds several: that of the zip, which is given by its path or
// URL.
func JSONNamed(source string) string {
	if Check(source) == nil {
		source, _, _ = strings.Cut(source, "#")
		source, _, _ = strings.Cut(source, "?")
	}
	name := source[strings.LastIndexAny(source, `/\`)+1:]
	name = strings.TrimSuffix(name, path.Ext(name))
	if strings.EqualFold(path.Ext(name), ".json") {
		return name // it was x.json.zip
	}
	return name + ".json"
}

// listNames lists the first few entries of a zip.
func listNames(entries []*zip.File) string {
	if len(entries) == 0 {
		return "nothing"
	}
	var names []string
	for _, entry := range entries[:min(len(entries), maxNamesShown)] {
		names = append(names, escape.Name(entry.Name))
	}
	list := strings.Join(names, ", ")
	if more := len(entries) - len(names); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

// unpacker reads one entry of a zip, up to a limit, and says which entry an error concerns.
type unpacker struct {
	body  io.ReadCloser
	name  string
	left  int64
	limit int64
}

func (u *unpacker) Read(p []byte) (int, error) {
	// One byte more than is left, because an entry may end right at the limit.
	n, err := u.body.Read(p[:min(int64(len(p)), u.left+1)])
	if int64(n) > u.left {
		return 0, fmt.Errorf("%s in the zip unpacks to more than %d bytes: it is not unpacked further: unpack it and pass the JSON if it is to be trusted", escape.Name(u.name), u.limit)
	}
	u.left -= int64(n)
	if err != nil && err != io.EOF {
		return n, fmt.Errorf("failed to unpack %s: %w: the zip is damaged, fetch it again", escape.Name(u.name), err)
	}
	return n, err
}

func (u *unpacker) Close() error { return u.body.Close() }
