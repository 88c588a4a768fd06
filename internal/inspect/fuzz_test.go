package inspect

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/format/formattest"
	"mmjsonl/internal/reuse"
)

// fuzzLimits are so small that lines of a few bytes are long, and those of a few hundred too long.
var fuzzLimits = []limits{{64, 512, defaultUnpacked}, {500, 512, defaultUnpacked}}

// FuzzRead reads any small file, whatever it is or is compressed with, in pieces of several sizes. What is found does not depend on the
// pieces nor on the compression, is what the oracle finds, and can be shown.
func FuzzRead(f *testing.F) {
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		f.Fatal(err)
	}
	options := Options{Reuse: reuse.Options{Capacities: []int64{1, 3}, Concurrency: 2, Replicas: 2}, Open: elsewhere}
	f.Add([]byte(twoRows))
	f.Fuzz(func(t *testing.T, data []byte) {
		inspected := func(data []byte, limits limits) (*Result, string, error) {
			r, err := read(t.Context(), "file", bytes.NewReader(data), options, limits)
			if err != nil {
				if text := err.Error(); !strings.HasPrefix(text, `failed to read "file"`) || !canBeShown(text) {
					t.Errorf("the error %q cannot be shown", text)
				}
				return nil, "", err
			}
			kind := r.Compression
			r.Compression = ""
			text, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			r.Compression = kind
			return r, string(text), nil
		}
		result, want, err := inspected(data, fuzzLimits[0])
		if _, other, otherErr := inspected(data, fuzzLimits[1]); other != want || (err == nil) != (otherErr == nil) {
			t.Fatalf("in pieces of 500: %s, %v; of 64: %s, %v", other, otherErr, want, err)
		}
		if err != nil {
			if kind := regexp.MustCompile(`: (it is|it begins|it goes on|the (gzip|zstd) data)`); !kind.MatchString(err.Error()) &&
				!bytes.HasPrefix(data, gzipMagic) && !isZstd(data[:min(len(data), 4)]) {
				t.Fatalf("a plain file: %v", err)
			}
			return
		}
		for _, bad := range result.BadRows {
			if len(bad.Reason) > 400 || !canBeShown(bad.Reason) {
				t.Errorf("the reason %q cannot be shown", bad.Reason)
			}
		}
		for _, use := range result.Popularity.Top {
			if utf8.RuneCountInString(use.Name) > 2*60 || !utf8.ValidString(use.Name) {
				t.Errorf("the name %q is too long", use.Name)
			}
		}
		if result.Compression != "none" {
			var plain io.Reader
			if result.Compression == "gzip" {
				plain, err = gzip.NewReader(bytes.NewReader(data))
			} else {
				plain, err = zstd.NewReader(bytes.NewReader(data), zstd.WithDecoderMaxWindow(maxWindow))
			}
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(io.LimitReader(plain, 1<<20))
			if err != nil || len(content) == 1<<20 || isZstd(content[:min(len(content), 4)]) || bytes.HasPrefix(content, []byte{0x1f, 0x8b}) {
				return
			}
			if _, got, err := inspected(content, fuzzLimits[0]); got != want {
				t.Fatalf("unpacked: %s, %v; packed: %s", got, err, want)
			}
			return
		}
		checkCounts(t, data, result)
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		w.Write(data)
		w.Close()
		for kind, packed := range map[string][]byte{"gzip": packed.Bytes(), "zstd": encoder.EncodeAll(data, nil)} {
			if len(data) == 0 {
				continue // zstd makes nothing of nothing
			}
			if r, got, err := inspected(packed, fuzzLimits[0]); got != want || r.Compression != kind {
				t.Fatalf("%s: %s, %v; plain: %s", kind, got, err, want)
			}
		}
	})
}

func canBeShown(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != '\u00a0' })
}

// elsewhere opens no file, and finds nothing wrong with any.
func elsewhere(string) (*os.File, error) { return nil, ErrOutside }

// splitLines cuts a text as Python does: at \n, \r and \r\n.
func splitLines(data []byte) [][]byte {
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(data))
	var lines [][]byte
	for line := range strings.Lines(text) {
		lines = append(lines, []byte(strings.TrimSuffix(line, "\n")))
	}
	return lines
}

// imageKey is what makes an image of the oracle's what it is, by its uuid and by its content.
func imageKey(image formattest.Image, byUUID bool) string {
	if image.UUID != "" && (byUUID || image.Name == "") {
		return "uuid " + image.UUID
	}
	if start, payload, found := strings.Cut(image.Name, ","); found && len(start) < 256 && strings.EqualFold(start[:min(len(start), 5)], "data:") &&
		len(start) >= len("data:;base64") && strings.EqualFold(start[len(start)-len(";base64"):], ";base64") {
		return "payload " + payload
	}
	return "name " + image.Name
}

// checkCounts holds what was found in a plain file to the oracle.
func checkCounts(t *testing.T, data []byte, r *Result) {
	t.Helper()
	if r.Kind != "single_turn" {
		return
	}
	lines := splitLines(data)
	var requests, bad, slots int64
	different, contents, sessions := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, line := range lines {
		tooLong := int64(len(line)) > fuzzLimits[0].line
		if formattest.Blank(line) && !tooLong {
			continue
		}
		row := formattest.Read(line)
		if row.Refused || tooLong {
			bad++
			continue
		}
		requests++
		slots += int64(len(row.Images))
		for _, image := range row.Images {
			different[imageKey(image, true)] = true
			contents[imageKey(image, false)] = true
		}
		if row.Session != "" {
			sessions[row.Session] = true
		}
	}
	if r.Lines != int64(len(lines)) || r.Requests != requests || r.BadRowCount != bad || r.Slots != slots || r.Distinct != int64(len(different)) || r.Sessions != int64(len(sessions)) {
		t.Fatalf("%d lines, %d rows, %d bad, %d slots, %d images, %d sessions; want %d, %d, %d, %d, %d, %d", r.Lines, r.Requests, r.BadRowCount, r.Slots,
			r.Distinct, r.Sessions, len(lines), requests, bad, slots, len(different), len(sessions))
	}
	byContent := r.Distinct
	for _, other := range r.Others {
		byContent = other.Distinct
	}
	if byContent != int64(len(contents)) {
		t.Fatalf("%d images by content, want %d", byContent, len(contents))
	}
}
