//go:build unix

package inspect

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mmjsonl/internal/servers"
)

// TestFilesRefused: rows whose files aiperf does not open are bad, all files are looked for, and each is counted once.
func TestFilesRefused(t *testing.T) {
	pngFile, jpegFile := picture(t, "png", 40, 30), picture(t, "jpeg", 40, 30)
	mpo := slices.Concat(jpegFile[:2], []byte("\xff\xe2\x00\x22MPF\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\xb0\x01\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00"), jpegFile[2:])
	large := bytes.Clone(pngFile)
	copy(large[16:], "\x00\x00\x40\x00\x00\x00\x40\x00")
	dir := writeFiles(t, map[string][]byte{
		"a.png": pngFile, "b.jpg": jpegFile, "c.webp": []byte("RIFF\x24\x00\x00\x00WEBPVP8 "), "d.gif": []byte("GIF89a\x01\x00\x01\x00"), "e.png": nil,
		"folder/x.png": pngFile, "cut.png": pngFile[:len(pngFile)-30], "cut.jpg": jpegFile[:len(jpegFile)-2], "mpo.jpg": mpo,
		"v.mp4": nil, "v.MOV": []byte("x"), "w.webm": []byte("x"), "s.wav": []byte("x"), "s.ogg": []byte("x"), "text.png": []byte("hello"),
	})
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o666); err != nil {
		t.Fatal(err)
	}
	_ = large
	for line, want := range map[string]string{
		`{"images":["a.png","b.jpg","folder/x.png","./a.png","folder/../b.jpg"]}`: "",
		`{"image":"` + dir + `/a.png","video":"v.mp4","audios":["s.wav"]}`:        "",
		`{"text":"q","video":"w.webm"}`:                                           "",
		`{"images":["http://h/none.png","data:,x"]}`:                              "",
		`{"images":["a.png",""],"image_uuids":["1","2"]}`:                         "",
		`{"images":["none.png"]}`:                                                 `the image "none.png" does not exist in the working directory`,
		`{"images":["a.png/"]}`:                                                   `the image "a.png/" cannot be read`,
		`{"images":["nowhere/../a.png"]}`:                                         `the image "nowhere/../a.png" does not exist`,
		`{"images":["none.png"],"image_uuids":["1"]}`:                             `the image "none.png" does not exist`,
		`{"image":"c.webp"}`:                                                      `the image "c.webp" is neither PNG nor JPEG: aiperf opens no others`,
		`{"images":["d.gif"]}`:                                                    `the image "d.gif" is neither PNG nor JPEG`,
		`{"images":["text.png"]}`:                                                 `the image "text.png" is neither PNG nor JPEG`,
		`{"images":["e.png"]}`:                                                    `the image "e.png" is empty`,
		`{"images":["folder"]}`:                                                   `the image "folder" is a folder`,
		`{"images":["pipe"]}`:                                                     `the image "pipe" is not a regular file`,
		`{"images":["cut.png"]}`:                                                  `the image "cut.png" is cut short`,
		`{"images":["cut.jpg"]}`:                                                  `the image "cut.jpg" is cut short`,
		`{"images":["mpo.jpg"]}`:                                                  `the image "mpo.jpg" is a JPEG of several images (MPO)`,
		`{"video":"none.mp4"}`:                                                    `the video "none.mp4" does not exist`,
		`{"text":"q","videos":["http://h/x","v.MOV"]}`:                            `the video "v.MOV" is neither .mp4 nor .webm`,
		`{"audio":"s.ogg"}`:                                                       `the audio "s.ogg" is neither .wav nor .mp3`,
		`{"video":"folder"}`:                                                      `the video "folder" is neither .mp4`,
		`{"text":"q","images":["none.png"],"extra":{"messages":[]}}`:              `the image "none.png" does not exist`,
	} {
		r := inspectText(t, line, Options{Dir: dir}, defaultLimits)
		switch {
		case want == "" && (r.BadRowCount != 0 || r.Requests != 1):
			t.Errorf("%s: %+v", line, r.BadRows)
		case want != "" && (r.BadRowCount != 1 || !strings.HasPrefix(r.BadRows[0].Reason, want) || r.BadRows[0].RefusedBy != "client" || (r.Requests == 0) == strings.Contains(want, "does not exist")):
			t.Errorf("%s: %+v, want %s", line, r.BadRows, want)
		}
	}

	// Of a file whose first images exist, rows with others that are missing do not count.
	some := inspectText(t, rowsOf(t, []string{"a.png"}, []string{"none.png", "b.jpg"}, []string{"a.png"}), Options{Dir: dir}, defaultLimits)
	if some.BadRowCount != 1 || some.Requests != 2 || some.MissingCounted || some.Distinct != 1 {
		t.Errorf("%+v: %d requests", some.BadRows, some.Requests)
	}
	// Of one whose first images are all missing, they do.
	none := inspectText(t, rowsOf(t, []string{"x.png", "none.png"}, []string{"none.png"}), Options{Dir: dir}, defaultLimits)
	if none.BadRowCount != 2 || none.Requests != 2 || !none.MissingCounted || none.Distinct != 2 || none.Duplicates != 1 {
		t.Errorf("%+v: %d requests", none.BadRows, none.Requests)
	}

	// The last of many.
	var rows [][]string
	for range 3000 {
		rows = append(rows, []string{"a.png", fmt.Sprintf("folder/../%d/../b.jpg", len(rows))})
	}
	for i := range rows {
		if err := os.MkdirAll(filepath.Join(dir, fmt.Sprint(i)), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	rows = append(rows, []string{"gone.png", "a.png"}, []string{"gone.png"}, []string{"d.gif"})
	r := inspectText(t, rowsOf(t, rows...), Options{Dir: dir}, defaultLimits)
	if r.BadRowCount != 3 || r.BadRows[0].Line != 3001 || r.Requests != 3000 || r.Distinct != 2 ||
		r.Files.LookedFor != 3003 || r.Files.Missing != 1 || r.Files.Refused != 1 || len(r.Files.First) != 2 {
		t.Errorf("%+v, %+v", r.BadRows, r.Files)
	}
}

// TestFilesBesideTheRequestFile: an image that is only where the request file is, is named as that.
func TestFilesBesideTheRequestFile(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"rows/img/1.png": picture(t, "png", 4, 4)})
	r, err := Read(t.Context(), filepath.Join(dir, "rows", "scan.jsonl"), strings.NewReader(rowsOf(t, []string{"img/1.png"})), Options{Dir: dir})
	if err != nil || r.BadRowCount != 1 || !strings.Contains(r.BadRows[0].Reason, "it exists beside the request file, so run aiperf in \""+dir+"/rows\"") {
		t.Errorf("%+v, %v", r.BadRows, err)
	}
}

// TestFilesOutside: files that must not be looked for are counted, and nothing is said of them.
func TestFilesOutside(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"in/a.png": picture(t, "png", 4, 4), "secret": []byte("x")})
	var asked []string
	open := func(path string) (*os.File, error) {
		if !strings.HasPrefix(filepath.Clean(path), dir+"/in") {
			return nil, fmt.Errorf("%q: %w", path, ErrOutside)
		}
		asked = append(asked, path)
		return OpenFile(path)
	}
	text := rowsOf(t, []string{"a.png", "../secret"}, []string{"/etc/shadow"}, []string{"../nowhere.png", "../secret"})
	r := inspectText(t, text, Options{Dir: dir + "/in", Open: open}, defaultLimits)
	if r.BadRowCount != 0 || r.Distinct != 4 || r.Duplicates != 1 || r.Files.LookedFor != 1 || r.Files.NotLookedFor != 3 || len(r.Files.First) != 0 || len(asked) != 1 {
		t.Errorf("%+v, %+v, opened %q", r.BadRows, r.Files, asked)
	}
	if document, _ := json.Marshal(r); strings.Contains(string(document), "permission") || r.ImageSizes.LookedAt != 1 {
		t.Errorf("%s", document)
	}
}

// TestFilesIdentity: local paths are the same image if they are the same file, or one with the same bytes.
func TestFilesIdentity(t *testing.T) {
	big := bytes.Repeat([]byte("pixels of an image that is not small "), 10_000)
	png := picture(t, "png", 20, 20)
	end := slices.Concat(png, big)
	differing := bytes.Clone(end)
	differing[150_000]++ // where no sample is taken
	dir := writeFiles(t, map[string][]byte{
		"a.png": png, "copy.png": png, "other.png": picture(t, "png", 21, 20), "big.png": end, "big2.png": end, "differs.png": differing, "differs2.png": differing,
	})
	if err := os.Symlink("a.png", filepath.Join(dir, "link.png")); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "big.png"), filepath.Join(dir, "hard.png")); err != nil {
		t.Fatal(err)
	}
	text := rowsOf(t, []string{"a.png", "./a.png", dir + "/a.png", "copy.png", "link.png"}, []string{"other.png"},
		[]string{"big.png", "hard.png", "big2.png"}, []string{"differs.png", "differs2.png"})
	for _, identity := range []servers.Identity{servers.ByUUID, servers.ByContent, servers.ByURL} {
		r := inspectText(t, text, Options{Dir: dir, Identities: []servers.Identity{identity}}, defaultLimits)
		if r.Distinct != 4 || r.Slots != 11 || r.ImageSizes.LookedAt != 4 {
			t.Errorf("%v: %d images of %d slots: %+v %+v", identity, r.Distinct, r.Slots, r.Popularity.Top, r.BadRows)
		}
	}
	r := inspectText(t, text, Options{Dir: dir, Open: elsewhere}, defaultLimits)
	if r.Distinct != 11 || r.Files.NotLookedFor != 11 {
		t.Errorf("not looked for: %d images", r.Distinct)
	}
}

func TestImageSizes(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{
		"a.png": picture(t, "png", 512, 300), "b.jpg": picture(t, "jpeg", 64, 48), "c.png": picture(t, "jpeg", 512, 300), // told by content
	})
	uri := func(format string, width, height int) string {
		return "data:image/" + format + ";base64," + base64.StdEncoding.EncodeToString(picture(t, format, width, height))
	}
	text := rowsOf(t,
		[]string{"a.png", "b.jpg", "a.png"}, []string{filepath.Join(dir, "c.png")},
		[]string{uri("png", 64, 48), uri("jpeg", 10, 20), uri("png", 64, 48)},
		[]string{"http://host/x.png", "data:image/png;base64,xx", "data:,text"})
	text += `{"images":["a.png",""],"image_uuids":["a","b"]}` + "\n" // another image, and one without a file
	for _, limits := range []limits{{64, 1 << 20, defaultUnpacked}, defaultLimits} {
		r := inspectText(t, text, Options{Dir: dir}, limits)
		want := ImageSizes{
			LookedAt: 8, Unreadable: 2, FirstUnreadable: r.ImageSizes.FirstUnreadable,
			Sizes: []ImageSize{{512, 300, 3, 4}, {64, 48, 2, 3}, {10, 20, 1, 1}},
		}
		if fmt.Sprint(r.ImageSizes) != fmt.Sprint(want) || !strings.Contains(r.ImageSizes.FirstUnreadable, "data:image/png;base64") {
			t.Errorf("%+v: got %+v, want %+v", limits, r.ImageSizes, want)
		}
		sent := r.Sent()
		var sizes []string
		sent.Each(func(request []uint32) bool {
			for _, image := range request {
				width, height := sent.Size(image)
				sizes = append(sizes, fmt.Sprintf("%dx%d", width, height))
			}
			return true
		})
		if got := strings.Join(sizes, " "); got != "512x300 64x48 512x300 512x300 64x48 10x20 64x48 0x0 0x0 0x0 512x300 0x0" {
			t.Errorf("%+v: sizes of slots %s", limits, got)
		}
	}
}
