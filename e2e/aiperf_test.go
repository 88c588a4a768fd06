//go:build e2e

package e2e

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	goimage "image"
	"image/draw"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestAiperf(t *testing.T) {
	image := projectImage(t)
	for _, release := range []struct {
		name    string
		part    string
		install func() (string, error)
		args    []string
		newest  bool // which reads gzip, and is the one that docs/aiperf.md speaks of
	}{
		{"newest", "4 aiperf, newest", aiperf, []string{"--no-server-metrics"}, true},
		{"oldest", "5 aiperf, oldest", aiperfOld, []string{"--shared-system-prompt-length", "50"}, false},
	} {
		t.Run(release.name, func(t *testing.T) {
			defer timed(release.part)()
			bin := tool(t, release.install)
			tokenizer := filepath.Join(t.TempDir(), "tokenizer")
			mustRun(t, root, filepath.Join(bin, "python"), "e2e/tokenizer.py", tokenizer)
			client := aiperfClient{bin: bin, args: slices.Concat(release.args, []string{"--tokenizer", tokenizer, "--ui", "none",
				"--workers-max", "1", "--record-processors", "1"})}
			for _, mode := range []string{"base64", "datauri", "http"} {
				t.Run(mode, func(t *testing.T) { client.test(t, newJob(t, image), mode) })
			}
			if release.newest {
				t.Run("gzip", func(t *testing.T) { client.test(t, newJob(t, image), "datauri", "compression", "gzip") })
				t.Run("docs", func(t *testing.T) { client.testDocument(t, newJob(t, image)) })
			}
			t.Run("zstd", func(t *testing.T) { client.test(t, newJob(t, image), "datauri", "compression", "zstd") })
			t.Run("text only", func(t *testing.T) {
				client.test(t, newJob(t, image), "base64", "images-per-request", "0", "images-pool", "0")
			})
		})
	}
}

// aiperfClient is an installed aiperf, and the arguments it needs here beside those of the file.
type aiperfClient struct {
	bin  string
	args []string
}

// identity tells images apart: by the reference, where that has to arrive as it is, and by the content.
type identity struct {
	reference string
	content   [sha256.Size]byte
}

// test makes a file with the action and has aiperf send it. 14 requests, because aiperf sends ten if nobody says how many.
func (a aiperfClient) test(t *testing.T, j *job, mode string, more ...string) {
	media := httptest.NewServer(http.FileServer(http.Dir(j.workspace())))
	t.Cleanup(media.Close)
	inputs := with(small, append([]string{"num-requests", "14", "images-pool", "9", "image-mode", mode, "image-dir", "images"}, more...)...)
	if mode == "http" {
		inputs["image-url-base"] = media.URL + "/images"
	}
	outputs := j.mustStep(t, inputs)
	server := a.profile(t, outputs)

	want := map[string]int{} // by request, how often
	for _, row := range readRows(t, content(t, outputs)) {
		want[key(row.Text, fileIdentities(t, mode, outputs["image-dir"], row.Images))]++
	}
	distinct, slots := map[[sha256.Size]byte]bool{}, 0
	for _, request := range server.requests {
		images := arrivedIdentities(t, mode, request.images)
		for _, image := range images {
			distinct[image.content] = true
			slots++
		}
		request := key(request.text, images)
		if want[request]--; want[request] < 0 {
			t.Errorf("a request arrived that is not a row, or too often: %.300s", request)
		}
	}
	for request, missing := range want {
		if missing > 0 {
			t.Errorf("a row did not arrive: %.300s", request)
		}
	}
	for name, counted := range map[string]int{
		"requests": len(server.requests), "image-slots": slots, "unique-images": len(distinct), "duplicate-references": slots - len(distinct),
	} {
		if outputs[name] != fmt.Sprint(counted) {
			t.Errorf("%s is %s, the server counted %d", name, outputs[name], counted)
		}
	}
}

// profile runs aiperf in the words of the output aiperf-args against a server of its own, and returns that.
func (a aiperfClient) profile(t *testing.T, outputs map[string]string) *server {
	t.Helper()
	if strings.HasSuffix(outputs["path"], ".zst") {
		mustRun(t, root, tool(t, zstd), "-dq", outputs["path"])
	}
	server := newServer(t)
	words := []string{"profile", "--model", "test", "--url", server.URL, "--endpoint-type", "chat", "--streaming", "--concurrency", "2"}
	words = append(words, strings.Split(outputs["aiperf-args"], " ")...)
	a.run(t, exec.CommandContext(t.Context(), filepath.Join(a.bin, "aiperf"), append(words, a.args...)...))
	if len(server.faults) > 0 {
		t.Errorf("the server refused: %q", server.faults)
	}
	return server
}

// run runs an aiperf command, which must succeed.
func (a aiperfClient) run(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	// aiperf leaves things in its temporary folder, and makes sockets there, whose paths must be short.
	temp := must(os.MkdirTemp("", "aiperf"))(t)
	t.Cleanup(func() { os.RemoveAll(temp) })
	cmd.Dir, cmd.Env = t.TempDir(), cleanEnv("PATH="+a.bin+":"+os.Getenv("PATH"), "TMPDIR="+temp)
	if ended := finish(t, cmd); ended.code != 0 {
		t.Fatalf("aiperf failed with code %d:\n%s%s", ended.code, tail([]byte(ended.stdout)), tail([]byte(ended.stderr)))
	}
}

// testDocument runs the command that docs/aiperf.md shows, with a server and a file that are here.
func (a aiperfClient) testDocument(t *testing.T, j *job) {
	outputs := j.mustStep(t, small)
	server := newServer(t)
	document := string(must(os.ReadFile(filepath.Join(root, "docs", "aiperf.md")))(t))
	shown := regexp.MustCompile("(?s)```sh\n(aiperf profile .*?)\n```").FindStringSubmatch(document)
	if shown == nil {
		t.Fatal("docs/aiperf.md shows no aiperf command")
	}
	command := shown[1]
	for part, here := range map[string]string{
		`--url \S+`: "--url " + server.URL, `--input-file \S+`: "--input-file " + outputs["path"], `--request-count \d+`: "--request-count 6",
	} {
		pattern := regexp.MustCompile(part)
		if !pattern.MatchString(command) {
			t.Fatalf("the documented command has no %s:\n%s", part, command)
		}
		command = pattern.ReplaceAllLiteralString(command, here)
	}
	a.run(t, exec.CommandContext(t.Context(), "sh", append([]string{"-c", command + ` "$@"`, "sh"}, a.args...)...))
	if len(server.requests) != 6 {
		t.Errorf("the documented command sent %d requests, want 6", len(server.requests))
	}
}

// content is the text of the file that aiperf reads.
func content(t *testing.T, outputs map[string]string) []byte {
	t.Helper()
	file := must(os.Open(strings.Fields(outputs["aiperf-args"])[1]))(t)
	defer file.Close()
	var reader io.Reader = file
	if strings.HasSuffix(file.Name(), ".gz") {
		reader = must(gzip.NewReader(file))(t)
	}
	return must(io.ReadAll(reader))(t)
}

// key is a request as one string that can be compared.
func key(text string, images []identity) string {
	return fmt.Sprintf("%s %x", text, images)
}

// fileIdentities are the images of a row: behind the paths, in the row itself, or behind the URLs of the media server.
func fileIdentities(t *testing.T, mode, dir string, references []string) (images []identity) {
	t.Helper()
	for _, reference := range references {
		switch mode {
		case "base64":
			images = append(images, identity{content: pixels(t, must(os.ReadFile(reference))(t))})
		case "datauri":
			images = append(images, identity{reference, sha256.Sum256([]byte(reference))})
		case "http":
			images = append(images, identity{reference, sha256.Sum256(must(os.ReadFile(filepath.Join(dir, path.Base(reference))))(t))})
		}
	}
	return images
}

// arrivedIdentities are the images of a request. aiperf encodes local files anew, so that only their pixels survive.
func arrivedIdentities(t *testing.T, mode string, arrived []image) (images []identity) {
	t.Helper()
	for _, image := range arrived {
		switch mode {
		case "base64":
			_, encoded, ok := strings.Cut(image.url, ";base64,")
			if !ok {
				t.Fatalf("an image arrived as %.80q", image.url)
			}
			images = append(images, identity{content: pixels(t, must(base64.StdEncoding.DecodeString(encoded))(t))})
		case "datauri":
			images = append(images, identity{image.url, sha256.Sum256([]byte(image.url))})
		case "http":
			images = append(images, identity{image.url, sha256.Sum256(image.fetched)})
		}
	}
	return images
}

// pixels is a digest of a PNG's size and colours.
func pixels(t *testing.T, file []byte) [sha256.Size]byte {
	t.Helper()
	decoded := must(png.Decode(bytes.NewReader(file)))(t)
	plain := goimage.NewNRGBA(decoded.Bounds())
	draw.Draw(plain, plain.Bounds(), decoded, decoded.Bounds().Min, draw.Src)
	return sha256.Sum256(append([]byte(fmt.Sprint(plain.Bounds())), plain.Pix...))
}
