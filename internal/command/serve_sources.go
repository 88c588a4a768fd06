package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/serve"
)

// mostServed is how many images there can be in all sets together; what is left of 32 bits is for files.
const mostServed = math.MaxUint32 - 1<<17

// readPool reads a manifest, and returns the pool of its images. Both are nil if they cannot be served, and problems say why.
func (r *run) readPool(ctx context.Context, places files.Places, name string, problems *problem.List) (*manifest.Manifest, *generator.Pool) {
	if own, err := places.Find(name + generator.ManifestSuffix); err == nil {
		if _, err := own.Stat(); err == nil {
			problems.Add("", "%q is a request file, not its manifest\ngive %q", name, name+generator.ManifestSuffix)
			return nil, nil
		}
	}
	m := r.readManifest(places, "manifest", name, problems)
	if m == nil {
		return nil, nil
	}
	made := new(inputs.Generate)
	set := inputs.Bind("mmjsonl serve", made)
	var pool *generator.Pool
	var wrong problem.List
	err := set.ReadManifest(ctx, m.Inputs, r.step != nil)
	if err == nil {
		wrong = set.Problems()
		config := made.Config()
		countHitCapacities(made, &config, places, &wrong)
		pool, err = generator.NewPool(ctx, config, wrong)
	}
	switch {
	case errors.As(err, &wrong):
		for _, p := range wrong {
			fault, remedy := p.Parts(set.Typed)
			problems.Add("", "the manifest %q cannot be used: %s\n%s", name, fault, remedy)
		}
	case err != nil:
		problems.Add("", "the manifest %q cannot be used: %s", name, err)
	case pool.Images == 0:
		problems.Add("", "the manifest %q is of a file without images\ngive one of a file that has some", name)
	case m.Images != nil && m.Images.Count != int64(pool.Images):
		problems.Add("", "the manifest %q says that there are %d images, and its inputs make %d\nmake the file again", name, m.Images.Count, pool.Images)
	default:
		return m, pool
	}
	return nil, nil
}

// addManifest adds the images of a manifest's file.
func (s *serving) addManifest(ctx context.Context, r *run, places files.Places, name string, problems *problem.List) {
	m, pool := r.readPool(ctx, places, name, problems)
	if m == nil {
		return
	}
	at, err := url.Parse(pool.Base)
	if err != nil {
		problems.Add("", "the manifest %q has a URL that cannot be read: %s", name, err)
		return
	}
	s.bases = append(s.bases, base{name, at})
	folder := folderOf(at)
	images := serve.Images{Path: folder, Source: pool.Media, Count: pool.Images, Append: pool.Append, Number: pool.Number}
	same := slices.IndexFunc(s.config.Images, func(other serve.Images) bool { return other.Path == folder })
	switch {
	case same < 0:
		s.config.Images = append(s.config.Images, images)
	case s.config.Images[same].Source.Set() != pool.Media.Set():
		problems.Add("", "the manifest %q has images of %q at %q, where another has images of %q\nmake one of the files again with another URL, or run a server for each",
			name, pool.Media.Set(), pool.Base, s.config.Images[same].Source.Set())
		return
	case s.config.Images[same].Count < pool.Images:
		s.config.Images[same] = images // which are the others too
	}
	total := 0
	for _, images := range s.config.Images {
		total += images.Count
	}
	if total > mostServed {
		problems.Add("", "%d images are too many for one server\nrun several", total)
	}
	path := func(image uint32) string {
		return (&url.URL{Path: folder + "/" + string(pool.Append(nil, image))}).EscapedPath()
	}
	served := report.Served{Name: name, First: path(0), Bytes: pool.Media.Total(pool.Images), What: fmt.Sprintf("1 image of %s, made on the fly", pool.Media.Sizes().Brief())}
	if pool.Images > 1 {
		served.What = fmt.Sprintf("%d images of %s, made on the fly", pool.Images, pool.Media.Sizes().Brief())
		served.Last = path(uint32(pool.Images - 1))
	}
	s.said.Sources = append(s.said.Sources, served)
	if file := filepath.Join(filepath.Dir(name), m.File.Name); m.Figures != nil {
		if _, err := os.Stat(file); err == nil {
			pool.File.Path = file
			s.said.Send = append(s.said.Send, report.Send(pool.Kind, pool.File, m.Figures)...)
		}
	}
}

// folderOf returns the path of a URL's folder as clients request it, decoded and without the last slash.
func folderOf(u *url.URL) string {
	folder := strings.TrimSuffix(u.Path, "/")
	if strings.Contains(folder+"/", "/./") || strings.Contains(folder+"/", "/../") {
		folder = strings.TrimSuffix(path.Clean(folder), "/") // as most clients do
	}
	return folder
}

// mostCounted is up to how many files of a folder are counted beforehand.
const mostCounted = 100_000

// addFolders adds folders of files.
func (s *serving) addFolders(r *run, in *inputs.Serve, places files.Places, names []string, problems *problem.List) {
	at := in.URLPath.Get()
	if at != "" && len(names) == 0 {
		s.warnings.Add("url-path", "%s has no effect: no folder is served", problem.Name("url-path"))
	}
	folder := "/" + strings.Trim(at, "/")
	if folder != path.Clean(folder) || strings.ContainsAny(folder, "?#%\\\x00") {
		problems.Add("url-path", "%s %q is not a path that URLs can have\ngive one like /images", problem.Name("url-path"), at)
	}
	paths := map[string]string{}
	for _, name := range names {
		if r.step != nil {
			if _, err := places.Find(name); err != nil {
				problems.Add("", "the folder %q cannot be served: %s", name, err)
				continue
			}
		}
		root, err := os.OpenRoot(name)
		if err != nil {
			problems.Add("", "the folder %q cannot be opened: %s\ngive one that can be read", name, files.WithoutPath(err))
			continue
		}
		where := folder
		if len(names) > 1 {
			absolute, err := filepath.Abs(name)
			if err != nil {
				absolute = name
			}
			where = path.Join(folder, filepath.Base(absolute))
		}
		where = strings.TrimSuffix(where, "/")
		if other, taken := paths[where]; taken {
			problems.Add("", "the folders %q and %q would both be at %q\nserve them one by one", other, name, where)
		}
		paths[where] = name
		s.config.Folders = append(s.config.Folders, serve.Folder{Path: where, Root: root})
		served := report.Served{Name: name}
		count, first := countFiles(root)
		if first != "" {
			served.First = (&url.URL{Path: where + "/" + first}).EscapedPath()
		}
		switch {
		case count == 0:
			served.What = "no files"
			s.warnings.Add("", "the folder %q has no files to serve", name)
		case count == 1:
			served.What = "1 file"
		case count > mostCounted:
			served.What = fmt.Sprintf("more than %d files", mostCounted)
		default:
			served.What = fmt.Sprintf("%d files", count)
		}
		s.said.Sources = append(s.said.Sources, served)
	}
}

// countFiles counts the files of a folder that are served, up to one more than mostCounted, and returns the first one's name.
func countFiles(root *os.Root) (count int, first string) {
	_ = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && entry != nil && entry.IsDir():
			return fs.SkipDir
		case err != nil:
			return nil
		case name != "." && entry.Name()[0] == '.' && entry.IsDir():
			return fs.SkipDir
		case entry.Type().IsRegular() && entry.Name()[0] != '.':
			if count == 0 {
				first = name
			}
			if count++; count > mostCounted {
				return fs.SkipAll
			}
		}
		return nil
	})
	return count, first
}
