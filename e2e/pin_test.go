//go:build e2e

package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// serveRegistry starts a registry of container images on this machine, and returns its address.
func serveRegistry(t *testing.T) string {
	t.Helper()
	registry := exec.CommandContext(t.Context(), tool(t, crane), "registry", "serve", "--address", "127.0.0.1:0")
	log := must(registry.StderrPipe())(t)
	if err := registry.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { registry.Process.Kill(); registry.Wait() })
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if _, port, ok := strings.Cut(lines.Text(), "serving on port "); ok {
			return "127.0.0.1:" + port
		}
	}
	t.Fatalf("the registry does not say where it is: %v", lines.Err())
	return ""
}

// TestPin pins the base images of a copy of the Dockerfile, which takes them from a registry on this machine.
func TestPin(t *testing.T) {
	defer timed("12 pin")()
	registry := serveRegistry(t)
	dir := t.TempDir()
	from := regexp.MustCompile(`(?m)^FROM ([^\s@]+)(@\S+)?`)
	dockerfile := from.ReplaceAllString(string(must(os.ReadFile(filepath.Join(root, "Dockerfile")))(t)), "FROM "+registry+"/$1")
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(dockerfile)
	if err := os.CopyFS(filepath.Join(dir, ".ci"), os.DirFS(filepath.Join(root, ".ci"))); err != nil {
		t.Fatal(err)
	}
	want := dockerfile
	for _, match := range from.FindAllStringSubmatch(dockerfile, -1) {
		image := match[1]
		build := exec.CommandContext(t.Context(), client, "build", "-q", "-t", image, "-")
		build.Stdin = strings.NewReader("FROM scratch\nLABEL mmjsonl-e2e=" + filepath.Base(image) + "\n")
		if _, err := run(build); err != nil {
			t.Fatal(err)
		}
		removeLater(image)
		docker(t, "push", "-q", image)
		want = strings.ReplaceAll(want, image, image+"@"+mustRun(t, dir, tool(t, crane), "digest", image))
	}
	for range 2 { // the second time there is nothing to do
		mustRun(t, dir, ".ci/pin")
		if got := string(must(os.ReadFile(filepath.Join(dir, "Dockerfile")))(t)); got != want {
			t.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	}
	build := exec.CommandContext(t.Context(), client, "build", "-q", "-")
	build.Stdin = strings.NewReader(from.FindString(want) + "\n")
	must(run(build))(t)

	bad := dockerfile + "FROM " + registry + "/missing:1\n"
	write(bad)
	pin := exec.CommandContext(t.Context(), ".ci/pin")
	pin.Dir = dir
	if _, err := run(pin); err == nil {
		t.Error("an image that is not in the registry does not fail")
	}
	if got := string(must(os.ReadFile(filepath.Join(dir, "Dockerfile")))(t)); got != bad {
		t.Errorf("a failure changed the Dockerfile to\n%s", got)
	}
}
