package generator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

// Kind is a kind of file that this program writes.
type Kind int

const (
	KindRows Kind = iota
	KindManifest
	KindPage
)

// CheckReplaced returns what is wrong with writing a file of a kind at a place, and what to do, or nothing. A file is replaced by one of its own
// kind, and else it is somebody's; rows replace any text whose name ends in .jsonl as well. Names that mean something to this program are for
// what it makes itself.
func CheckReplaced(place files.Place, kind Kind) (wrong, remedy string) {
	name := files.Fold(filepath.Base(place.Target().Here))
	if kind != KindManifest && strings.HasSuffix(name, ManifestSuffix) {
		return "ends in " + ManifestSuffix + ", as manifests do", "give another name"
	}
	if isReservedName(name) && isMarked(place.Target().Folder()) {
		return "has a name that only images have, in their folder", "give another"
	}
	if _, isStream := files.OpenStream(place.Here); isStream {
		return "is not a plain file", "give a file name"
	}
	place = place.Target()
	info, err := place.Stat()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", ""
	case err != nil:
		return fmt.Sprintf("cannot be looked at: %s", err), "give another name"
	case !info.Mode().IsRegular() || info.Size() == 0:
		return "", "" // nothing, or what is rejected elsewhere
	}
	// Of what cannot be read the name must say that it is one of this program's.
	found, err := beginning(place, name)
	if kind.isReplacedBy(name, found) {
		return "", ""
	}
	called := [...]string{"a request file", "a manifest", "a page"}[kind]
	var fault *fs.PathError
	if errors.As(err, &fault) {
		return fmt.Sprintf("exists and cannot be read to see whether it is %s of this program: %s", called, fault.Err), "make it readable, delete it, or give another name"
	}
	return fmt.Sprintf("exists and is not %s of this program", called), "delete it, or give another name"
}

// isReservedName reports whether a name is an image's, of any source, or a mark's.
func isReservedName(name string) bool {
	const digits, letters = "0123456789", "abcdefghijklmnopqrstuvwxyz"
	number, extension, _ := strings.Cut(strings.TrimPrefix(name, "img_"), ".")
	isImage := strings.HasPrefix(name, "img_") && len(number) >= 4 && strings.Trim(number, digits) == "" &&
		extension != "" && strings.Trim(extension, letters+digits) == ""
	_, isMark := markOf(name)
	return isImage || isMark
}

// isMarked reports whether a folder is one of generated images.
func isMarked(place files.Place) bool {
	folder, err := place.OpenFolder()
	if err != nil {
		return false
	}
	defer folder.Close()
	names, _ := folder.Names()
	for _, name := range names {
		if _, marked := markOf(files.Fold(name)); marked {
			return true
		}
	}
	return false
}

// isReplacedBy reports whether a file of a kind may replace one that has the name and the beginning.
func (k Kind) isReplacedBy(name string, beginning []byte) bool {
	isManifest := manifestBeginning().Match(beginning)
	switch k {
	case KindManifest:
		return isManifest
	case KindPage:
		return bytes.Contains(beginning, pageBeginning)
	}
	if isManifest {
		return false
	}
	if !requestFileName().MatchString(name) {
		return rowBeginning().Match(beginning)
	}
	switch kind, _, _ := strings.Cut(http.DetectContentType(beginning), ";"); kind {
	case "text/plain", "application/octet-stream": // nothing in particular, such as zstd
		return true
	case "application/x-gzip":
		return compressionOf(name) == CompressionGzip
	}
	return false
}

// pattern returns a regular expression that is compiled when it is first used: a new file needs none.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// restOfText is the text in a JSON string, or so much of it as there is.
const restOfText = `(?:[^"\\]|\\.)*\\?`

var (
	requestFileName   = pattern(`\.jsonl(\.gz|\.zst)?$`)
	manifestBeginning = pattern(`^\s*\{\s*"format":\s*[0-9]+,\s*"mmjsonl":`)
	pageBeginning     = []byte(`<meta name="generator" content="mmjsonl"/>`) // internal/report has it
	// As internal/format writes rows: other people's files begin with an object that has a text or images, too. A text may be longer than what was read.
	rowBeginning = pattern(`^\{(?:"[a-z_]+":(?:"[^"]*"|[0-9.]+),)*(?:` +
		`"text":"` + restOfText + `(?:\z|","images":\[)|"prompt":"` + restOfText + `(?:\z|","image_files":\[)|` +
		`(?:"payload":\{|"body":\{)?"model":"` + restOfText + `","messages":\[\{"role":"user","content":\[\{"type":"text","text":")`)
)

// beginning returns the first bytes of a file, decompressed if only its name's end says what it is.
func beginning(place files.Place, name string) ([]byte, error) {
	f, err := place.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const length = 4 << 10
	read := func(r io.Reader) ([]byte, error) {
		head := make([]byte, length)
		n, err := io.ReadFull(r, head)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = nil
		}
		return head[:n], err
	}
	var plain io.Reader
	switch compression := compressionOf(name); {
	case requestFileName().MatchString(name): // its name says enough
	case compression == CompressionGzip:
		if r, err := gzip.NewReader(f); err == nil {
			plain = r
		}
	case compression == CompressionZstd:
		const mostWindow = 8 << 20 // which is held in memory
		if r, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(mostWindow)); err == nil {
			defer r.Close()
			plain = r
		}
	}
	if plain != nil {
		if head, err := read(plain); err == nil {
			return head, nil
		}
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return read(f)
}

// checkReplaced checks that the files of the run replace nothing of somebody else's.
func (b *planner) checkReplaced() {
	for _, file := range b.plan.replaces() {
		if b.problems.Blame(file.input) {
			continue
		}
		if wrong, remedy := CheckReplaced(file.place, file.kind); wrong != "" {
			b.problems.Add(file.input, "%s: %s, %q, %s\n%s", file.input, file.what, file.place.Here, wrong, remedy)
		}
	}
}

// checkReplaced checks again, before the files appear.
func (p *Plan) checkReplaced() error {
	for _, file := range p.replaces() {
		if wrong, remedy := CheckReplaced(file.place, file.kind); wrong != "" {
			return fmt.Errorf("failed to write %q: it %s: %s", file.place.Here, wrong, remedy)
		}
	}
	return nil
}

// replacing is a file that may take the place of another.
type replacing struct {
	input problem.Name
	what  string
	place files.Place
	kind  Kind
}

// replaces lists the files that a run puts in the place of others.
func (p *Plan) replaces() []replacing {
	all := []replacing{
		{"output", "the output", p.Names.Output, KindRows},
		{"output", "the output's manifest", p.Names.Manifest, KindManifest},
		{"report", "the report", p.Names.Report, KindPage},
	}
	return slices.DeleteFunc(all, func(file replacing) bool {
		return file.place.Here == "" || file.kind == KindRows && p.Output.device
	})
}
