package generator

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/fetch"
	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/urls"
)

// referByList has rows name URLs of the user's list.
func (b *planner) referByList(ctx context.Context) error {
	return b.referToURLs(ctx, "url-list", b.config.Media.URLList, b.openURLList, urls.ReadList)
}

// referByAnnotations has rows name URLs of a COCO annotation file.
func (b *planner) referByAnnotations(ctx context.Context) error {
	return b.referToURLs(ctx, "coco-annotations", cmp.Or(b.config.Media.Annotations, defaultAnnotations), b.openCOCO, urls.ReadCOCO)
}

// referToURLs reads the source of URLs that an input names, and chooses the plan's from it. What is wrong with the source is a problem of
// the input; what goes wrong on the way to it is the error.
func (b *planner) referToURLs(ctx context.Context, input problem.Name, name string,
	open func(*watch, string) (io.ReadCloser, error), read func(r io.Reader, each func(url string) error, note func(sentence string)) error) error {
	p := b.plan
	counted := !b.problems.Blame("num-requests", "images-per-request", "images-pool", "reuse-rate", "hit-rate")
	if counted && b.pool == 0 {
		return nil
	}
	if b.problems.Blame(input) {
		return nil
	}

	shown, plain := strconv.Quote(name), name
	if isRemote(name) && input == "coco-annotations" {
		if err := urls.Check(name); err != nil {
			b.problems.Add(input, "%s cannot be downloaded: %s\ngive a complete URL", input, err)
			return nil
		}
		shown, plain = escape.URL(name), escape.WithoutSecrets(name)
	}
	if strings.Contains(name, "://") && (input == "url-list" || !isRemote(name)) {
		b.problems.Add(input, "%s %s cannot be read: %s\ndownload it, and give the file's name", input, escape.URL(name), map[problem.Name]string{
			"url-list":         "a list is read from a file, and this is a URL",
			"coco-annotations": "only URLs that begin with http:// or https:// can be downloaded",
		}[input])
		return nil
	}
	watch := b.watch(ctx, shown)
	source, err := open(watch, name)
	if errors.Is(err, errNotNow) {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, fetch.ErrRefused) {
		b.problems.Add(input, "%s %s leads to an address of this machine or its neighbourhood, and is rejected: %s\nif you mean it, give %s true",
			input, shown, err, problem.Name("allow-local-urls"))
		return nil
	}
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			b.problems.Add(input, "%s %s cannot be read: %s\n"+b.sourceRemedy(input), input, shown, b.unquoted(input, fault.Err))
			return nil
		}
		return &problem.Fault{Input: input, Err: err}
	}
	defer source.Close()

	pool := urls.NewPool(p.Seed, max(b.pool, 1))
	err = read(watch.reader(source), func(url string) error {
		pool.Add(url)
		return nil
	}, func(sentence string) { b.warnings.Add(input, "%s %s: %s", input, shown, sentence) })
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if b.theirs(input) {
			b.problems.Add(input, "%s %s cannot be used: %s\n"+b.sourceRemedy(input), input, shown, b.unquoted(input, err))
		} else {
			b.problems.Add(input, "%s %s cannot be used: %s", input, shown, err)
		}
		return nil
	}
	chosen := pool.URLs()
	if !counted {
		return nil
	}
	if len(chosen) < b.perRow {
		b.problems.Add(input, "%s %s has %d distinct URLs, and a request of %d never contains the same image twice\ngive more of them, or lower %s",
			input, shown, len(chosen), b.perRow, problem.Name("images-per-request"))
		return nil
	}
	if len(chosen) < b.pool {
		b.problems.Add("images-pool", "%d distinct images are needed, and %s %s has %d distinct URLs in %d entries\nset %s to at most %d, or give more of them",
			b.pool, input, shown, len(chosen), pool.Seen(), problem.Name("images-pool"), len(chosen))
		return nil
	}
	digest := sha256.New()
	lines := bufio.NewWriter(digest)
	for i, url := range chosen {
		lines.WriteString(url)
		lines.WriteByte('\n')
		chosen[i] = escape.InJSON(url) // in place: a list can be long
	}
	lines.Flush()
	p.Reference = namedBy(chosen)
	p.URLs = &URLSource{Name: plain, Available: pool.Seen(), Repeats: pool.Repeats(), SHA256: hex.EncodeToString(digest.Sum(nil))}
	return nil
}

// openURLList opens a list of URLs. It may be a pipe, as a shell makes for <(…), but not where nobody would see that nothing comes from it.
func (b *planner) openURLList(_ *watch, name string) (io.ReadCloser, error) {
	return b.open("url-list", name, !b.env.Unattended)
}

// open opens a file that an input names. Opening a pipe waits for its writer. Where nobody sees to it that a name leads where it should, it
// must not lead to a file of the runner or of its machine, as messages would show a line of it.
func (b *planner) open(input problem.Name, name string, pipes bool) (*os.File, error) {
	places := b.env.Places
	path := name
	if b.theirFile(input, name) {
		pipes = false
		place, err := b.env.Theirs.Find(name)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: errNotTheirs}
		}
		if b.env.Unattended {
			path = place.Here // to which what holds for an action's paths applies, too
		} else {
			places = *b.env.Theirs
		}
	}
	place, err := places.Find(path)
	if err != nil {
		if b.env.Unattended {
			err = errors.New("an action reads in the workspace and in the runner's folder for temporary files alone")
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	notPlain := &fs.PathError{Op: "open", Path: name, Err: errNotPlain}
	if info, err := place.Stat(); err == nil && !pipes && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, notPlain
	}
	f, err := place.Open()
	if err != nil || pipes {
		return f, err
	}
	// Somebody may have put another file there.
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() && !info.IsDir() {
		f.Close()
		return nil, notPlain
	}
	return f, nil
}

// openCOCO opens an annotation file: one that is here, one to be downloaded, or the default one, which is downloaded and kept
// if it is missing.
func (b *planner) openCOCO(watch *watch, name string) (io.ReadCloser, error) {
	var f *os.File
	var err error
	if isRemote(name) {
		if len(b.problems) > 0 {
			return nil, errNotNow
		}
		b.notice("Downloading " + escape.URL(name))
		f, err = b.download(watch.ctx, name)
	} else {
		isDefault := b.isDefault(name)
		if _, outside := b.env.Places.Find(name); isDefault && outside != nil {
			return nil, &fs.PathError{Op: "create", Path: name, Err: outside}
		}
		f, err = b.open("coco-annotations", name, false)
		if isDefault && errors.Is(err, fs.ErrNotExist) {
			if len(b.problems) > 0 {
				return nil, errNotNow
			}
			f, err = b.keepOfficial(watch.ctx)
		}
	}
	if err != nil {
		return nil, err
	}
	return openJSON(watch, f, name)
}

// isRemote reports whether annotations are downloaded from where their name says.
func isRemote(name string) bool {
	scheme := strings.ToLower(name)
	return strings.HasPrefix(scheme, "http://") || strings.HasPrefix(scheme, "https://")
}

// errNotNow says that a source would have to be downloaded, which is not done for a run that will be refused.
var errNotNow = errors.New("not downloaded")

// openJSON opens the JSON that a file is or, as a zip, holds. Closing the result closes the file.
func openJSON(watch *watch, f *os.File, source string) (io.ReadCloser, error) {
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if info.IsDir() {
		f.Close()
		return nil, &fs.PathError{Op: "read", Path: source, Err: errors.New("it is a folder")}
	}
	content, err := urls.OpenAnnotations(watch.file(f), info.Size(), urls.JSONNamed(source), urls.MaxJSON)
	if err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "read", Path: source, Err: err}
	}
	return struct {
		io.Reader
		io.Closer
	}{content, closeFunc(func() error { return errors.Join(content.Close(), f.Close()) })}, nil
}

// download fetches an annotation file for this run only.
func (b *planner) download(ctx context.Context, url string) (*os.File, error) {
	client, err := b.fetcher(url)
	if err != nil {
		return nil, err
	}
	if client.Refuse != nil && client.Proxied(url) {
		b.notice("The download goes through a proxy, which decides where the server's name leads")
	}
	arriving := b.watch(ctx, escape.URL(url))
	client.Arrived = func(n int) { arriving.count(n) }
	f, err := os.CreateTemp("", "mmjsonl-")
	if err != nil {
		return nil, fmt.Errorf("failed to download %s: %w (set TMPDIR)", escape.URL(url), files.Explain("create a temporary file in", os.TempDir(), err))
	}
	os.Remove(f.Name()) // it lives as long as it is open, and not longer, whatever happens
	if _, err := client.Download(ctx, url, f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// keepOfficial downloads COCO's own archive and keeps the annotation file where the default says it is.
func (b *planner) keepOfficial(ctx context.Context) (*os.File, error) {
	if b.env.DryRun {
		return nil, &fs.PathError{Op: "open", Path: defaultAnnotations, Err: errors.New("it does not exist, and a dry run does not download it")}
	}
	place, err := b.env.Places.Find(defaultAnnotations)
	if err != nil {
		return nil, &fs.PathError{Op: "create", Path: defaultAnnotations, Err: err}
	}
	b.notice(fmt.Sprintf("%s is not there: downloading it, this once, from %s", defaultAnnotations, officialArchive))
	archive, err := b.download(ctx, officialArchive)
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	// What is kept is taken for good by every later run, so it is read once before.
	for _, take := range []func(io.Reader) error{
		func(content io.Reader) error {
			return urls.ReadCOCO(content, func(string) error { return nil }, nil)
		},
		func(content io.Reader) error {
			if err := b.keep(content, place); err != nil {
				return keepFault{err}
			}
			return nil
		},
	} {
		watch := b.watch(ctx, strconv.Quote(officialArchive))
		content, err := urls.OpenAnnotations(watch.file(archive), size(archive), urls.JSONNamed(officialArchive), urls.MaxJSON)
		if err == nil {
			err = errors.Join(take(watch.reader(content)), content.Close())
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if local := (keepFault{}); errors.As(err, &local) {
			return nil, err
		}
		if err != nil {
			return nil, fmt.Errorf("failed to use %q: %w: download it yourself and pass coco-annotations FILE", officialArchive, err)
		}
	}
	return place.Open()
}

// keepFault is a fault of the file that an annotation file is kept in, not of the archive.
type keepFault struct{ error }

func (k keepFault) Unwrap() error { return k.error }

// size is the length of an open file, 0 if it cannot be told.
func size(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// keep puts an annotation file where it will be looked for.
func (b *planner) keep(content io.Reader, place files.Place) error {
	place = place.Target()
	folder, err := place.Folder().MakeFolder(b.plan.owner)
	if err != nil {
		return err
	}
	defer folder.Close()
	name := filepath.Base(place.Here)
	folder.RemoveLeft(name)
	temp, err := folder.Stage(name)
	if err != nil {
		return err
	}
	_, err = io.Copy(temp, content)
	if err == nil {
		err = files.Sync(temp.File) // later runs read it and never make it again, so a power failure must not leave a part of it
	}
	if err != nil {
		return errors.Join(files.Explain("unpack", temp.Path(), err), temp.Discard())
	}
	return files.Publish(b.plan.owner, temp)
}

// fetcher is what downloads from a URL. Where nobody is there to see what it leads to, and it may come from a pull request or somebody else's
// manifest, it must not lead to what only this machine can reach: its own services, its host's, and a cloud's metadata.
func (b *planner) fetcher(url string) (fetch.Client, error) {
	theirs := url != officialArchive && b.theirs("coco-annotations")
	f := fetch.Client{
		Check: func(head []byte) error {
			_, err := urls.Format(head)
			if err != nil && theirs {
				err = errNotAnnotations
			}
			return err
		},
		Remedy: "download it yourself and pass coco-annotations FILE",
	}
	if !b.env.Unattended && !theirs || b.config.Media.AllowLocalURLs {
		return f, nil
	}
	local, err := fetch.Machine{}.Local()
	if err != nil {
		return f, fmt.Errorf("%w: give a file, or allow-local-urls true", err)
	}
	f.Refuse, f.RefuseName = local.RefuseAddress, local.RefuseName
	return f, nil
}

func (b *planner) notice(line string) {
	if b.env.Notice != nil {
		b.env.Notice(line)
	}
}
