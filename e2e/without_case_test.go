//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/text/unicode/norm"
)

// A node is a file or folder of a file system without case: it keeps its files in a folder of another one, by the names under which they were
// made, and finds them by any case, any normal form, and with dots and spaces at the end or without.
type node struct {
	fs.Inode
	root string // the folder
}

// path is where a file is kept that is found under a name in this folder; name is "" for the folder itself.
func (n *node) path(name string) string {
	kept := n.root
	for want := range strings.SplitSeq(filepath.Join(n.Path(nil), name), "/") {
		entries, _ := os.ReadDir(kept)
		next := want
		for _, entry := range entries {
			if form(entry.Name()) == form(want) {
				next = entry.Name()
			}
		}
		kept = filepath.Join(kept, next)
	}
	return kept
}

func form(name string) string {
	return norm.NFC.String(strings.ToLower(norm.NFD.String(strings.TrimRight(name, ". "))))
}

// child is the node of a file that is there.
func (n *node) child(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	var st syscall.Stat_t
	if err := syscall.Lstat(n.path(name), &st); err != nil {
		return nil, fs.ToErrno(err)
	}
	out.Attr.FromStat(&st)
	return n.NewInode(ctx, &node{root: n.root}, fs.StableAttr{Mode: st.Mode & syscall.S_IFMT, Ino: st.Ino}), 0
}

func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	return n.child(ctx, name, out)
}

func (n *node) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	var st syscall.Stat_t
	err := syscall.Lstat(n.path(""), &st)
	out.FromStat(&st)
	return fs.ToErrno(err)
}

func (n *node) Setattr(ctx context.Context, f fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	path := n.path("")
	if mode, ok := in.GetMode(); ok {
		if err := syscall.Chmod(path, mode&0o7777); err != nil {
			return fs.ToErrno(err)
		}
	}
	if size, ok := in.GetSize(); ok {
		if err := syscall.Truncate(path, int64(size)); err != nil {
			return fs.ToErrno(err)
		}
	}
	uid, gid := -1, -1
	if id, ok := in.GetUID(); ok {
		uid = int(id)
	}
	if id, ok := in.GetGID(); ok {
		gid = int(id)
	}
	if err := syscall.Lchown(path, uid, gid); err != nil {
		return fs.ToErrno(err)
	}
	return n.Getattr(ctx, f, out)
}

func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	var st syscall.Statfs_t
	err := syscall.Statfs(n.root, &st)
	out.FromStatfsT(&st)
	return fs.ToErrno(err)
}

func (n *node) Readdir(context.Context) (fs.DirStream, syscall.Errno) {
	return fs.NewLoopbackDirStream(n.path(""))
}

func (n *node) Open(_ context.Context, flags uint32) (fs.FileHandle, uint32, syscall.Errno) {
	fd, err := syscall.Open(n.path(""), int(flags)&^syscall.O_APPEND, 0)
	if err != nil {
		return nil, 0, fs.ToErrno(err)
	}
	return fs.NewLoopbackFile(fd), 0, 0
}

func (n *node) Create(ctx context.Context, name string, flags, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	fd, err := syscall.Open(n.path(name), int(flags)|syscall.O_CREAT, mode)
	if err != nil {
		return nil, nil, 0, fs.ToErrno(err)
	}
	inode, errno := n.child(ctx, name, out)
	return inode, fs.NewLoopbackFile(fd), 0, errno
}

func (n *node) Mkdir(ctx context.Context, name string, mode uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if err := syscall.Mkdir(n.path(name), mode); err != nil {
		return nil, fs.ToErrno(err)
	}
	return n.child(ctx, name, out)
}

func (n *node) Unlink(_ context.Context, name string) syscall.Errno {
	return fs.ToErrno(syscall.Unlink(n.path(name)))
}

func (n *node) Rmdir(_ context.Context, name string) syscall.Errno {
	return fs.ToErrno(syscall.Rmdir(n.path(name)))
}

func (n *node) Link(ctx context.Context, target fs.InodeEmbedder, name string, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	if err := syscall.Link(target.(*node).path(""), n.path(name)); err != nil {
		return nil, fs.ToErrno(err)
	}
	return n.child(ctx, name, out)
}

func (n *node) Rename(_ context.Context, name string, folder fs.InodeEmbedder, to string, _ uint32) syscall.Errno {
	return fs.ToErrno(syscall.Rename(n.path(name), folder.(*node).path(to)))
}

// variableWithoutCase tells this test's binary to be such a file system: the folder where it keeps its files and the one where it is mounted. In the
// process of the test it would be asked by calls that hold the process up, such as that which starts the program in it.
const variableWithoutCase = "MMJSONL_E2E_WITHOUT_CASE"

// serveWithoutCase is the file system until it is unmounted.
func serveWithoutCase(folders string) error {
	kept, mounted, _ := strings.Cut(folders, ":")
	server, err := fs.Mount(mounted, &node{root: kept}, &fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: kept, Name: "nocase"}})
	if err != nil {
		return err
	}
	fmt.Println("mounted")
	server.Wait()
	return nil
}

// withoutCase mounts such a file system until the test has ended, and returns where it is.
func withoutCase(t *testing.T) (mounted string) {
	t.Helper()
	mounted = t.TempDir()
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), variableWithoutCase+"="+t.TempDir()+":"+mounted)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdout := must(cmd.StdoutPipe())(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		err := syscall.Unmount(mounted, syscall.MNT_DETACH)
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		if err != nil {
			t.Error(err)
		}
	})
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("the file system is not mounted: %q, %v", line, err)
	}
	return mounted
}

// Where names have no case, nothing is lost to a name that is spelled otherwise.
func TestNamesWithoutCase(t *testing.T) {
	p := newPatient(t)
	const small = "-n 4 --images-per-request 1 --image-size 8 --user-text-tokens 2"
	const photo, composed, decomposed = "photos/IMG_0002.PNG", "caf\u00e9", "cafe\u0301"
	for _, test := range []struct {
		name, args string
		before     string // a file that is there
		code       int
		want       string // what the message names
	}{
		{"a photo", small + " -o x.jsonl --image-dir photos", photo, 2, "IMG_0002.PNG"},
		{"a photo, and the folder by another name", small + " -o x.jsonl --image-dir PHOTOS", photo, 2, "IMG_0002.PNG"},
		{"a mark", small + " -o x.jsonl --image-dir photos", "photos/.MMJSONL-9X9_SEED1.IMAGES", 2, "9x9_seed1"},
		{"output and report", small + " -o Out.jsonl --report OUT.JSONL", "", 2, "--report"},
		{"output and report, with a dot", small + " -o Out.jsonl --report out.jsonl.", "", 2, "--report"},
		{"output and report, two forms", small + " -o " + composed + ".jsonl --report " + decomposed + ".jsonl", "", 2, "--report"},
		{"manifest and report", small + " -o x.jsonl --report X.jsonl.Manifest.JSON", "", 2, "--report"},
		{"images and output", small + " -o X --image-dir x", "", 2, "image"},
		{"output and image", small + " -o photos/IMG_0000.PNG --image-dir photos", "", 2, "IMG_0000.PNG"},
		{"output and list", "-n 1 --images-per-request 1 --image-mode http --url-list URLS -o urls", "urls", 2, "--url-list"},
		{"an image that is no photo", small + " -o x.jsonl --image-dir photos", "photos/IMG_0002.JPG", 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := withoutCase(t)
			if test.before != "" {
				path := filepath.Join(dir, test.before)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte("http://h.example/x.png\n"), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			before := readTree(t, dir)
			got := p.run(t, attempt{dir: dir}, test.args)
			if test.code != 0 {
				checkFailed(t, got, test.code, test.want)
				p.checkTree(t, dir, before)
				return
			}
			if got.code != 0 {
				t.Errorf("exit code %d: %s", got.code, got.stderr)
			}
			after := readTree(t, dir)
			for name, file := range before {
				if after[name] != file {
					t.Errorf("%s is now %v, was %v", name, after[name], file)
				}
			}
		})
	}
	// The files of the run, again and again under names that are spelled otherwise, are its own.
	dir := withoutCase(t)
	for _, args := range []string{" -o x.jsonl --report x.html", " -o x.jsonl --report x.html", " -o X.JSONL --report X.HTML --image-dir IMAGES_8X8_seed42"} {
		if got := p.run(t, attempt{dir: dir}, small+args); got.code != 0 {
			t.Errorf("%s: exit code %d: %s", args, got.code, got.stderr)
		}
	}
	if tree := readTree(t, dir); len(tree) != 1+3+1+5 {
		t.Errorf("the folder holds %v", tree)
	}
}
