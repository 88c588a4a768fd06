package generator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// chooseURLs reads the source of URLs and chooses the plan's from it. What is wrong with the source is a problem of the input
// that names it; what goes wrong on the way to it is the error.
func (b *planner) chooseURLs(ctx context.Context) error {
	p := b.plan
	input, name := Name("coco-annotations"), b.config.Annotations
	open, read := b.openCOCO, readCOCO
	if b.config.URLList != "" {
		input, name = "url-list", b.config.URLList
		open, read = b.openURLList, readURLList
	} else if name == "" {
		name = defaultAnnotations
	}

	source, err := open(ctx, name)
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			b.problems.add(input, "%s %q cannot be read: %s: give the name of a file that is there", input, name, fault.Err)
			return nil
		}
		return err
	}
	defer source.Close()

	pool := newURLPool(p.Seed, p.Pool)
	err = read(source, func(url string) error {
		pool.add(url)
		return ctx.Err()
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		b.problems.add(input, "%s %q cannot be used: %s", input, name, err)
		return nil
	}
	urls := pool.urls()
	if len(urls) < p.Pool {
		b.problems.add("images-pool", "%d different images are asked for and %s %q has %d: lower %s to at most %d",
			p.Pool, input, name, len(urls), Name("images-pool"), len(urls))
		return nil
	}
	digest := sha256.New()
	for _, url := range urls {
		p.urls = append(p.urls, quote(url))
		io.WriteString(digest, url+"\n")
	}
	p.URLs = &URLSource{Name: name, Available: pool.seen(), SHA256: hex.EncodeToString(digest.Sum(nil))}
	return nil
}

func (b *planner) openURLList(_ context.Context, name string) (io.ReadCloser, error) {
	return os.Open(b.path(name))
}

// openCOCO opens an annotation file: one that is here, one to be downloaded, or the default one, which is downloaded and kept
// if it is missing.
func (b *planner) openCOCO(ctx context.Context, name string) (io.ReadCloser, error) {
	if strings.HasPrefix(name, "http://") || strings.HasPrefix(name, "https://") {
		b.notice("Downloading " + quoteURL(name))
		return b.download(ctx, name)
	}
	f, err := os.Open(b.path(name))
	if filepath.Clean(name) == defaultAnnotations && errors.Is(err, fs.ErrNotExist) {
		f, err = b.keepOfficial(ctx)
	}
	if err != nil {
		return nil, err
	}
	return openJSON(f, name)
}

// path is where a file is that the user named.
func (b *planner) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.env.Places.Dir, name)
}

// openJSON opens the JSON that a file is or, as a zip, holds. Closing the result closes the file.
func openJSON(f *os.File, source string) (io.ReadCloser, error) {
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if info.IsDir() {
		f.Close()
		return nil, &fs.PathError{Op: "read", Path: source, Err: errors.New("it is a folder")}
	}
	content, err := openAnnotations(f, info.Size(), jsonNamed(source), maxAnnotationJSON)
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
func (b *planner) download(ctx context.Context, url string) (io.ReadCloser, error) {
	f, err := os.CreateTemp("", "mmjsonl-")
	if err != nil {
		return nil, explain("create a temporary file for", url, err)
	}
	os.Remove(f.Name()) // it lives as long as it is open, and not longer, whatever happens
	if _, err := b.fetcher().fetch(ctx, url, f); err != nil {
		f.Close()
		return nil, err
	}
	return openJSON(f, url)
}

// keepOfficial downloads COCO's own archive and keeps the annotation file where the default says it is.
func (b *planner) keepOfficial(ctx context.Context) (*os.File, error) {
	path := b.path(defaultAnnotations)
	b.notice(fmt.Sprintf("%s is not there: downloading it, this once, from %s", defaultAnnotations, officialArchive))
	content, err := b.download(ctx, officialArchive)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	if err := makeFolder(filepath.Dir(path), b.plan.owner); err != nil {
		return nil, err
	}
	temp, err := createTemporary(path)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(temp, content); err != nil {
		temp.Close()
		os.Remove(temp.Name())
		return nil, explain("unpack", path, err)
	}
	if err := publish(temp, path, b.plan.owner); err != nil {
		return nil, err
	}
	return os.Open(path)
}

func (b *planner) fetcher() fetcher { return fetcher{transport: b.env.HTTP} }

func (b *planner) notice(line string) {
	if b.env.Notice != nil {
		b.env.Notice(line)
	}
}
