package serve

import (
	"fmt"
	"io"
	"net"
	"testing"
)

// oneConnection returns a function that fetches a set's images in turn over one connection.
func oneConnection(t testing.TB, s *Server) (fetch func()) {
	t.Helper()
	set := s.inTurn[0]
	c, err := net.Dial("tcp", start(t, s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	length := set.Source.Longest()
	header := len((&lane{server: s}).header(length, "image/png", s.started)) + len("Etag: \r\n\r\n") + len(set.appendTag(nil, 0))
	in := make([]byte, int64(header)+length)
	requests := make([][]byte, set.Count)
	for i := range requests {
		requests[i] = fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: h\r\n\r\n", set.path(uint32(i)))
	}
	n := 0
	return func() {
		if _, err := c.Write(requests[n%len(requests)]); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(c, in); err != nil {
			t.Fatal(err)
		}
		n++
	}
}

func BenchmarkServer(b *testing.B) {
	for _, size := range []int64{64, 512} {
		for name, memory := range map[string]int64{"made": 0, "kept": 64 << 20} {
			b.Run(fmt.Sprintf("%d/%s", size, name), func(b *testing.B) {
				s := New(Config{Images: []Images{images("", size, 10)}, Memory: memory})
				fetch := oneConnection(b, s)
				b.SetBytes(s.inTurn[0].Source.Longest())
				b.ReportAllocs()
				for b.Loop() {
					fetch()
				}
				if got := s.Stats(); got.Aborted+got.Rejected != 0 || got.Fetches < int64(b.N) {
					b.Errorf("%+v", got)
				}
			})
		}
	}
}
