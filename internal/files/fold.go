package files

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns what two names of files have in common if any file system takes them for one: those of macOS and Windows, FAT and exFAT, and
// folders of Linux that are set up so have one name for all cases, for all Unicode normal forms, with characters that cannot be seen or without,
// and with dots and spaces at the end or without. It is at least as coarse as each of these, and no name to be used.
func Fold(name string) string {
	if plain, ok := foldASCII(name); ok {
		return plain
	}
	var folded strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if isIgnored(r) {
			continue
		}
		if r == 'ß' || r == 'ẞ' { // of the letters whose case is not one letter the only one that the normal form leaves
			folded.WriteString("ss")
			continue
		}
		folded.WriteRune(smallest(r))
	}
	// What was folded may have another order of its marks, and end otherwise.
	return trimEnd(norm.NFKD.String(folded.String()))
}

// foldASCII folds a name that has only visible ASCII.
func foldASCII(name string) (string, bool) {
	for i := range len(name) {
		if name[i] < ' ' || name[i] >= utf8.RuneSelf-1 {
			return "", false
		}
	}
	return trimEnd(strings.ToLower(name)), true
}

// trimEnd removes what Windows and FAT leave out at the end of a name. A name of dots alone is a folder's.
func trimEnd(name string) string {
	name = strings.TrimSuffix(name, "::$data") // a file's content, as NTFS calls it
	if trimmed := strings.TrimRight(name, ". "); trimmed != "" {
		return trimmed
	}
	return name
}

// isIgnored reports whether a character counts for nothing in names on some file systems.
func isIgnored(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// smallest is the same for all cases of a letter.
func smallest(r rune) rune {
	r = unicode.ToLower(unicode.ToUpper(r))
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return unicode.ToLower(least)
}

// foldPath folds each name of a path.
func foldPath(path string) string {
	names := strings.Split(filepath.ToSlash(path), "/")
	for i, name := range names {
		names[i] = Fold(name)
	}
	return strings.Join(names, "/")
}

// An Identity says which file a path is of, on whatever file system.
type Identity struct {
	path   string      // without links
	folder os.FileInfo // the nearest existing file or folder of the path; nil if there is none
	rest   string      // the path from there, folded; "" if the file exists
	folded string      // the path, folded
}

// Identify returns the identity of a path.
func Identify(path string) Identity { return identify(Resolve(path)) }

// identify is Identify for a path without links.
func identify(path string) Identity {
	id := Identity{path: path, folded: foldPath(path)}
	for above := path; ; above = filepath.Dir(above) {
		if info, err := os.Stat(above); err == nil {
			id.folder, id.rest = info, foldPath(strings.TrimPrefix(path, above))
			return id
		}
		if filepath.Dir(above) == above {
			return id
		}
	}
}

// Same reports whether two paths are of one file, on some file systems at least.
func (id Identity) Same(other Identity) bool {
	return id.folded == other.folded ||
		id.folder != nil && other.folder != nil && id.rest == other.rest && os.SameFile(id.folder, other.folder)
}

// Inside reports whether a path is below another.
func (id Identity) Inside(folder Identity) bool {
	for above := id.path; filepath.Dir(above) != above; {
		above = filepath.Dir(above)
		if identify(above).Same(folder) {
			return true
		}
	}
	return false
}
