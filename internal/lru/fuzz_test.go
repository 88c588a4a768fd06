package lru

import "testing"

// FuzzCurve reads a stream of requests from bytes and compares stack and curve
// with the literal list and caches. A byte of 0xf8 to 0xff ends a request, a
// lower one is an image, so that repeats and empty requests are a few bytes away
// and renumbering 64.
func FuzzCurve(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("\x00\x00\xff\x01\x00\x01\xff\xff\x00"))
	f.Add([]byte("abcabc\xffcba\xffaabbcc\xff\xffabcdefgh\xffhgfedcba"))
	f.Fuzz(func(t *testing.T, data []byte) {
		// The literal caches take time in the cube of the length.
		if len(data) > 400 {
			return
		}
		stream := [][]uint32{nil}
		for _, b := range data {
			if b >= 0xf8 {
				stream = append(stream, nil)
				continue
			}
			end := len(stream) - 1
			stream[end] = append(stream[end], uint32(b))
		}
		if err := checkStream(stream); err != nil {
			t.Fatalf("%v: %v", stream, err)
		}
	})
}
