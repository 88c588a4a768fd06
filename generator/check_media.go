package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/urls"
)

// checkImages checks what images are and how rows refer to them.
func (b *planner) checkImages() {
	c, p := &b.config, b.plan
	problem.OneOf(&b.problems, "image-mode", c.Media.Mode, Modes)
	problem.OneOf(&b.problems, "compression-level", c.Output.Level, Levels)
	problem.OneOf(&b.problems, "image-format", cmp.Or(c.Media.Format, FormatPNG), ImageFormats)
	problem.OneOf(&b.problems, "image-content", cmp.Or(c.Media.Content, ContentNoise), Contents)
	kind := kindOf(c.Media.Format, c.Media.Content)
	if kind == nil && !b.problems.Blame("image-format", "image-content") {
		remedy := fmt.Sprintf("give %s %s, or leave %s out", problem.Name("image-content"), otherContent(c.Media.Content), problem.Name("image-format"))
		if b.videos() {
			remedy = fmt.Sprintf("leave %s out", problem.Name("image-content"))
		}
		b.problems.Add("image-content", "%s %s cannot be had as %s %s\n%s", problem.Name("image-content"), c.Media.Content,
			problem.Name("image-format"), cmp.Or(c.Media.Format, FormatPNG), remedy)
	}
	if kind == nil {
		kind = &kinds[0] // something to check the rest with
	}
	b.checkVideo()
	b.checkSizes(kind)
	b.checkImageBytes(kind)
	b.checkPopularSizes()
	if b.display.made && !b.problems.Blame("image-size", "image-format", "image-content", "image-bytes", "video-fps", "video-seconds") {
		source := func(size media.Size) media.Source { return kind.source(c, size) }
		if p.PopularSizes = c.Media.PopularSizes; p.PopularSizes {
			p.Media = media.MixByRank(c.Media.Sizes, b.measuredPool(), source)
		} else {
			p.Media = media.Mix(c.Media.Sizes, source)
		}
		p.Photos = kind.content == ContentPhoto
	}
}

// checkURLInputs checks the inputs that say where URLs come from, short of reading the list.
func (b *planner) checkURLInputs() {
	c := &b.config
	sources := []struct {
		input problem.Name
		value string
	}{{"coco-annotations", c.Media.Annotations}, {"url-list", c.Media.URLList}, {"image-url-base", c.Media.URLBase}}
	if c.Media.Mode != ModeHTTP && !b.problems.Blame("image-mode") {
		return
	}
	var given []problem.Name
	for _, s := range sources {
		if s.value != "" {
			given = append(given, s.input)
		}
	}
	if c.Media.From != "" {
		given = slices.DeleteFunc(given, func(name problem.Name) bool { return name == "image-url-base" })
		given = append([]problem.Name{"images-from"}, given...)
	}
	if len(given) > 1 {
		b.problems.Add(given[1], "%s and %s contradict each other\ngive one source of URLs", given[0], given[1])
	}
}

// referByURL has rows name images behind a base URL, at which a media server shows the image folder.
func (b *planner) referByURL(context.Context) error {
	if b.pool > 0 && b.checkURLBase() && b.plan.Media != nil {
		b.referToFiles(b.config.Media.URLBase)
	}
	return nil
}

// checkURLBase checks the URL of a media server, and reports whether images can be named behind it.
func (b *planner) checkURLBase() bool {
	c := &b.config
	if b.problems.Blame("image-url-base") {
		return false
	}
	base, err := url.Parse(c.Media.URLBase)
	if err == nil {
		err = urls.Check(c.Media.URLBase)
	}
	if err == nil && (base.RawQuery != "" || base.ForceQuery || base.Fragment != "") {
		err = errors.New("a query or fragment cannot come before a file's name")
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		b.problems.Add("image-url-base", "%s %.200q cannot be used: %s\ngive one like http://127.0.0.1:9999/images",
			problem.Name("image-url-base"), c.Media.URLBase, err)
		return false
	}
	return true
}

// checkImageDir decides where image files go and how rows name them, and looks at what is there already.
func (b *planner) checkImageDir(ctx context.Context) {
	c, p := &b.config, b.plan
	if b.display.files && c.Media.Folder == NoFolder && c.Media.Mode == ModeBase64 && b.pool > 0 {
		b.problems.Add("image-dir", "%s %s writes no images, and the rows name them by their paths\ngive a folder, or %s http with %s",
			problem.Name("image-dir"), NoFolder, problem.Name("image-mode"), problem.Name("image-url-base"))
	}
	if !b.writesImages() {
		return
	}
	b.checkPrefix()
	if b.problems.Blame("image-dir", "seed") || p.Media == nil {
		return
	}
	folder := c.Media.Folder
	if folder == "" {
		if b.problems.Blame("output") {
			return // it would be beside the output
		}
		folder = p.Noun() + "s_" + p.Media.Set()
		if !p.Output.Stdout && !p.Output.device {
			folder = filepath.Join(filepath.Dir(p.Names.Output.Here), folder)
		}
	}
	place, ok := b.place("image-dir", folder)
	if !ok {
		return
	}
	p.Names.Images = place
	b.checkFolder("image-dir", folder, place.Here)
	if b.problems.Blame("image-dir") {
		return
	}
	var found string
	var err error
	if b.there, err = p.lookAtImages(); err == nil {
		found, err = p.contradiction(ctx, b.there)
	}
	if err != nil {
		b.problems.Add("image-dir", "%s %q cannot be used: %s", problem.Name("image-dir"), folder, err)
	} else if found != "" {
		b.problems.Add("image-dir", "%s %q %s, to which an earlier file may refer, and this run makes images of %q\ngive another folder, or delete this one",
			problem.Name("image-dir"), folder, found, p.Media.Set())
	}
}

// referByPath has rows name images by their paths, as the next reader sees them.
func (b *planner) referByPath(context.Context) error {
	prefix := b.config.Media.PathPrefix
	if prefix == "" {
		prefix = b.plan.Names.Images.Next
		if !utf8.ValidString(prefix) {
			b.problems.Add("image-dir", "%s %q is not valid UTF-8, and a row cannot name it\ngive another folder, or %s",
				problem.Name("image-dir"), prefix, problem.Name("image-path-prefix"))
		}
	}
	if b.plan.Media != nil {
		b.referToFiles(prefix)
	}
	return nil
}

func (b *planner) checkPrefix() {
	prefix := b.config.Media.PathPrefix
	scheme, _, hasScheme := strings.Cut(prefix, ":")
	switch {
	case prefix == "" || b.problems.Blame("image-path-prefix"):
	case !utf8.ValidString(prefix) || strings.ContainsFunc(prefix, unicode.IsControl):
		b.problems.Add("image-path-prefix", "%s %q has a byte that a row's path cannot have\ngive a plain folder name", problem.Name("image-path-prefix"), prefix)
	case len(prefix) > maxImageDir:
		b.problems.Add("image-path-prefix", "%s is %d bytes long\ngive at most %d", problem.Name("image-path-prefix"), len(prefix), maxImageDir)
	case prefix[0] == '~' || prefix[0] == '$':
		b.problems.Add("image-path-prefix", "%s %q would be written to the rows as it is, and only a shell understands it\ngive the complete path, like %q",
			problem.Name("image-path-prefix"), prefix, b.expanded(prefix))
	case hasScheme && !drive().MatchString(prefix) && !strings.Contains(scheme, "/"):
		b.problems.Add("image-path-prefix", "%s %q reads like a URL\nfor URLs of generated images give %s http with %s",
			problem.Name("image-path-prefix"), prefix, problem.Name("image-mode"), problem.Name("image-url-base"))
	}
}

// quotePrefix returns a folder or base URL as the inside of a JSON string, up to where a file's name follows.
func quotePrefix(folder string) []byte {
	quoted := escape.JSON(strings.TrimSuffix(folder, "/") + "/")
	return quoted[1 : len(quoted)-1]
}
