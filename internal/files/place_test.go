package files

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPlacesAreTranslated(t *testing.T) {
	root := t.TempDir()
	workspace, temp, outside := filepath.Join(root, "workspace"), filepath.Join(root, "temp"), filepath.Join(root, "outside")
	for _, dir := range []string{workspace, temp, outside} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for link, target := range map[string]string{"out": outside, "dangling": filepath.Join(outside, "nothing"), "up": "../outside", "self": "."} {
		if err := os.Symlink(target, filepath.Join(workspace, link)); err != nil {
			t.Fatal(err)
		}
	}
	places := Places{Dir: workspace, Shared: []Mount{{Here: workspace, Next: "/home/r/r"}, {Here: temp, Next: "/home/_temp"}}}
	for path, want := range map[string]string{
		"x.jsonl":                          "/home/r/r/x.jsonl",
		"a/../b/x.jsonl":                   "/home/r/r/b/x.jsonl",
		filepath.Join(workspace, "x"):      "/home/r/r/x",
		filepath.Join(temp, "x"):           "/home/_temp/x",
		"self/x":                           "/home/r/r/self/x",
		workspace:                          "/home/r/r",
		"../x":                             "",
		"/tmp/x":                           "",
		workspace + "2/x":                  "",
		"out/x":                            "",
		"up/x":                             "",
		"dangling":                         "",
		filepath.Join(workspace, "../../"): "",
	} {
		place, err := places.Find(path)
		if (err != nil) != (want == "") || place.Next != want {
			t.Errorf("%q is at %+v, %v; want %q", path, place, err, want)
		}
	}
	if place, err := (Places{Dir: "/d"}).Find("x/../y"); err != nil || place != (Place{Here: "/d/y", Next: "/d/y"}) {
		t.Errorf("without mounts: %+v, %v", place, err)
	}
}
