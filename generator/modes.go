package generator

import (
	"context"
	"slices"

	"mmjsonl/internal/problem"
)

// display is how rows show images: where these come from, and what rows call them. An image mode has one display or more, and the
// inputs of the mode choose one of them.
type display struct {
	mode  Mode
	given func(*Config) bool // whether the inputs choose it; nil: always
	uses  []problem.Name     // the inputs that matter to it, of those that only some displays use
	made  bool               // this program makes the images
	files bool               // and puts them into a folder
	// Rows hold the images themselves; or else refer decides what rows call them, once the folder is known. What is wrong is a problem; the
	// error is that of a source which cannot be reached.
	inline bool
	refer  func(*planner, context.Context) error
	// The images are those of a folder that a person has.
	theirs bool
}

// fromFolder reports whether a configuration names a folder of images.
func fromFolder(c *Config) bool { return c.Media.From != "" }

// displays are all of them. Of several with the same mode the first that is given counts.
var displays = []display{
	{mode: ModeBase64, given: fromFolder, uses: []problem.Name{"images-from", "image-path-prefix"}, theirs: true, refer: (*planner).referToFolderByPath},
	{mode: ModeDataURI, given: fromFolder, uses: []problem.Name{"images-from"}, theirs: true, inline: true},
	{mode: ModeHTTP, given: fromFolder, uses: []problem.Name{"images-from", "image-url-base"}, theirs: true, refer: (*planner).referToFolderByURL},
	{mode: ModeBase64, uses: []problem.Name{"image-size", "popular-sizes", "image-format", "image-content", "image-bytes", "video-fps", "video-seconds", "image-dir", "image-path-prefix"}, made: true, files: true, refer: (*planner).referByPath},
	{mode: ModeDataURI, uses: []problem.Name{"image-size", "popular-sizes", "image-format", "image-content", "image-bytes", "video-fps", "video-seconds"}, made: true, inline: true},
	{mode: ModeHTTP, given: func(c *Config) bool { return c.Media.URLBase != "" },
		uses: []problem.Name{"image-size", "popular-sizes", "image-format", "image-content", "image-bytes", "video-fps", "video-seconds", "image-dir", "image-url-base"}, made: true, files: true, refer: (*planner).referByURL},
	{mode: ModeHTTP, given: func(c *Config) bool { return c.Media.URLList != "" },
		uses: []problem.Name{"url-list"}, refer: (*planner).referByList},
	{mode: ModeHTTP, uses: []problem.Name{"coco-annotations", "allow-local-urls"}, refer: (*planner).referByAnnotations},
}

// chooseDisplay returns the display of a configuration. An unknown mode, which is a problem of its own, has that of the default.
func chooseDisplay(c *Config) display {
	mode := c.Media.Mode
	if !slices.Contains(Modes, mode) {
		mode = ModeBase64
	}
	i := slices.IndexFunc(displays, func(d display) bool {
		return d.mode == mode && (d.given == nil || d.given(c))
	})
	return displays[i]
}

// Reference is how rows name an image.
type Reference struct {
	Inline bool   // rows hold the images themselves, as data URIs
	Begin  string // the beginning of every name, as the inside of a JSON string
	// AppendEnd appends the rest of an image's name.
	AppendEnd func(dst []byte, image uint32) []byte
	// ReadAhead, if not nil, reads from memory what AppendEnd will need for some images, so that their cache misses overlap. The result has no meaning.
	ReadAhead func(images []uint32) uint32

	Length int64  // of a usual one, in bytes
	Prefix string // what comes before the names of image files; "" if the rows hold none
}

// append appends the name of an image, as the inside of a JSON string.
func (r *Reference) append(dst []byte, image uint32) []byte {
	return r.AppendEnd(append(dst, r.Begin...), image)
}

// referToFiles has rows name image files behind a folder or a base URL.
func (b *planner) referToFiles(prefix string) {
	inside := quotePrefix(prefix)
	source := b.plan.Media
	first := source.Item(0)
	b.plan.Reference = Reference{
		Begin:     string(inside),
		AppendEnd: func(dst []byte, image uint32) []byte { return appendImageName(dst, image, first) },
		Length:    int64(len(inside) + len(appendImageName(nil, 0, first))),
		Prefix:    prefix,
	}
	if b.videos() && len(source.Sizes()) > 1 { // whose names tell their sizes
		b.plan.Reference.AppendEnd = func(dst []byte, image uint32) []byte {
			return appendImageName(dst, image, source.Item(image))
		}
	}
}
