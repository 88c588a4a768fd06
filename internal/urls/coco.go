package urls

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// maxImages bounds the images of a COCO file. COCO's own files have up to 123,403.
const maxImages = 5_000_000

// ReadCOCO reads a COCO image_info file, or any other COCO annotation file, and calls each with the coco_url of every
// entry of its images, in the file's order. A URL is passed on as the file gives it, once [Check] has accepted it.
//
// The JSON is read to its end, but never held, so that memory does not grow with the file and a file that was cut short is
// noticed even if its images are complete. Errors say where: by the number of the entry, as in images[0], or by the byte,
// counted from 0. An error of r or of each is returned wrapped or as it is.
func ReadCOCO(r io.Reader, each func(url string) error) error {
	return readCOCO(r, maxImages, maxJSONValues, each)
}

// readCOCO is ReadCOCO with other bounds.
func readCOCO(r io.Reader, images, values int, each func(url string) error) error {
	br := bufio.NewReaderSize(r, maxJSONRead)
	bom, err := skipBOM(br)
	if err != nil {
		return err
	}
	f := cocoFile{jsonReader: jsonReader{r: br, read: bom, start: bom, mostValues: values}, mostImages: images, each: each}
	return f.all()
}

// cocoFile is a COCO file that is read.
type cocoFile struct {
	jsonReader
	mostImages int
	each       func(url string) error
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
	switch kind := kindOf(first); kind {
	case jsonObject:
	case jsonInvalid:
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
		if err := Check(url); err != nil {
			return fmt.Errorf("images[%d].coco_url: %w", i, err)
		}
		i++
		f.mark()
		return f.each(url)
	})
}

// image reads entry i of the images and returns its coco_url. Of several the last counts.
func (f *cocoFile) image(i int) (url string, err error) {
	first, err := f.next()
	if err != nil {
		return "", err
	}
	found := false
	switch kind := kindOf(first); kind {
	case jsonObject:
		err = f.object(func(key []byte) error {
			if string(key) != "coco_url" {
				return f.skip(false)
			}
			url, found, err = f.url(i)
			return err
		})
	default:
		if err = f.skip(false); err == nil && kind != jsonNull {
			err = fmt.Errorf("images[%d] is %s, not an object, at byte %d", i, kind, f.offset())
		}
	}
	if err == nil && !found {
		err = fmt.Errorf("images[%d] has no coco_url, at byte %d", i, f.offset())
	}
	return url, err
}

// url reads the coco_url of entry i; null is none.
func (f *cocoFile) url(i int) (url string, found bool, err error) {
	first, err := f.next()
	if err != nil {
		return "", false, err
	}
	kind := kindOf(first)
	if kind == jsonString {
		text, err := f.text()
		return string(text), err == nil, err
	}
	if err = f.skip(false); err == nil && kind != jsonNull {
		err = fmt.Errorf("images[%d].coco_url is %s, not a string, at byte %d", i, kind, f.offset())
	}
	return "", false, err
}
