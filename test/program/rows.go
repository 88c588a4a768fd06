package program

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// Row is what most tests want to know of a request: its text and what it calls its images. It may have more fields.
type Row struct {
	Text   string
	Images []string
}

// ParseRows reads a request file with encoding/json and holds every line to what all readers of JSONL rely on: one compact JSON object in
// printable ASCII, ended by LF, no key twice, no image twice. Names that end in .gz or .zst are decompressed first, as is any content that
// begins as such files do. How exactly a row looks is tested where rows are written.
func ParseRows(name string, data []byte) ([]Row, error) {
	data, err := decompress(name, data)
	if err != nil {
		return nil, err
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		return nil, errors.New("the last line has no LF")
	}
	var rows []Row
	for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		r, err := parseRow(line)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w: %.200q", i, err, line)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Rows reads a request file as ParseRows does.
func Rows(t *testing.T, name string) []Row {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := ParseRows(name, data)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

// Plain returns what is in a file, decompressed.
func Plain(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err == nil {
		data, err = decompress(name, data)
	}
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func decompress(name string, data []byte) ([]byte, error) {
	switch {
	case strings.HasSuffix(name, ".gz"), bytes.HasPrefix(data, []byte{0x1f, 0x8b}):
		r, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, err
		}
		return io.ReadAll(r)
	case strings.HasSuffix(name, ".zst"), bytes.HasPrefix(data, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		r, err := zstd.NewReader(nil)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return r.DecodeAll(data, nil)
	}
	return data, nil
}

func parseRow(line []byte) (Row, error) {
	for _, b := range line {
		if b < ' ' || b > 0x7f {
			return Row{}, fmt.Errorf("has the byte %#x", b)
		}
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, line); err != nil {
		return Row{}, err
	}
	if !bytes.Equal(compact.Bytes(), line) {
		return Row{}, errors.New("is not compact")
	}
	// encoding/json keeps the last of two values of a key, and takes a key in capitals for the same.
	fields, err := object(line)
	if err != nil {
		return Row{}, err
	}
	var row Row
	for name, to := range map[string]any{"text": &row.Text, "images": &row.Images} {
		value, ok := fields[name]
		if !ok || string(value) == "null" {
			return Row{}, fmt.Errorf("has no %s", name)
		}
		if err := json.Unmarshal(value, to); err != nil {
			return Row{}, err
		}
	}
	seen := map[string]bool{}
	for _, ref := range row.Images {
		if ref == "" || seen[ref] {
			return Row{}, fmt.Errorf("has the image %.60q twice, or an empty one", ref)
		}
		seen[ref] = true
	}
	return row, nil
}

// object returns the values of a JSON object by key, each of which occurs once.
func object(text []byte) (map[string]json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	if begin, err := d.Token(); err != nil || begin != json.Delim('{') {
		return nil, fmt.Errorf("is not an object, %v", err)
	}
	fields := map[string]json.RawMessage{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		name := key.(string)
		if _, twice := fields[name]; twice {
			return nil, fmt.Errorf("has the key %q twice", name)
		}
		fields[name] = value
	}
	return fields, nil
}
