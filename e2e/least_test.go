//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLeast takes from the container all that it can do without.
func TestLeast(t *testing.T) {
	t.Cleanup(timed("8 least")) // after the last of its parts
	image := projectImage(t)
	t.Run("any user", func(t *testing.T) {
		t.Parallel()
		testAnyUser(t, image)
	})
	t.Run("downloads", func(t *testing.T) {
		t.Parallel()
		testReadOnlyDownload(t, image)
	})
	t.Run("capabilities", func(t *testing.T) {
		t.Parallel()
		testCapabilities(t, image)
	})
}

// jailed runs the program in a container with these options of docker run, in a folder that it sees under its own name.
func jailed(t *testing.T, image, dir, options, args string) result {
	t.Helper()
	words := append([]string{"run", "--rm", "-v", dir + ":" + dir, "-w", dir}, strings.Fields(options)...)
	return finish(t, exec.CommandContext(t.Context(), client, append(append(words, image), strings.Fields(args)...)...))
}

// testAnyUser makes files without any capability, on a read-only file system, and without a network: the same as with all of these.
func testAnyUser(t *testing.T, image string) {
	const unprivileged = "--cap-drop ALL --security-opt no-new-privileges -u 1000:1000"
	all := unprivileged + " --read-only --network none"
	jails := []struct{ name, options string }{
		{"unprivileged", unprivileged},
		{"read-only", "-u 1000:1000 --read-only"},
		{"without network", "-u 1000:1000 --network none"},
		{"all three", all},
	}
	for _, test := range []struct{ name, args string }{
		{"base64", "-n 4 --images-pool 5 --image-size 32 --report page.html -o x.jsonl"},
		{"datauri", "-n 4 --images-pool 5 --image-size 32 --image-mode datauri --report page.html -o x.jsonl.zst"},
		{"http, list", "-n 4 --images-pool 5 --image-mode http --url-list urls.txt -o x.jsonl.gz"},
		{"http, annotations", "-n 4 --images-pool 5 --image-mode http --coco-annotations info.zip -o x.jsonl"},
		{"http, default annotations", "-n 4 --images-pool 5 --image-mode http -o x.jsonl"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := openDir(t)
			files := folderOf(t, dir)
			complete := jailed(t, image, dir, "-u 1000:1000", test.args)
			if complete.code != 0 {
				t.Fatalf("with everything: %+v", complete)
			}
			want := readTree(t, dir)
			for _, jail := range jails {
				t.Run(jail.name, func(t *testing.T) {
					// In the same folder, as the rows hold paths.
					for name := range want {
						if name != "." && !files[name] {
							if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
								t.Fatal(err)
							}
						}
					}
					if got := jailed(t, image, dir, jail.options, test.args); got != complete {
						t.Errorf("got %+v\nwith everything %+v", got, complete)
					}
					if got := readTree(t, dir); fmt.Sprint(got) != fmt.Sprint(want) {
						t.Errorf("made %v\nwith everything %v", got, want)
					}
					checkOwner(t, dir, 1000, 1000)
				})
			}
			for _, args := range []string{"inspect " + test.args[strings.LastIndexByte(test.args, ' ')+1:], "regenerate x.jsonl.manifest.json"} {
				if strings.HasPrefix(args, "regenerate") && !strings.HasSuffix(test.args, "-o x.jsonl") {
					continue
				}
				if got := jailed(t, image, dir, all, args); got.code != 0 {
					t.Errorf("%s: %+v", args, got)
				}
			}
		})
	}
}

// folderOf fills a folder of an ordinary user with what the program can read URLs from, and returns the names.
func folderOf(t *testing.T, dir string) (names map[string]bool) {
	t.Helper()
	var info, list strings.Builder
	for i := range 20 {
		fmt.Fprintf(&info, `,{"coco_url": "http://media.example/%d.jpg"}`, i)
		fmt.Fprintf(&list, "http://media.example/%d.jpg\n", i)
	}
	annotations := `{"images": [` + info.String()[1:] + `]}`
	names = map[string]bool{}
	for name, content := range map[string]string{
		"urls.txt": list.String(), "info.zip": string(zipOf(t, "info.json", annotations)), "annotations/image_info_test2017.json": annotations,
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		names[name], names[filepath.Dir(name)] = true, true
	}
	mustRun(t, dir, "chown", "-R", "1000:1000", dir)
	return names
}

// testReadOnlyDownload downloads annotations where there is no folder for temporary files, and where there is one.
func testReadOnlyDownload(t *testing.T, image string) {
	server := annotationServer(t)
	dir := openDir(t)
	folderOf(t, dir)
	before := readTree(t, dir)
	options := "--cap-drop ALL -u 1000:1000 --read-only --network host"
	args := "-n 4 --image-mode http -o x.jsonl --coco-annotations " + server.URL + "/info.json"

	checkFailed(t, jailed(t, image, dir, options, args), 1, server.URL, `"/tmp"`, "read-only file system", "TMPDIR")
	if after := readTree(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the run that failed left %v, before it there were %v", after, before)
	}
	checkFailed(t, jailed(t, image, dir, strings.Replace(options, "host", "none", 1)+" -e TMPDIR="+dir, args), 1, server.URL,
		"download it yourself and pass coco-annotations FILE")
	if after := readTree(t, dir); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the run without a network left %v, before it there were %v", after, before)
	}
	for _, more := range []string{" -e TMPDIR=" + dir, " --tmpfs /tmp"} {
		got := jailed(t, image, dir, options+more, args)
		if got.code != 0 || !strings.Contains(got.stderr, "Downloading ") {
			t.Errorf("with%s: %+v", more, got)
		}
	}
}

// testCapabilities finds the capabilities without which root cannot give its files to the workspace's owner.
func testCapabilities(t *testing.T, image string) {
	const needed = "--cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE"
	inputs := with(small, "report", "page.html")
	t.Run("needed", func(t *testing.T) {
		j := newJob(t, image)
		j.options = strings.Fields(needed + " --security-opt no-new-privileges --read-only --network none")
		for _, size := range []string{"32x32", "64x32", "64x32"} { // the last over what is there
			j.mustStep(t, with(inputs, "image-size", size, "output", "new/x.jsonl"))
		}
		checkOwner(t, j.work, j.uid, j.gid)
	})
	t.Run("none, as the owner", func(t *testing.T) {
		j := newJob(t, image)
		j.options = append(strings.Fields("--cap-drop ALL --read-only --network none -u"), fmt.Sprintf("%d:%d", j.uid, j.gid))
		j.mustStep(t, inputs)
		checkOwner(t, j.work, j.uid, j.gid)
	})
	for _, test := range []struct {
		name, without string
		says          []string
	}{
		{"without CHOWN", " --cap-add CHOWN", []string{`"/github/workspace/`, "operation not permitted", "run as its owner"}},
		{"without DAC_OVERRIDE", " --cap-add DAC_OVERRIDE", []string{"permission denied"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			j := newJob(t, image)
			j.options = strings.Fields(strings.Replace(needed, test.without, "", 1))
			before := readTree(t, j.work)
			outputs, ended := j.step(t, inputs)
			checkFailed(t, ended, 1, test.says...)
			if len(outputs) > 0 {
				t.Errorf("the step that failed set %v", outputs)
			}
			after := readTree(t, j.work)
			for name, is := range after {
				base := filepath.Base(name) // the summary says what went wrong
				if base == "images_64x32_seed7" && is == "drwxr-xr-x" || strings.HasPrefix(base, "step_summary") || is == before[name] {
					delete(after, name)
				}
			}
			if len(after) > 0 {
				t.Errorf("the step that failed left %v", after)
			}
		})
	}
}
