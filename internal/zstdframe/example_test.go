package zstdframe_test

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/zstdframe"
)

// A text, the same text again without its bytes, and base64, read by a standard decoder.
func Example() {
	const text = "the same text, "
	var encoder zstdframe.TextEncoder
	frame := zstdframe.AppendHeader(nil, zstdframe.Window(1000), -1)
	frame = encoder.Append(frame, []byte(text))
	frame = zstdframe.AppendRepeat(frame, int64(len(text)), int64(len(text)))
	frame = zstdframe.AppendBase64(frame, []byte("and base64"))
	frame = zstdframe.AppendEnd(frame)

	decoder, err := zstd.NewReader(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer decoder.Close()
	content, err := decoder.DecodeAll(frame, nil)
	fmt.Println(string(content), err)
	// Output: the same text, the same text, YW5kIGJhc2U2NA== <nil>
}
