package serve

import (
	"fmt"
	"io"
	"net"
	"testing"
)

// BenchmarkServer fetches images over one connection, one after another.
func BenchmarkServer(b *testing.B) {
	for _, size := range []int64{64, 512} {
		for name, memory := range map[string]int64{"made": 0, "kept": 64 << 20} {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				set := images("", size, 10)
				s := New(Config{Images: []Images{set}, Memory: memory})
				c, err := net.Dial("tcp", start(b, s))
				if err != nil {
					b.Fatal(err)
				}
				defer c.Close()
				length := set.Source.Longest()
				header := len((&lane{server: s}).header(length, "image/png", s.started)) + len("Etag: \r\n\r\n") + len(s.inTurn[0].appendTag(nil, 0))
				in := make([]byte, int64(header)+length)
				requests := make([][]byte, set.Count)
				for i := range requests {
					requests[i] = fmt.Appendf(nil, "GET /%s HTTP/1.1\r\nHost: h\r\n\r\n", set.Append(nil, uint32(i)))
				}
				b.SetBytes(length)
				b.ReportAllocs()
				for n := 0; b.Loop(); n++ {
					if _, err := c.Write(requests[n%len(requests)]); err != nil {
						b.Fatal(err)
					}
					if _, err := io.ReadFull(c, in); err != nil {
						b.Fatal(err)
					}
				}
				if got := s.Stats(); got.Aborted+got.Rejected != 0 || got.Fetches < int64(b.N) {
					b.Errorf("%+v", got)
				}
			})
		}
	}
}
