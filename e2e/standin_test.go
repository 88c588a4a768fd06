//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// runnerImage is what act runs jobs in, and the container of a job with `container:`.
const runnerImage = "debian:12-slim"

// builtImage is the project's image, as `docker build` of the repository makes it.
const builtImage = "mmjsonl-e2e:built"

// made are the images that removeImages takes away at the end.
var made struct {
	sync.Mutex
	names []string
}

func removeLater(image string) {
	made.Lock()
	defer made.Unlock()
	made.names = append(made.names, image)
}

// removeImages removes what this run made. Stand-ins must not outlive it: anything else on the machine would take them for real.
func removeImages() {
	made.Lock()
	defer made.Unlock()
	for _, image := range made.names {
		if _, err := run(exec.Command(client, "rmi", "-f", image)); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
		}
	}
	// What the legacy builder leaves of the stages has their label.
	if _, err := run(exec.Command(client, "image", "prune", "-f", "--filter", "label="+standinLabel)); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
	}
}

// standinLabel is on every stand-in and all that is built from one.
const standinLabel = "mmjsonl-e2e=stand-in"

// provide gets a base image: the real one, pulled or already here, otherwise a stand-in.
func provide(image string) error {
	if exec.Command(client, "pull", "-q", image).Run() == nil {
		return nil
	}
	labels, err := exec.Command(client, "image", "inspect", "-f", "{{.Config.Labels}}", image).Output()
	if err == nil && !strings.Contains(string(labels), "mmjsonl-e2e:stand-in") { // else an earlier run was killed
		return nil
	}
	if err := installPackages("busybox-static", "bash-static", "ca-certificates", "debootstrap"); err != nil {
		return err
	}
	path, err := exec.LookPath(client)
	if err != nil {
		return err
	}
	removeLater(image)
	defer timed("stand-in for " + image)()
	standin := exec.Command("e2e/standin.sh", path, image, filepath.Join(cache, "standin"))
	standin.Dir = root
	_, err = run(standin)
	return err
}

// unpinned is set when there is a stand-in for an image that the Dockerfile pins: it has no digest, so builds are without digests.
var unpinned bool

// digest is what pins an image behind its tag.
var digest = regexp.MustCompile(`(?m)^(FROM [^\s@]+)@sha256:\w+`)

var provideRunner = sync.OnceValue(func() error { return provide(runnerImage) })

// built makes the project's image from the repository with BuildKit, once, and returns its name.
var built = sync.OnceValues(func() (string, error) {
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		return "", err
	}
	stages := map[string]bool{"scratch": true}
	for _, from := range regexp.MustCompile(`(?mi)^FROM\s+(\S+)(?:\s+AS\s+(\S+))?`).FindAllStringSubmatch(string(dockerfile), -1) {
		if tag, _, pinned := strings.Cut(from[1], "@"); pinned && exec.Command(client, "pull", "-q", from[1]).Run() != nil {
			unpinned = true
			from[1] = tag
		}
		if !stages[from[1]] {
			if err := provide(from[1]); err != nil {
				return "", err
			}
		}
		stages[from[2]] = true
	}
	return builtImage, build(builtImage, "1")
})

// asBuilt is the Dockerfile as it is built here.
func asBuilt(dockerfile []byte) []byte {
	if unpinned {
		return digest.ReplaceAll(dockerfile, []byte("$1"))
	}
	return dockerfile
}

// build runs `docker build` of the repository. buildkit is "1", or "0" for the legacy builder.
func build(image, buildkit string) error {
	defer timed("docker build, DOCKER_BUILDKIT=" + buildkit)()
	removeLater(image)
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mmjsonl-e2e-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "Dockerfile")
	if err := os.WriteFile(file, asBuilt(dockerfile), 0o644); err != nil {
		return err
	}
	cmd := exec.Command(client, "build", "--build-arg", "VERSION="+builtVersion, "-t", image, "-f", file, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT="+buildkit)
	_, err = run(cmd)
	return err
}

// builtVersion is what the build is told to call itself.
const builtVersion = releasedVersion

// projectImage is the built image, with what else a runner needs.
func projectImage(t *testing.T) string {
	t.Helper()
	image, err := built()
	if err == nil {
		err = provideRunner()
	}
	if err != nil {
		t.Fatal(err)
	}
	return image
}
