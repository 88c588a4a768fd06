//go:build unix

package inspect

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestImageSizes(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("a.png", picture(t, "png", 512, 300))
	write("b.jpg", picture(t, "jpeg", 64, 48))
	write("c.png", picture(t, "jpeg", 512, 300)) // told by content
	write("d.txt", []byte("hello"))
	write("empty", nil)
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	uri := func(format string, width, height int) string {
		return "data:image/" + format + ";base64," + base64.StdEncoding.EncodeToString(picture(t, format, width, height))
	}
	rows := [][]string{
		{"a.png", "b.jpg", "a.png"},
		{filepath.Join(dir, "c.png"), "d.txt", "empty", "missing.png", "pipe"},
		{uri("png", 64, 48), uri("jpeg", 10, 20), uri("png", 64, 48)},
		{"http://host/x.png", "data:image/png;base64,xx", "data:,text"},
	}
	var text strings.Builder
	for _, row := range rows {
		line, _ := json.Marshal(map[string]any{"images": row})
		text.Write(append(line, '\n'))
	}
	text.WriteString(`{"images":["a.png",""],"image_uuids":["a","b"]}` + "\n") // another image, and one without a file
	for _, limits := range []limits{{64, 1 << 20}, defaultLimits} {
		got := inspectText(t, text.String(), Options{Dir: dir}, limits).ImageSizes
		want := ImageSizes{
			LookedAt: 12, Unreadable: 6, FirstUnreadable: got.FirstUnreadable,
			Sizes: []ImageSize{{512, 300, 3}, {64, 48, 2}, {10, 20, 1}},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) || !strings.Contains(got.FirstUnreadable, "data:image/png;base64") {
			t.Errorf("%+v: got %+v, want %+v", limits, got, want)
		}
	}
}
