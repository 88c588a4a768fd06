package generator

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// FolderSource is the folder of a person's own images.
type FolderSource struct {
	Name      string // as it was given
	Available int    // different images in it
}

const fromInput = problem.Name("images-from")

// readFolder lists the folder of a person's own images. What is wrong with it is a problem.
func (b *planner) readFolder(ctx context.Context) error {
	c, p := &b.config, b.plan
	counted := !b.problems.Blame("num-requests", "images-per-request", "images-pool", "reuse-rate", "hit-rate")
	if !b.display.theirs || b.problems.Blame(fromInput) || counted && b.pool == 0 {
		return nil
	}
	place, err := b.findFolder(c.Media.From)
	if err == nil {
		var info fs.FileInfo
		if info, err = place.Stat(); err == nil && !info.IsDir() {
			err = errors.New("it is not a folder")
		}
	}
	var folder *media.Folder
	if err == nil {
		folder, err = media.ReadFolder(ctx, place.FS(), c.Seed, b.usable)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		b.problems.Add(fromInput, "%s %.200q cannot be read: %s\ngive an existing folder of images", fromInput, c.Media.From, files.WithoutPath(err))
		return nil
	}
	left := b.leftOut(folder)
	if left != "" {
		b.warnings.Add(fromInput, "%s %q: %s", fromInput, c.Media.From, left)
	}
	if folder.Same > 0 {
		b.warnings.Add(fromInput, "%s %q: files with the content of another one, which are the same image: %d", fromInput, c.Media.From, folder.Same)
	}
	switch available := folder.Len(); {
	case available == 0:
		if left != "" {
			left = ": " + left
		}
		b.problems.Add(fromInput, "%s %q has no images%s\ngive a folder of images", fromInput, c.Media.From, left)
	case !counted:
	case available < b.perRow:
		b.problems.Add(fromInput, "%s %q has %d different images, and a request of %d never contains the same image twice\ngive more of them, or lower %s",
			fromInput, c.Media.From, available, b.perRow, problem.Name("images-per-request"))
	case available < b.pool:
		b.problems.Add("images-pool", "%d distinct images are needed, and %s %q has %d\nset %s to at most %d, or give more of them",
			b.pool, fromInput, c.Media.From, available, problem.Name("images-pool"), available)
	default:
		p.Folder = &FolderSource{Name: c.Media.From, Available: available}
		folder.Limit(b.pool)
		p.Media, b.folder = folder, folder
		b.folderPlace = place
	}
	return nil
}

// findFolder returns the place of the folder. One that somebody else's manifest names is looked for beside that alone.
func (b *planner) findFolder(name string) (files.Place, error) {
	places := b.env.Places
	if b.theirs(fromInput) {
		place, err := b.env.Theirs.Find(name)
		if err != nil {
			return files.Place{}, errNotTheirs
		}
		if !b.env.Unattended {
			return place, nil
		}
		name = place.Here // to which what holds for an action's paths applies, too
	}
	return places.Find(name)
}

// usable says why an image cannot be used in the rows' mode.
func (b *planner) usable(item media.Item) (why string) {
	if b.config.Media.Mode == ModeBase64 && item.MIME != "image/png" && item.MIME != "image/jpeg" {
		return fmt.Sprintf("%s %s needs PNG or JPEG, as aiperf opens no others", problem.Name("image-mode"), ModeBase64)
	}
	return ""
}

// leftOut says which files of a folder are left out, or "".
func (b *planner) leftOut(folder *media.Folder) string {
	const most = 5
	var all []string
	for i, left := range folder.Left {
		if i == most {
			all = append(all, fmt.Sprintf("and %d more", len(folder.Left)-most))
			break
		}
		name := fmt.Sprintf("%.200q", left.Name)
		all = append(all, name+": "+left.Why)
	}
	if len(all) == 0 {
		return ""
	}
	return "left out are " + strings.Join(all, "; ")
}

// referToFolderByPath has rows name the folder's files by their paths, as the next reader sees them.
func (b *planner) referToFolderByPath(context.Context) error {
	if b.folder == nil {
		return nil
	}
	b.checkPrefix()
	prefix := b.config.Media.PathPrefix
	if prefix == "" {
		prefix = filepath.ToSlash(b.folderPlace.Next)
	}
	b.referToFolder(prefix, func(name string) string { return name })
	return nil
}

// referToFolderByURL has rows name the folder's files behind a base URL, at which a media server shows the folder.
func (b *planner) referToFolderByURL(context.Context) error {
	if b.config.Media.URLBase == "" {
		b.problems.Add("image-url-base", "%s http needs the URL at which a media server shows %s\ngive %s, like http://127.0.0.1:9999/images: mmjsonl serve serves the folder",
			problem.Name("image-mode"), fromInput, problem.Name("image-url-base"))
		return nil
	}
	if b.checkURLBase() && b.folder != nil {
		b.referToFolder(b.config.Media.URLBase, func(name string) string { return (&url.URL{Path: name}).EscapedPath() })
	}
	return nil
}

// referToFolder has rows name the folder's files behind a prefix.
func (b *planner) referToFolder(prefix string, named func(string) string) {
	inside := quotePrefix(prefix)
	names := make([]string, b.folder.Len())
	for i := range names {
		names[i] = string(inside) + escape.InJSON(named(b.folder.Name(uint32(i))))
	}
	b.plan.Reference = namedBy(names)
	b.plan.Reference.Prefix = prefix
}
