package program

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
)

// COCO is an image_info file of n images in COCO's shape, each image with so many bytes of ballast that a reader has no use for.
func COCO(n, ballast int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"info": {"description": "COCO 2017 Dataset", "url": "http://cocodataset.org", "version": "1.0", "year": 2017, ` +
		`"contributor": "COCO Consortium", "date_created": "2017/09/01"}, "images": [`)
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, `{"license": 3, "file_name": "%012d.jpg", "coco_url": "%s", "height": 640, "width": 427, `+
			`"date_captured": "2013-11-16 19:17:19", "note": "%s", "id": %d}`, i, COCOURL(i), strings.Repeat("x", ballast), i)
	}
	b.WriteString(`], "licenses": [{"url": "http://creativecommons.org/licenses/by/2.0/", "id": 4, "name": "Attribution License"}], ` +
		`"categories": [{"supercategory": "person", "id": 1, "name": "person", "coco_url": "http://images.cocodataset.org/not-an-image"}]}`)
	return b.Bytes()
}

// COCOURL is the URL of COCO's i-th image.
func COCOURL(i int) string { return fmt.Sprintf("http://images.cocodataset.org/test2017/%012d.jpg", i) }

// IsCOCOURL reports whether a URL is one of COCO's.
func IsCOCOURL(url string) bool {
	var i int
	n, err := fmt.Sscanf(url, "http://images.cocodataset.org/test2017/%d.jpg", &i)
	return n == 1 && err == nil && url == COCOURL(i)
}

// OfficialArchive is where COCO offers the annotations of its 2017 test images.
const OfficialArchive = "http://images.cocodataset.org/annotations/image_info_test2017.zip"

// COCOZip is such an archive, of n images.
func COCOZip(n int) []byte {
	return Zip(map[string][]byte{"annotations/image_info_test2017.json": COCO(n, 0)})
}

// Zip is a zip archive of files by name.
func Zip(files map[string][]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(data)
		}
		if err != nil {
			panic(err) // a bytes.Buffer takes everything
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}
