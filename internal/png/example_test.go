package png_test

import (
	"bytes"
	"fmt"
	standard "image/png"

	"mmjsonl/internal/png"
)

// A red image of two pixels, read by the standard library.
func ExampleEncoder() {
	var encoder png.Encoder
	encoder.Reset(2, 1)
	var file []byte
	for encoder.More() {
		file = encoder.Append(file, func(rows []byte) {
			copy(rows, []byte{0, 0xff, 0, 0, 0xff, 0, 0}) // a byte for the row, then red, green and blue of each pixel
		})
	}
	img, err := standard.Decode(bytes.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	r, g, b, _ := img.At(1, 0).RGBA()
	fmt.Println(img.Bounds().Size(), r>>8, g>>8, b>>8, int64(len(file)) == png.Size(2, 1))
	// Output: (2,1) 255 0 0 true
}
