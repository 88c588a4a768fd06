package urls

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// maxImages bounds the images of a COCO file. COCO's own files have up to 123,403.
const maxImages = 5_000_000

// ReadCOCO reads a COCO image_info file, or any other COCO annotation file, and calls each with the coco_url of every
// entry of its images, in the file's order. A URL is passed on as the file gives it, once [Check] has accepted it.
//
// Entries without a URL are left out, if there are others; note is then called with a sentence that says how many, unless it is nil.
//
// The JSON is read to its end, but never held, so that memory does not grow with the file and a file that was cut short is
// noticed even if its images are complete. Errors say where: by the number of the entry, as in images[0], or by the byte,
// counted from 0. An error of r or of each is returned wrapped or as it is.
func ReadCOCO(r io.Reader, each func(url string) error, note func(sentence string)) error {
	return readCOCO(r, maxImages, maxJSONValues, each, note)
}

// readCOCO is ReadCOCO with other bounds.
func readCOCO(r io.Reader, images, values int, each func(url string) error, note func(string)) error {
	br := bufio.NewReaderSize(r, maxJSONRead)
	bom, err := skipBOM(br)
	if err != nil {
		return err
	}
	f := cocoFile{jsonReader: jsonReader{r: br, read: bom, start: bom, mostValues: values}, mostImages: images, each: each}
	if err := f.all(); err != nil {
		return err
	}
	return f.judge(note)
}

// cocoFile is a COCO file that is read.
type cocoFile struct {
	jsonReader
	mostImages int
	each       func(url string) error

	entries, usable int
	without, first  int // entries without a coco_url, and the first of them
	looked          int // strings under other keys
	other           error
	others          map[string]int // entries with a URL under another key
}

// judge says what is wrong with the file as a whole, or notes what was left out.
func (f *cocoFile) judge(note func(string)) error {
	switch {
	case f.without+f.unfetched() == 0 || f.usable > 0 && f.without == 0:
		return nil
	case f.usable > 0:
		if note != nil {
			note(fmt.Sprintf("%d of its %d images have no coco_url and are left out; the first is images[%d]", f.without, f.entries, f.first))
		}
		return nil
	}
	what := fmt.Sprintf("none of its %d images has a coco_url", f.entries)
	if f.entries == 1 {
		what = "its only image has no coco_url"
	}
	if f.other != nil {
		what += fmt.Sprintf(" that can be fetched: %v", f.other)
	}
	if len(f.others) > 0 {
		// The key that most have, by name where several are alike.
		key := slices.MinFunc(slices.Collect(maps.Keys(f.others)), func(a, b string) int {
			return cmp.Or(cmp.Compare(f.others[b], f.others[a]), cmp.Compare(a, b))
		})
		which := fmt.Sprintf("%d have", f.others[key])
		if f.others[key] == 1 {
			which = "1 has"
		}
		return fmt.Errorf("%s, but %s a URL as %s: write it to coco_url as well, jq '.images[] |= (.coco_url = .%s)' FILE > coco.json", what, which, key, key)
	}
	return fmt.Errorf("%s; it may name files only (file_name): put the images on a server and list their URLs for url-list", what)
}

// unfetched is 1 if there is an entry whose URL cannot be fetched.
func (f *cocoFile) unfetched() int {
	if f.other != nil {
		return 1
	}
	return 0
}

// all reads the file to its end.
func (f *cocoFile) all() error {
	first, err := f.begin()
	if err == io.EOF {
		return errors.New("the file is empty: a COCO image_info JSON is needed")
	}
	if err != nil {
		return err
	}
	switch kind := kindOf(first); {
	case kind == jsonObject:
	case kind == jsonInvalid, first == 'N', first == 'I':
		return f.invalid()
	default:
		return fmt.Errorf("the JSON is %s, not an object: a COCO image_info JSON is needed", kind)
	}
	found := false
	err = f.object(func(key []byte) (err error) {
		switch {
		case string(key) != "images":
			err = f.skip(true)
		case found:
			err = fmt.Errorf(`the JSON has "images" a second time, at byte %d`, f.offset())
		default:
			found = true
			err = f.images()
		}
		f.mark()
		return err
	})
	if err != nil {
		return err
	}
	if !found {
		return errors.New(`the JSON has no "images": a COCO image_info JSON is needed`)
	}
	f.mark()
	end := f.offset()
	_, err = f.begin()
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("something follows the JSON's end at byte %d", end)
}

// images reads the list of images.
func (f *cocoFile) images() error {
	first, err := f.next()
	if err != nil {
		return err
	}
	switch kind := kindOf(first); kind {
	case jsonList:
	case jsonInvalid:
		return f.invalid()
	default:
		return fmt.Errorf(`"images" is %s, not a list, at byte %d`, kind, f.offset())
	}
	i := 0
	return f.list(func() error {
		if i == f.mostImages {
			return fmt.Errorf("the JSON has more than %d images, at byte %d: give fewer, or a url-list", f.mostImages, f.offset())
		}
		url, err := f.image(i)
		if err != nil {
			return err
		}
		at := i
		i++
		f.entries++
		f.mark()
		if url = strings.TrimSpace(url); url == "" {
			if f.without++; f.without == 1 {
				f.first = at
			}
			return nil
		}
		if err := Check(url); err != nil {
			err = fmt.Errorf("images[%d].coco_url: %w", at, err)
			if hasScheme(url) || f.usable > 0 {
				return err
			}
			if f.other == nil {
				f.other = err // all may be like this one
			}
			return nil
		}
		if f.other != nil {
			return f.other
		}
		f.usable++
		return f.each(url)
	})
}

// image reads entry i of the images and returns its coco_url. Of several the last counts.
func (f *cocoFile) image(i int) (url string, err error) {
	first, err := f.next()
	if err != nil {
		return "", err
	}
	switch kind := kindOf(first); kind {
	case jsonObject:
		err = f.object(func(key []byte) error {
			if string(key) != "coco_url" {
				return f.otherKey(key)
			}
			url, err = f.url(i)
			return err
		})
	default:
		if err = f.skip(false); err == nil && kind != jsonNull {
			err = fmt.Errorf("images[%d] is %s, not an object, at byte %d", i, kind, f.offset())
		}
	}
	return url, err
}

// mostOthers is how many other keys with URLs are counted, and mostLooked in how many strings they are looked for.
const (
	mostOthers = 16
	mostLooked = 1_000_000
)

// otherKey reads the value of another key, which may hold the URL if its name says so.
func (f *cocoFile) otherKey(key []byte) error {
	first, err := f.next()
	if err != nil {
		return err
	}
	if first != '"' || f.usable > 0 || f.looked == mostLooked {
		return f.skip(false)
	}
	f.looked++
	if !urlKeys().Match(key) {
		return f.skip(false)
	}
	name := string(key) // the next text takes its place
	text, err := f.text()
	if err != nil || !hasScheme(string(text)) || Check(string(text)) != nil {
		return err
	}
	if f.others == nil {
		f.others = map[string]int{}
	}
	if _, known := f.others[name]; known || len(f.others) < mostOthers {
		f.others[name]++
	}
	return nil
}

// urlKeys are names of keys that may hold a URL, and that can be shown as they are.
var urlKeys = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^[a-z0-9_]{0,20}(url|uri|link|href|src|path)[a-z0-9_]{0,20}$`)
})

// url reads the coco_url of entry i; null is none.
func (f *cocoFile) url(i int) (url string, err error) {
	first, err := f.next()
	if err != nil {
		return "", err
	}
	kind := kindOf(first)
	if kind == jsonString {
		text, err := f.text()
		return string(text), err
	}
	if err = f.skip(false); err == nil && kind != jsonNull {
		err = fmt.Errorf("images[%d].coco_url is %s, not a string, at byte %d", i, kind, f.offset())
	}
	return "", err
}
