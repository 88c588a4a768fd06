//go:build unix

package repository

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const pinnedImage = "ghcr.io/someone/bench@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

// A releasing is a clone in which releases are tagged, and the repository that it pushes to.
type releasing struct {
	t             *testing.T
	clone, remote string
}

// newReleasing makes a repository of one commit, with the action and the scripts.
func newReleasing(t *testing.T) releasing {
	t.Helper()
	r := releasing{t, filepath.Join(t.TempDir(), "clone"), filepath.Join(t.TempDir(), "remote")}
	for _, name := range []string{"action.yml", ".ci/tag", ".ci/pin-action"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(r.clone, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.git("init", "-q", "--bare", r.remote)
	r.git("init", "-q", "-b", "main")
	r.git("add", ".")
	r.git("-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "-m", "all")
	r.git("remote", "add", "origin", r.remote)
	r.git("push", "-q", "origin", "main")
	return r
}

func (r releasing) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = r.clone
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r releasing) run(args ...string) (output string, ok bool) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = r.clone
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

// tags are what the remote repository has, by name.
func (r releasing) tags() map[string]string {
	tags := map[string]string{}
	for line := range strings.Lines(r.git("ls-remote", "--tags", "origin")) {
		commit, name, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if name != "" {
			tags[strings.TrimPrefix(name, "refs/tags/")] = commit
		}
	}
	return tags
}

// TestReleaseTags: what a user names runs the image of the release, and main builds it.
func TestReleaseTags(t *testing.T) {
	t.Parallel()
	r := newReleasing(t)
	main := r.git("rev-parse", "main")
	if out, ok := r.run(".ci/tag", "v1.2.3", pinnedImage); !ok {
		t.Fatal(out)
	}
	tags := r.tags()
	released := tags["v1.2.3"]
	if len(tags) != 2 || released == "" || tags["v1"] != released {
		t.Fatalf("the remote has the tags %q, want v1.2.3 and v1 of one commit", tags)
	}
	if got := r.git("ls-remote", "--heads", "origin"); got != main+"\trefs/heads/main" {
		t.Errorf("the branches are %q, want main where it was", got)
	}
	if parent := r.git("rev-parse", released+"^"); parent != main {
		t.Errorf("the release is a commit on top of %s, want %s", parent, main)
	}
	var changed []string
	for line := range strings.Lines(r.git("diff", "-U0", main, released)) {
		if line = strings.TrimSuffix(line, "\n"); (line[0] == '+' || line[0] == '-') && !strings.HasPrefix(line, "---") && !strings.HasPrefix(line, "+++") {
			changed = append(changed, line)
		}
	}
	if want := "-  image: Dockerfile\n+  image: docker://" + pinnedImage; strings.Join(changed, "\n") != want {
		t.Errorf("the release changes\n%s\nwant\n%s", strings.Join(changed, "\n"), want)
	}

	r.git("checkout", "-q", main)
	if out, ok := r.run(".ci/tag", "v1.2.3", strings.Replace(pinnedImage, "0", "f", 1)); ok {
		t.Errorf("a version is released twice:\n%s", out)
	}
	if again := r.tags(); len(again) != 2 || again["v1.2.3"] != released || again["v1"] != released {
		t.Errorf("a release that failed left the tags %q", again)
	}
	r.git("reset", "-q", "--hard", main)
	if out, ok := r.run(".ci/tag", "v1.3.0", pinnedImage); !ok {
		t.Fatal(out)
	}
	if next := r.tags(); next["v1.2.3"] != released || next["v1"] != next["v1.3.0"] || next["v1"] == released {
		t.Errorf("after the next release the tags are %q", next)
	}
}

// TestReleaseRejects: what is not a version, an image with a digest, or an action to be built changes nothing.
func TestReleaseRejects(t *testing.T) {
	t.Parallel()
	r := newReleasing(t)
	for _, args := range [][]string{
		{".ci/tag", "1.2.3", pinnedImage}, {".ci/tag", "v1", pinnedImage}, {".ci/tag", "v1.2.3-rc.1", pinnedImage}, {".ci/tag", "", pinnedImage},
		{".ci/tag", "v1.2.3"}, {".ci/tag", "v1.2.3", "ghcr.io/someone/bench:v1"}, {".ci/tag", "v1.2.3", "@sha256:"},
		{".ci/pin-action", pinnedImage + "0"}, {".ci/pin-action", "ghcr.io/Someone/bench" + pinnedImage[strings.Index(pinnedImage, "@"):]},
		{".ci/pin-action", "x|y" + pinnedImage}, {".ci/pin-action"},
	} {
		if out, ok := r.run(args...); ok || !strings.Contains(out, "does not have the form") {
			t.Errorf("%q: accepted, or for another reason rejected:\n%s", args, out)
		}
	}
	if got := r.git("status", "--porcelain"); got != "" || len(r.tags()) != 0 {
		t.Errorf("what was rejected changed %q, tags %q", got, r.tags())
	}
	if out, ok := r.run(".ci/pin-action", pinnedImage); !ok {
		t.Fatal(out)
	}
	if out, ok := r.run(".ci/pin-action", pinnedImage); ok || !strings.Contains(out, "nothing is changed") {
		t.Errorf("an action that is pinned was pinned again:\n%s", out)
	}
}
