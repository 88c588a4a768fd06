//go:build e2e

package e2e

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// releasedVersion is what the release that is tested calls itself.
const releasedVersion = "v1.2.3"

// releaseTree is the copy of the repository in which released works, removed at the end.
var releaseTree string

// released makes all that a release has in a copy of the repository, once, and returns its folder dist.
var released = sync.OnceValues(func() (string, error) {
	var err error
	if releaseTree, err = os.MkdirTemp("", "mmjsonl-e2e-release-"); err != nil {
		return "", err
	}
	if err := copyTree(releaseTree); err != nil {
		return "", err
	}
	if err := commit(releaseTree); err != nil {
		return "", err
	}
	remote := exec.Command("git", "remote", "add", "origin", "https://github.com/Someone/Bench") // without one, GoReleaser does not read the commit's date
	remote.Dir = releaseTree
	if _, err := run(remote); err != nil {
		return "", err
	}
	return filepath.Join(releaseTree, "dist"), release()
})

// release runs what the release workflow runs.
func release() error {
	defer timed(".ci/release")()
	cmd := exec.Command(".ci/release", releasedVersion)
	cmd.Dir, cmd.Env = releaseTree, cleanEnv()
	_, err := run(cmd)
	return err
}

// installReleaser compiles GoReleaser and what it calls into Go's build cache, where .ci/release finds them.
func installReleaser() (string, error) {
	var versions []string
	for _, name := range []string{".ci/release", ".goreleaser.yaml"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return "", err
		}
		versions = append(versions, regexp.MustCompile(`github\.com/(?:goreleaser|CycloneDX)/\S+@v\S+`).FindString(string(text)))
	}
	for _, version := range versions {
		if _, err := run(exec.Command("go", "run", version, "--help")); err != nil {
			return "", err
		}
	}
	return "", nil
}

func TestRelease(t *testing.T) {
	defer timed("release")()
	dist := must(released())(t)
	t.Run("checksums", func(t *testing.T) { testChecksums(t, dist) })
	t.Run("archives", func(t *testing.T) { testArchives(t, dist) })
	t.Run("bill of materials", func(t *testing.T) { testMaterials(t, dist) })
	t.Run("formula", func(t *testing.T) { testFormula(t, dist) })
	t.Run("wheels", func(t *testing.T) { testWheels(t, dist) })
	t.Run("installed", func(t *testing.T) { testInstalled(t, dist) })
	t.Run("reproducible", func(t *testing.T) {
		before := checksums(t, dist)
		if err := release(); err != nil {
			t.Fatal(err)
		}
		if again := checksums(t, dist); fmt.Sprint(again) != fmt.Sprint(before) {
			t.Errorf("made again, the checksums are\n%v\nwant\n%v", again, before)
		}
	})
}

// checksums are those that the release says its files have.
func checksums(t *testing.T, dist string) map[string]string {
	t.Helper()
	text := must(os.ReadFile(filepath.Join(dist, "mmjsonl_1.2.3_checksums.txt")))(t)
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	return sums
}

// systems are the operating systems and processors that programs are made for, and where each has its program's format from.
var systems = map[string]func(content []byte) (machine string, err error){
	"linux_amd64": elfMachine, "linux_arm64": elfMachine, "darwin_amd64": machoMachine, "darwin_arm64": machoMachine,
	"windows_amd64": peMachine, "windows_arm64": peMachine,
}

// machines are processors by the names that the formats have for them.
var machines = map[string]string{
	"EM_X86_64": "amd64", "EM_AARCH64": "arm64", "CpuAmd64": "amd64", "CpuArm64": "arm64",
	fmt.Sprint(pe.IMAGE_FILE_MACHINE_AMD64): "amd64", fmt.Sprint(pe.IMAGE_FILE_MACHINE_ARM64): "arm64",
}

func elfMachine(content []byte) (string, error) {
	file, err := elf.NewFile(bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	if libraries, err := file.ImportedLibraries(); err != nil || len(libraries) > 0 {
		return "", fmt.Errorf("it needs the libraries %q, error %v", libraries, err)
	}
	return file.Machine.String(), nil
}

func machoMachine(content []byte) (string, error) {
	file, err := macho.NewFile(bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	return file.Cpu.String(), nil
}

func peMachine(content []byte) (string, error) {
	file, err := pe.NewFile(bytes.NewReader(content))
	if err != nil {
		return "", err
	}
	return fmt.Sprint(file.Machine), nil
}

func testChecksums(t *testing.T, dist string) {
	var want []string
	for system := range systems {
		suffix := ".tar.gz"
		if strings.HasPrefix(system, "windows") {
			suffix = ".zip"
		}
		want = append(want, "mmjsonl_1.2.3_"+system+suffix, "mmjsonl_1.2.3_"+system+".cdx.json")
	}
	want = append(want, "mmjsonl_1.2.3_amd64.deb", "mmjsonl_1.2.3_arm64.deb", "mmjsonl-1.2.3-1.x86_64.rpm", "mmjsonl-1.2.3-1.aarch64.rpm")
	sums := checksums(t, dist)
	for _, name := range want {
		if got := fmt.Sprintf("%x", sha256.Sum256(must(os.ReadFile(filepath.Join(dist, name)))(t))); got != sums[name] {
			t.Errorf("%s has the checksum %s, and the list says %q", name, got, sums[name])
		}
	}
	if len(sums) != len(want) {
		t.Errorf("the list has %d files, want %d: %v", len(sums), len(want), sums)
	}
}

// unpack returns what an archive holds, by the names behind its folder.
func unpack(t *testing.T, archive string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	add := func(name string, content io.Reader) {
		_, name, _ = strings.Cut(name, "/")
		files[name] = must(io.ReadAll(content))(t)
	}
	if !strings.HasSuffix(archive, ".tar.gz") {
		reader := must(zip.OpenReader(archive))(t)
		defer reader.Close()
		for _, file := range reader.File {
			content := must(file.Open())(t)
			add(file.Name, content)
			content.Close()
		}
		return files
	}
	file := must(os.Open(archive))(t)
	defer file.Close()
	for reader := tar.NewReader(must(gzip.NewReader(file))(t)); ; {
		header, err := reader.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		add(header.Name, reader)
	}
}

func testArchives(t *testing.T, dist string) {
	for system, machine := range systems {
		name, suffix := "mmjsonl", ".tar.gz"
		if strings.HasPrefix(system, "windows") {
			name, suffix = "mmjsonl.exe", ".zip"
		}
		files := unpack(t, filepath.Join(dist, "mmjsonl_1.2.3_"+system+suffix))
		if got, err := machine(files[name]); err != nil || machines[got] != system[strings.Index(system, "_")+1:] {
			t.Errorf("the program for %s is for %q, error %v", system, got, err)
		}
		for file, says := range map[string]string{
			"completions/mmjsonl.bash": "complete ", "completions/mmjsonl.zsh": "#compdef mmjsonl", "completions/mmjsonl.fish": "complete -c mmjsonl",
			"completions/mmjsonl.ps1": "Register-ArgumentCompleter", "man/mmjsonl.1": "--hit-rate", "man/mmjsonl-inspect.1": "--cache-images",
			"man/mmjsonl-compare.1": "--before", "LICENSE": "Apache", "THIRD_PARTY_LICENSES": "cobra", "README.md": "# mmjsonl",
		} {
			if !strings.Contains(strings.ReplaceAll(string(files[file]), `\-`, "-"), says) {
				t.Errorf("%s: the file %s does not say %q", system, file, says)
			}
		}
	}
}

// testMaterials compares the bills of materials with the modules that Go has written into the programs.
func testMaterials(t *testing.T, dist string) {
	for system := range systems {
		var bill struct {
			Metadata struct {
				Component struct{ Name, Version string }
			}
			Components []struct{ Name, Version string }
		}
		if err := json.Unmarshal(must(os.ReadFile(filepath.Join(dist, "mmjsonl_1.2.3_"+system+".cdx.json")))(t), &bill); err != nil {
			t.Fatal(err)
		}
		if main := bill.Metadata.Component; main.Name != "mmjsonl" || main.Version != releasedVersion {
			t.Errorf("the bill of materials for %s is one of %+v", system, main)
		}
		programs := must(filepath.Glob(filepath.Join(dist, "mmjsonl_"+system+"*", "mmjsonl*")))(t)
		if len(programs) != 1 {
			t.Fatalf("the programs for %s are %q, want one", system, programs)
		}
		built := must(buildinfo.ReadFile(programs[0]))(t)
		if len(built.Deps) == 0 {
			t.Error("the program says nothing of its modules")
		}
		for _, module := range built.Deps {
			if !slices.Contains(bill.Components, struct{ Name, Version string }{module.Path, module.Version}) {
				t.Errorf("the bill of materials for %s does not have %s %s", system, module.Path, module.Version)
			}
		}
	}
}

// testFormula compares what the formula names with what there is.
func testFormula(t *testing.T, dist string) {
	formula := string(must(os.ReadFile(filepath.Join(dist, "homebrew", "Formula", "mmjsonl.rb")))(t))
	sums, found := checksums(t, dist), []string{}
	for _, named := range regexp.MustCompile(`url "(\S+)"\s+sha256 "(\w+)"`).FindAllStringSubmatch(formula, -1) {
		name := strings.TrimPrefix(named[1], "https://github.com/OWNER/REPOSITORY/releases/download/v1.2.3/")
		if found = append(found, name); sums[name] == "" || sums[name] != named[2] {
			t.Errorf("the formula names %s with the checksum %s, and the release has %q", named[1], named[2], sums[name])
		}
	}
	slices.Sort(found)
	want := []string{"mmjsonl_1.2.3_darwin_amd64.tar.gz", "mmjsonl_1.2.3_darwin_arm64.tar.gz", "mmjsonl_1.2.3_linux_amd64.tar.gz", "mmjsonl_1.2.3_linux_arm64.tar.gz"}
	if !slices.Equal(found, want) {
		t.Errorf("the formula has %q, want %q", found, want)
	}
	files := unpack(t, filepath.Join(dist, want[0]))
	for _, installed := range regexp.MustCompile(`install "([^"]+)"`).FindAllStringSubmatch(formula, -1) {
		if files[installed[1]] == nil {
			t.Errorf("the formula installs %s, which the archive does not have", installed[1])
		}
	}
}

// testWheels sees one wheel for each system, with the program that the archive has.
func testWheels(t *testing.T, dist string) {
	wheels := must(filepath.Glob(filepath.Join(dist, "wheels", "mmjsonl-1.2.3-py3-none-*.whl")))(t)
	var found []string
	for _, wheel := range wheels {
		for name, content := range unpack(t, wheel) {
			if !strings.HasPrefix(name, "scripts/") {
				continue
			}
			for system, machine := range systems {
				if got, err := machine(content); err == nil && strings.HasSuffix(system, machines[got]) {
					found = append(found, system+" "+path.Base(name))
				}
			}
		}
	}
	slices.Sort(found)
	want := []string{"darwin_amd64 mmjsonl", "darwin_arm64 mmjsonl", "linux_amd64 mmjsonl", "linux_arm64 mmjsonl", "windows_amd64 mmjsonl.exe", "windows_arm64 mmjsonl.exe"}
	if len(wheels) != len(systems) || !slices.Equal(found, want) {
		t.Errorf("the wheels %q hold the programs %q, want %q", wheels, found, want)
	}
}

// emulator runs programs of the other processor that releases are made for.
func emulator(t *testing.T) (processor, path string) {
	t.Helper()
	processor, name := "arm64", "qemu-aarch64-static"
	if runtime.GOARCH == "arm64" {
		processor, name = "amd64", "qemu-x86_64-static"
	}
	if err := installPackages("qemu-user-static"); err != nil {
		t.Fatal(err)
	}
	return processor, must(exec.LookPath(name))(t)
}

// testInstalled installs what there is for Linux in clean containers. There the program makes a file, also the one for the other
// processor, which is emulated; and what belongs to a package is in its place.
func testInstalled(t *testing.T, dist string) {
	other, qemu := emulator(t)
	const there = ` && test -s /usr/share/man/man1/mmjsonl-inspect.1 && test -s /usr/share/bash-completion/completions/mmjsonl &&` +
		` test -s /usr/share/zsh/site-functions/_mmjsonl && test -s /usr/share/fish/vendor_completions.d/mmjsonl.fish`
	names := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}
	for _, processor := range []string{runtime.GOARCH, other} {
		for _, test := range []struct{ name, image, install, program string }{
			{"archive", "debian:12", "tar -xzf /dist/mmjsonl_1.2.3_linux_" + processor + ".tar.gz -C /opt", "/opt/mmjsonl_1.2.3_linux_" + processor + "/mmjsonl"},
			{"deb", "debian:12", "dpkg --force-architecture -i /dist/mmjsonl_1.2.3_" + processor + ".deb" + there, "/usr/bin/mmjsonl"},
			{"rpm", "fedora:43", "rpm --ignorearch -i /dist/mmjsonl-1.2.3-1." + names[processor] + ".rpm" + there + " && rpm -V mmjsonl", "/usr/bin/mmjsonl"},
		} {
			t.Run(test.name+" "+processor, func(t *testing.T) {
				if err := provide(test.image); err != nil {
					t.Fatal(err)
				}
				program := test.program
				if processor == other {
					program = "/emulator " + program
				}
				script := test.install + " && " + program + " --version && cd /tmp && " + program +
					" -n 20 --hit-rate 0.5@20 --image-size 8 --image-mode datauri --user-text-tokens 3 -o r.jsonl && wc -l r.jsonl"
				said := docker(t, "run", "--rm", "--network", "none", "-v", dist+":/dist:ro", "-v", qemu+":/emulator:ro", test.image, "sh", "-euc", script)
				if !strings.Contains(said, "mmjsonl "+releasedVersion+"\n") || !strings.HasSuffix(said, "20 r.jsonl") {
					t.Errorf("it says\n%s", said)
				}
			})
		}
	}
}
