package inspect

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/format/formattest"
	"mmjsonl/internal/reuse"
)

// inspectText reads a file that is given as its text.
func inspectText(t *testing.T, text string, options Options, limits limits) *Result {
	t.Helper()
	result, err := read(t.Context(), "file", strings.NewReader(text), options, limits)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// sentAlone is the order in which aiperf sends conversations at concurrency 1, with warm-up and requests as given: conversations in the
// order of their first row, again from the first when all have been started, and a new one after the warm-up.
func sentAlone(conversations [][]int, sending Sending) (rows []int) {
	next, at := 0, 0
	send := func() {
		rows = append(rows, conversations[next][at])
		if at++; at == len(conversations[next]) {
			next, at = (next+1)%len(conversations), 0
		}
	}
	for range sending.WarmUp {
		send()
	}
	if at > 0 {
		next, at = (next+1)%len(conversations), 0
	}
	for range sending.Requests {
		send()
	}
	if sending.Requests == 0 && sending.WarmUp == 0 {
		for _, conversation := range conversations {
			rows = append(rows, conversation...)
		}
	}
	return rows
}

// TestRandomFiles holds files of all kinds of rows to the oracle: images numbered by a map of strings, rows in an order of its own, figures
// by a Watcher, which has its own tests; in chunks so small that many lines are longer.
func TestRandomFiles(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var text strings.Builder
		var bad []int64
		numbers := map[string]uint32{}
		names := map[uint32]string{}
		uses := map[uint32]int64{}
		sessions := map[string]int{} // their conversations
		var rows [][]uint32
		var conversations [][]int
		options := Options{Reuse: reuse.Options{Capacities: []int64{1, 3, 9}, Replicas: 2}, Open: elsewhere}
		lines := int64(rng.IntN(400))
		withSessions := rng.IntN(2) == 0
		for n := int64(1); n <= lines; n++ {
			line := formattest.RandomRow(rng)
			for !withSessions && strings.Contains(line, "session_id") {
				line = formattest.RandomRow(rng)
			}
			switch rng.IntN(12) {
			case 0:
				line = strings.Repeat(" ", 1+rng.IntN(2))
			case 1, 2:
				line = fmt.Sprintf(`{"text":%q,"images":["%d.png","%d.png"]}`, strings.Repeat("é", rng.IntN(900)), rng.IntN(9), rng.IntN(9))
			}
			if n == 1 {
				line = `{"text":"of the kind"}`
			}
			text.WriteString(line)
			if n < lines || rng.IntN(2) == 0 {
				text.WriteString([]string{"\n", "\n", "\r\n", "\r"}[rng.IntN(4)])
			}
			if formattest.Blank([]byte(line)) {
				continue
			}
			row := formattest.Read([]byte(line))
			if row.Refused {
				bad = append(bad, n)
				continue
			}
			at, known := sessions[row.Session]
			if row.Session == "" || !known {
				at = len(conversations)
				conversations = append(conversations, nil)
			}
			if row.Session != "" {
				sessions[row.Session] = at
			}
			conversations[at] = append(conversations[at], len(rows))
			var request []uint32
			for _, image := range row.Images {
				key := imageKey(image, true)
				if _, seen := numbers[key]; !seen {
					names[uint32(len(numbers))] = cmp.Or(image.UUID, image.Name)
					numbers[key] = uint32(len(numbers))
				}
				request = append(request, numbers[key])
			}
			rows = append(rows, request)
		}
		if rng.IntN(3) == 0 && len(rows) > 0 {
			options.Sending = Sending{Requests: 1 + rng.Int64N(int64(2*len(rows))), WarmUp: rng.Int64N(int64(len(rows)))}
		}
		watched := options.Reuse
		watched.WarmUp = options.Sending.WarmUp
		watcher := reuse.NewWatcher(watched)
		for _, row := range sentAlone(conversations, options.Sending) {
			watcher.Add(rows[row])
			for _, image := range rows[row] {
				uses[image]++
			}
		}

		for _, limits := range []limits{{48, 1 << 20, defaultUnpacked}, {700, 1 << 20, defaultUnpacked}, defaultLimits} {
			got := inspectText(t, text.String(), options, limits)
			want := watcher.Figures()
			for i := range min(len(want.Popularity.Top), len(got.Popularity.Top)) {
				got := &got.Popularity.Top[i]
				if got.Uses != uses[got.Image] || got.Name != names[got.Image] && !strings.HasPrefix(names[got.Image], "data:") {
					t.Errorf("seed %d: top %d is %+v, want %+v, used %d times", seed, i, got, names[got.Image], uses[got.Image])
				}
				got.Name = ""
			}
			gotFigures, _ := json.Marshal(got.Figures)
			wantFigures, _ := json.Marshal(want)
			if string(gotFigures) != string(wantFigures) {
				t.Fatalf("seed %d, %+v: figures %s, want %s", seed, limits, gotFigures, wantFigures)
			}
			if got.Lines != lines || got.BadRowCount != int64(len(bad)) || got.Sessions != int64(len(sessions)) {
				t.Fatalf("seed %d, %+v: %d lines, %d bad, %d sessions; want %d, %d, %d", seed, limits,
					got.Lines, got.BadRowCount, got.Sessions, lines, len(bad), len(sessions))
			}
			var named []int64
			for _, row := range got.BadRows {
				named = append(named, row.Line)
			}
			if !slices.Equal(named, bad[:min(len(bad), 10)]) {
				t.Fatalf("seed %d, %+v: bad rows %v, want %v", seed, limits, named, bad)
			}
			kinds := got.ReferenceKinds
			slots := 0
			for _, row := range rows {
				slots += len(row)
			}
			if sum := kinds.Path + kinds.HTTP + kinds.DataURI + kinds.OtherURL + kinds.UUID; sum != int64(slots) {
				t.Fatalf("seed %d: kinds %+v of %d slots", seed, kinds, slots)
			}
		}
	}
}

func compressed(t *testing.T, kind string, parts ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, part := range parts {
		var w io.WriteCloser
		switch kind {
		case "gzip":
			w = gzip.NewWriter(&out)
		case "zstd":
			encoder, err := zstd.NewWriter(&out)
			if err != nil {
				t.Fatal(err)
			}
			w = encoder
		default:
			w = struct {
				io.Writer
				io.Closer
			}{&out, io.NopCloser(nil)}
		}
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

const twoRows = `{"images":["a","b"]}` + "\n" + `{"images":["b","c"]}` + "\n"

func TestCompression(t *testing.T) {
	for _, kind := range []string{"none", "gzip", "zstd"} {
		data := compressed(t, kind, twoRows[:30], twoRows[30:])
		for name, stream := range map[string]io.Reader{
			"at once":      bytes.NewReader(data),
			"byte by byte": iotest.OneByteReader(bytes.NewReader(data)),
			"with its end": iotest.DataErrReader(bytes.NewReader(data)),
		} {
			r, err := Read(t.Context(), "file", stream, Options{Open: elsewhere})
			if err != nil {
				t.Fatalf("%s, %s: %v", kind, name, err)
			}
			if r.Compression != kind || r.Requests != 2 || r.Slots != 4 || r.Distinct != 3 || r.BadRowCount != 0 {
				t.Errorf("%s, %s: %+v", kind, name, r)
			}
		}
		if kind == "none" {
			continue
		}
		long := strings.Repeat(twoRows, 8000)
		data = compressed(t, kind, long)
		if _, err := Read(t.Context(), "my file", bytes.NewReader(data[:len(data)-9]), Options{Open: elsewhere}); err == nil || !strings.Contains(err.Error(), `failed to read "my file"`) || !strings.Contains(err.Error(), "cut short") {
			t.Errorf("%s, cut short: %v", kind, err)
		}
		broken := bytes.Clone(data)
		broken[len(broken)/2] ^= 0x55
		if _, err := Read(t.Context(), "file", bytes.NewReader(broken), Options{Open: elsewhere}); err == nil {
			t.Errorf("%s, broken: no error", kind)
		}
		if _, err := Read(t.Context(), "file", io.MultiReader(bytes.NewReader(data), strings.NewReader("{}")), Options{Open: elsewhere}); err == nil {
			t.Errorf("%s with something after it: no error", kind)
		}
	}
	skippable := append([]byte{0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i'}, compressed(t, "zstd", twoRows)...)
	if r, err := Read(t.Context(), "file", bytes.NewReader(skippable), Options{Open: elsewhere}); err != nil || r.Requests != 2 {
		t.Errorf("a frame to skip first: %+v, %v", r, err)
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("the disk is on fire")
	stream := io.MultiReader(strings.NewReader(strings.Repeat(twoRows, 30_000)), iotest.ErrReader(broken))
	if _, err := Read(t.Context(), "file", stream, Options{Open: elsewhere}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if _, err := Read(t.Context(), "file", iotest.ErrReader(broken), Options{Open: elsewhere}); !errors.Is(err, broken) {
		t.Errorf("at once: got %v", err)
	}
	long := io.MultiReader(strings.NewReader(`{"text":"`+strings.Repeat("a", 5<<20)), iotest.ErrReader(broken))
	if _, err := Read(t.Context(), "file", long, Options{Open: elsewhere}); !errors.Is(err, broken) {
		t.Errorf("in a long line: got %v", err)
	}
}

// endless gives the same bytes again and again.
type endless struct {
	line string
	at   int
}

func (e *endless) Read(b []byte) (int, error) {
	n := copy(b, e.line[e.at:])
	e.at = (e.at + n) % len(e.line)
	return n, nil
}

// TestCancel: neither a stream that never ends, nor a line, nor one that blocks holds up a user who has had enough.
func TestCancel(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	if _, err := w.WriteString(twoRows); err != nil {
		t.Fatal(err)
	}
	for name, stream := range map[string]io.Reader{
		"rows":     &endless{line: twoRows},
		"line":     io.MultiReader(strings.NewReader(`{"text":"`), &endless{line: "words "}),
		"blocking": r,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := Read(ctx, name, stream, Options{Open: elsewhere}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
	}
}

func TestEmptyFile(t *testing.T) {
	for _, text := range []string{"", "\n", " \n\r\n"} {
		r := inspectText(t, text, Options{Open: elsewhere}, defaultLimits)
		document, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if r.Requests != 0 || r.BadRowCount != 0 || r.Lines != int64(strings.Count(text, "\n")) || bytes.Contains(document, []byte("null")) {
			t.Errorf("%q: %s", text, document)
		}
	}
}

// TestLongLines: lines of many chunks count like any others, those beyond the bound are bad, and the lines after them have their
// numbers.
func TestLongLines(t *testing.T) {
	uri := "data:image/png;base64," + strings.Repeat("QUJD", 1000)
	text := `{"images":["a"]}` + "\n" +
		fmt.Sprintf(`{"images":["%s","b","%s","%s"]}`, uri, uri, uri+"QUJD") + "\n" +
		`{"images":["b",` + "\n" +
		fmt.Sprintf(`{"text":"%s","images":["a"]}`, strings.Repeat("€", 2000)) + "\n" +
		fmt.Sprintf(`{"text":"%s","images":["x"]}`, strings.Repeat("€", 9000)) + "\n" +
		fmt.Sprintf(`{"image":"%s"}`, uri)
	for chunk := 32; chunk < 20_000; chunk += 97 {
		r := inspectText(t, text, Options{Open: elsewhere}, limits{chunk, 20_000, defaultUnpacked})
		if r.Lines != 6 || r.Requests != 4 || r.Slots != 7 || r.Distinct != 4 || r.BadRowCount != 2 || r.BadRows[0].Line != 3 ||
			r.BadRows[1].Line != 5 || r.BadRows[1].Reason != "longer than 20000 bytes" {
			t.Fatalf("chunks of %d: %+v", chunk, r)
		}
		want := []reuse.Use{
			{Image: 1, Uses: 3, Name: "data:image/png;base64,… (4022 bytes, xxh3 "},
			{Image: 0, Uses: 2, Name: "a"}, {Image: 2, Uses: 1, Name: "b"}, {Image: 3, Uses: 1, Name: "data:image/png;base64,… (4026 bytes, xxh3 "},
		}
		for i, use := range r.Popularity.Top {
			if use.Image != want[i].Image || use.Uses != want[i].Uses || !strings.HasPrefix(use.Name, want[i].Name) {
				t.Errorf("chunks of %d: top %d is %+v, want %+v", chunk, i, use, want[i])
			}
		}
	}
}

// TestMemoryOfLongLines reads a line of 200 MB and never holds it: all that is allocated on the way, however often it is let go, is
// less. Under the race detector that is twice as much as otherwise.
func TestMemoryOfLongLines(t *testing.T) {
	const images, size = 20, 10 << 20
	payload := strings.NewReplacer("\n", "").Replace(strings.Repeat("QUJD", 1<<16))
	parts := []io.Reader{strings.NewReader(`{"images":[`)}
	for i := range images {
		start := `,"data:image/png;base64,`
		if i == 0 {
			start = start[1:]
		}
		parts = append(parts, strings.NewReader(start), io.LimitReader(&endless{line: payload}, size), strings.NewReader(fmt.Sprintf(`%d"`, i/2)))
	}
	parts = append(parts, strings.NewReader("]}\n"))

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Read(t.Context(), "file", io.MultiReader(parts...), Options{Open: elsewhere})
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if r.Slots != images || r.Distinct != images/2 || r.WithinRows != images/2 || r.BadRowCount != 0 {
		t.Errorf("%+v", r)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > images*size*3/4 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

// TestBomb: what decompresses to a thousand times its size takes no more memory than it would have anyway.
func TestBomb(t *testing.T) {
	data := compressed(t, "zstd", `{"text":"`+strings.Repeat("a", 100<<20)+"\"}\n")
	if len(data) > 1<<20 {
		t.Fatalf("%d bytes are no bomb", len(data))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := Read(t.Context(), "file", bytes.NewReader(data), Options{Open: elsewhere})
	if err != nil || r.Requests != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 80<<20 {
		t.Errorf("%d bytes were allocated", allocated)
	}
}

// TestLeaders holds the names kept on the way to those that should have been.
func TestLeaders(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 4))
		var l leaders
		pool := 1 + rng.IntN(40)
		uses := make([]int64, pool)
		for range rng.IntN(300) {
			image := rng.IntN(pool)
			uses[image]++
			if l.lead(uint32(image), uses[image]) {
				l.use(uint32(image), uses[image], func() string { return fmt.Sprint(image) })
			}
		}
		images := make([]int, 0, pool)
		for image, n := range uses {
			if n > 0 {
				images = append(images, image)
			}
		}
		slices.SortStableFunc(images, func(a, b int) int { return int(uses[b] - uses[a]) })
		for _, image := range images[:min(len(images), 10)] {
			if got := l.name(uint32(image)); got != fmt.Sprint(image) {
				t.Fatalf("seed %d: image %d is called %q", seed, image, got)
			}
		}
	}
}
