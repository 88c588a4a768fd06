package serve

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"mmjsonl/internal/media/mediatest"
)

// The plain twin of an image that is made while it is read is one in memory.
func TestContentReads(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{1, 8, 150, 400} {
		s := newSet(images("", size, 3), 0)
		want := mediatest.Paint(t, s.Source.Painter(), 2)
		c, err := s.open(2)
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(c, want); err != nil {
			t.Errorf("size %d: %v", size, err)
		}
		seed := rand.Uint64()
		random := rand.New(rand.NewPCG(seed, 0))
		twin := bytes.NewReader(want)
		if _, err := c.Seek(0, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		for range 200 {
			offset, whence := random.Int64N(int64(len(want)+10)), io.SeekStart
			switch random.IntN(6) {
			case 0:
				offset, whence = -offset, io.SeekEnd
			case 1:
				offset, whence = random.Int64N(2000)-1000, io.SeekCurrent
			}
			at, err := c.Seek(offset, whence)
			twinAt, twinErr := twin.Seek(offset, whence)
			if (err == nil) != (twinErr == nil) || err == nil && at != twinAt {
				t.Fatalf("size %d, seed %d: Seek(%d, %d) is %d, %v; want %d, %v", size, seed, offset, whence, at, err, twinAt, twinErr)
			}
			n := random.Int64N(70_000)
			got, err := io.ReadAll(io.LimitReader(c, n))
			twinGot, _ := io.ReadAll(io.LimitReader(twin, n))
			if err != nil || !bytes.Equal(got, twinGot) {
				t.Fatalf("size %d, seed %d: %d bytes read at %d, %v; want %d", size, seed, len(got), twinAt, err, len(twinGot))
			}
		}
		c.Close()
	}
}

// FuzzContentRanges has net/http answer the same Range from an image that is made meanwhile and from one in memory.
func FuzzContentRanges(f *testing.F) {
	for _, ranges := range []string{"", "bytes=0-0", "bytes=-1", "bytes=70000-", "bytes=0-,5-6", "bytes=60000-70000,3-5,-7", "bytes=9999999-", "bytes=5-1", "lines=1-2", "bytes=,", "bytes=1-2, 4-5 ,7-8"} {
		f.Add(ranges, "")
		f.Add(ranges, `"tag"`)
	}
	s := newSet(images("", 160, 2), 0)
	whole := mediatest.Paint(f, s.Source.Painter(), 1)
	f.Fuzz(func(t *testing.T, ranges, ifRange string) {
		if strings.Count(ranges, ",") > maxRanges {
			return
		}
		answer := func(content io.ReadSeeker) *httptest.ResponseRecorder {
			w := httptest.NewRecorder()
			w.Header().Set("Etag", `"tag"`)
			w.Header().Set("Content-Type", "image/png")
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["Range"], r.Header["If-Range"] = []string{ranges}, []string{ifRange}
			http.ServeContent(w, r, "", time.Time{}, content)
			return w
		}
		c, err := s.open(1)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		got, want := answer(c), answer(bytes.NewReader(whole))
		gotBody, wantBody := got.Body.String(), want.Body.String()
		if _, boundary, multi := strings.Cut(want.Header().Get("Content-Type"), "boundary="); multi { // which is random
			_, other, _ := strings.Cut(got.Header().Get("Content-Type"), "boundary=")
			gotBody = strings.ReplaceAll(gotBody, other, boundary)
		}
		if got.Code != want.Code || gotBody != wantBody || got.Header().Get("Content-Range") != want.Header().Get("Content-Range") ||
			got.Header().Get("Content-Length") != want.Header().Get("Content-Length") {
			t.Errorf("range %q: %d %v, %d bytes; want %d %v, %d bytes", ranges, got.Code, got.Header(), len(gotBody), want.Code, want.Header(), len(wantBody))
		}
	})
}

// Memory holds no more than it may, and what it holds stays.
func TestMemoryReserve(t *testing.T) {
	t.Parallel()
	m := newMemory(10 * page)
	type held struct{ offset, length int64 }
	var all []held
	for _, length := range []int64{10, page, 1, 2*page + 1, 100, page - 1, 3 * page, page, 5} {
		offset, ok := m.reserve(length)
		if !ok {
			continue
		}
		if offset < 0 || offset+length > int64(len(m.bytes)) || length >= page && offset%page != 0 {
			t.Errorf("%d bytes at %d", length, offset)
		}
		for _, other := range all {
			if offset < other.offset+other.length && other.offset < offset+length {
				t.Errorf("%d bytes at %d are over %d at %d", length, offset, other.length, other.offset)
			}
		}
		all = append(all, held{offset, length})
	}
	if len(all) < 7 || !m.full.Load() {
		t.Errorf("%d of 9 have room, full is %v", len(all), m.full.Load())
	}
}

// An image is kept when it is requested again, by one of those that request it.
func TestMemoryKeepsRepeated(t *testing.T) {
	t.Parallel()
	s := newSet(images("", 60, 3), 0)
	m := newMemory(1 << 20)
	record := s.records.at(2)
	if kept, _ := s.kept(m, 2, record, 1); kept != nil || m.used.Load() != 0 {
		t.Error("an image is kept at its first request")
	}
	record.kept.Store(beingKept)
	if kept, _ := s.kept(m, 2, record, 2); kept != nil {
		t.Error("an image is sent from where it is being made")
	}
	record.kept.Store(0)
	want := mediatest.Paint(t, s.Source.Painter(), 2)
	for requests := range uint32(3) {
		kept, offset := s.kept(m, 2, record, requests+2)
		if !bytes.Equal(kept, want) || !bytes.Equal(m.bytes[offset:offset+int64(len(want))], want) {
			t.Fatalf("request %d gets %d bytes at %d", requests+2, len(kept), offset)
		}
	}
	if used := m.used.Load(); used > int64(len(want))+page {
		t.Errorf("an image of %d bytes uses %d", len(want), used)
	}
}

func TestRecordsConcurrent(t *testing.T) {
	t.Parallel()
	for range 50 {
		p := newPaged(3 * pageLength)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for i := range uint32(3) {
					p.at(i * pageLength).requests.Add(1)
				}
			})
		}
		all.Wait()
		found := 0
		p.requested(func(i uint32, r *record) {
			found++
			if r.requests.Load() != 8 {
				t.Fatalf("image %d has %d requests of 8", i, r.requests.Load())
			}
		})
		if found != 3 {
			t.Fatalf("%d images of 3 were requested", found)
		}
	}
}
