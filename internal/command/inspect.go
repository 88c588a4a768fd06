package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"mmjsonl/internal/action"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// inspection is what `mmjsonl inspect` was asked for.
type inspection struct {
	files   []string
	options reuse.Options
	server  *servers.Capacity // nil unless one was asked for
	json    bool
	report  string // the page to write, or ""
}

// inspect says what files will do to a cache. Files that cannot be read, and bad rows, make it fail when all have had their turn.
func (r *run) inspect(ctx context.Context, args []string) error {
	asked, help, problems := parseInspection(args)
	if help != "" {
		_, err := io.WriteString(r.process.Stdout, help)
		return err
	}
	if r.step == nil {
		r.typed = func(n problem.Name) string { return "--" + string(n) }
	}
	if len(problems) > 0 {
		return problems
	}
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("failed to find the working directory: %w", err)
	}
	places := files.Places{Dir: dir}
	if r.step != nil {
		places = action.Places(r.env, dir)
		if problems := asked.checkUnattended(places); len(problems) > 0 {
			return problems
		}
	}
	document := inspectDocument{Server: asked.server, Files: []*inspect.Result{}}
	var faults []error
	for i, name := range asked.files {
		result, err := inspectFile(ctx, name, inspect.Options{Reuse: asked.options, Dir: dir})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		if result.BadRowCount > 0 {
			first := result.BadRows[0]
			faults = append(faults, fmt.Errorf("%q has bad rows, which aiperf rejects: %d, the first of which is line %d: %s", name, result.BadRowCount, first.Line, first.Reason))
		}
		if result.Lines == 0 || result.Requests+result.BadRowCount == 0 {
			faults = append(faults, fmt.Errorf("%q has no rows, so aiperf has nothing to send", name))
		}
		document.Files = append(document.Files, result)
		var place files.Place
		if found, err := places.Find(result.File); err == nil && r.step != nil {
			place = found // else later steps do not see it, and there is no path for them
		}
		about := report.OfFile(result, asked.server, place)
		if r.step != nil {
			if err := r.step.Publish(about); err != nil {
				faults = append(faults, err)
			}
		}
		if asked.report != "" {
			if err := r.writePage(asked.report, about, places.Owner); err != nil {
				faults = append(faults, err)
			}
		}
		if asked.json {
			continue
		}
		if i > 0 {
			fmt.Fprintln(r.process.Stdout)
		}
		if err := about.Text(r.process.Stdout, columns(r.process.Stdout)); err != nil {
			return fmt.Errorf("failed to write the report: %w", err)
		}
	}
	if asked.json {
		var text bytes.Buffer
		encoder := json.NewEncoder(&text)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err := encoder.Encode(document)
		if err == nil {
			_, err = r.process.Stdout.Write(escape.InertJSON(text.Bytes()))
		}
		if err != nil {
			return fmt.Errorf("failed to write the report: %w", err)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	last := len(faults) - 1
	for _, fault := range faults[:last] {
		r.error(fault.Error())
	}
	return faults[last]
}

// checkUnattended returns what stands against an inspection in a workflow: a page where later steps do not see it, and files in which there
// may be nothing, or no end to it, which nobody would notice.
func (i *inspection) checkUnattended(places files.Places) (problems problem.List) {
	for _, name := range i.files {
		if _, err := places.Find(name); err != nil {
			problems = append(problems, problem.New("file", "%s %q cannot be read: an action reads in the workspace and in the runner's folder for temporary files alone", problem.Name("file"), name))
			continue
		}
		if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
			problems = append(problems, problem.New("file", "%s %q is no plain file: name one", problem.Name("file"), name))
		}
	}
	if i.report != "" {
		if _, err := places.Find(i.report); err != nil {
			problems = append(problems, problem.New("report", "%s %q cannot be used: %s", problem.Name("report"), i.report, err))
		}
	}
	return problems
}

// inspectDocument is what --json prints.
type inspectDocument struct {
	Server *servers.Capacity `json:"server,omitempty"`
	Files  []*inspect.Result `json:"files"`
}

// inspectFile reads a file, or standard input.
func inspectFile(ctx context.Context, name string, options inspect.Options) (*inspect.Result, error) {
	if name == "-" {
		return inspect.Read(ctx, name, os.Stdin, options)
	}
	f, err := os.Open(name)
	if err != nil {
		var fault *os.PathError
		if errors.As(err, &fault) {
			err = fault.Err
		}
		return nil, fmt.Errorf("failed to open %q: %w: give the name of a file that can be read, or - for standard input", name, err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("failed to read %q: it is a folder: give the name of a file in it", name)
	}
	return inspect.Read(ctx, name, f, options)
}

// writePage writes the page about a file.
func (r *run) writePage(path string, about *report.Report, owner *files.Owner) error {
	var page bytes.Buffer
	if err := about.Page(&page, version(r.process.Version)); err != nil {
		return err
	}
	return files.WriteFile(path, page.Bytes(), owner)
}

// The flags that say how many bytes an image takes in a server's cache.
var serverFlags = []string{"cache-gib", "bytes-per-image", "model-hidden", "deepstack", "tokens-per-image", "image-size", "patch"}

// parseInspection reads the command line of `mmjsonl inspect`. help is not empty if that is what was asked for.
func parseInspection(args []string) (asked inspection, help string, problems problem.List) {
	p := inspectFlags{FlagSet: pflag.NewFlagSet("inspect", pflag.ContinueOnError)}
	p.SetOutput(io.Discard)
	p.SortFlags = false
	p.String("cache-images", "", "capacities in images, such as `50,200`: what an LRU cache of each hits")
	p.String("concurrency", "1", "the range of hits with `W` requests in flight, each at most W-1 places out of order")
	p.String("replicas", "1", "what each of `R` servers behind a round robin sees")
	p.Bool("json", false, "print one JSON document instead of text")
	p.String("report", "", "write a page with the curve to `FILE`, for a browser; for one input file")
	p.String("server", "", "find the capacity of the cache of `NAME`: "+serverNames())
	p.String("cache-gib", "", "size of the server's cache in `GiB`; by default the server's own")
	p.String("bytes-per-image", "", "`BYTES` that the server's cache takes for an image; or it follows from the model:")
	p.String("model-hidden", "", "hidden size `H` of the language model, for caches of embeddings")
	p.String("deepstack", "", "`LEVELS` of vectors that the model keeps of a token beside the first; by default 3 with --patch 32, else 0")
	p.String("tokens-per-image", "", "an image becomes `N` tokens; or that follows from its size:")
	p.String("image-size", "", "size of an image in pixels, `WxH`")
	p.String("patch", "", "a token is made of `PIXELS` by as many: 28 for Qwen2.5-VL, 32 for Qwen3-VL")

	switch err := p.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		return asked, `mmjsonl inspect says what a request file, of this program or any that aiperf reads as single_turn, does to a cache of images.

Usage: mmjsonl inspect FILE… [flags]

FILE is plain, gzip or zstd; - is standard input. Images are the same if their strings are, or their image_uuids where rows have
those. The exit code is 1 if a file cannot be read or has rows that aiperf refuses.

` + p.FlagUsagesWrapped(100), nil
	case err != nil:
		p.problem("", "%s: see mmjsonl inspect --help", err)
	case p.NArg() == 0:
		p.problem("", "inspect needs a file: give its name, or - for standard input")
	}
	asked.files = p.Args()
	asked.json, _ = p.GetBool("json")
	asked.report = p.text("report")
	if asked.report != "" && len(asked.files) > 1 {
		p.problem("report", "%s is about one file, not %d: inspect them one by one", problem.Name("report"), len(asked.files))
	}
	if asked.report != "" && len(asked.files) == 1 {
		p.checkReport(asked.report, asked.files[0])
	}
	stdin := 0
	for _, name := range asked.files {
		if name == "-" {
			stdin++
		}
	}
	if stdin > 1 {
		p.problem("", "standard input can be read once, not %d times: give - once", stdin)
	}
	for _, text := range strings.Split(p.text("cache-images"), ",") {
		if p.text("cache-images") != "" {
			asked.options.Capacities = append(asked.options.Capacities, p.number("cache-images", strings.TrimSpace(text), 1, math.MaxInt32))
		}
	}
	asked.options.Concurrency = int(p.number("concurrency", p.text("concurrency"), 1, math.MaxInt32))
	asked.options.Replicas = int(p.number("replicas", p.text("replicas"), 1, 1024))
	asked.server = p.server()
	if asked.server != nil {
		asked.options.Capacities = append(asked.options.Capacities, asked.server.Images()...)
	}
	return asked, "", p.problems
}

// inspectFlags are flags whose values are texts, and what is wrong with them.
type inspectFlags struct {
	*pflag.FlagSet
	problems problem.List
}

func (p *inspectFlags) problem(flag problem.Name, format string, args ...any) {
	p.problems = append(p.problems, problem.New(flag, format, args...))
}

func (p *inspectFlags) text(flag string) string {
	return strings.TrimSpace(p.Lookup(flag).Value.String())
}

// checkReport checks that a page can be written, and not over the file that it is about.
func (p *inspectFlags) checkReport(path, file string) {
	page, err := os.Stat(path)
	about, aboutErr := os.Stat(file)
	switch {
	case path == "-" || err == nil && !page.Mode().IsRegular():
		p.problem("report", "%s %q is no plain file: give a file name", problem.Name("report"), path)
	case err == nil && aboutErr == nil && os.SameFile(page, about):
		p.problem("report", "%s %q is the file that is inspected: give another name", problem.Name("report"), path)
	}
	switch folder, err := os.Stat(filepath.Dir(path)); {
	case err == nil && !folder.IsDir():
		p.problem("report", "%s %q cannot be used: %q is not a folder: give another name", problem.Name("report"), path, filepath.Dir(path))
	case err != nil:
		p.problem("report", "%s %q is in a folder that is not there: make it, or give another name", problem.Name("report"), path)
	}
}

// number understands the text of a flag as a whole number within bounds, the least of which stands in for what cannot be understood.
func (p *inspectFlags) number(flag, text string, least, most int64) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil && least <= n && n <= most {
		return n
	}
	p.problem(problem.Name(flag), "%s %.100q is not a whole number from %d to %d: give one", problem.Name(flag), text, least, most)
	return least
}

// optional is number for a flag that need not be given; then it is 0.
func (p *inspectFlags) optional(flag string, least, most int64) int64 {
	if p.text(flag) == "" {
		return 0
	}
	return p.number(flag, p.text(flag), least, most)
}

func serverNames() string {
	var names []string
	for _, s := range servers.All() {
		names = append(names, s.Name)
	}
	return strings.Join(names, ", ")
}

// server finds the capacity of a server's cache, or nil if none is asked for or it cannot be found.
func (p *inspectFlags) server() *servers.Capacity {
	name := p.text("server")
	if name == "" {
		for _, flag := range serverFlags {
			if p.text(flag) != "" {
				p.problem(problem.Name(flag), "--%s says how large a server's cache is: name it by --server, one of %s", flag, serverNames())
			}
		}
		return nil
	}
	s, ok := servers.Named(name)
	if !ok {
		p.problem("server", "--server %.100q is not known: give one of %s", name, serverNames())
		return nil
	}
	before := len(p.problems)
	cache := p.cacheBytes(s)
	least, most := p.imageBytes(s)
	if len(p.problems) > before {
		return nil
	}
	return s.Capacity(cache, least, most)
}

// mostCacheGiB is far more than any server has, and far from where arithmetic ends.
const mostCacheGiB = 1 << 20

func (p *inspectFlags) cacheBytes(s servers.Server) int64 {
	text := p.text("cache-gib")
	if text == "" {
		if s.DefaultBytes == 0 {
			p.problem("cache-gib", "%s has no cache unless %s is set: give the same by --cache-gib", s.Title, s.Setting)
		}
		return s.DefaultBytes
	}
	size, err := strconv.ParseFloat(text, 64)
	if err != nil || !(size > 0 && size <= mostCacheGiB) {
		p.problem("cache-gib", "--cache-gib %.100q is not a number of GiB above 0 and up to %d", text, mostCacheGiB)
	}
	return int64(size * (1 << 30))
}

// imageBytes finds how much an image takes in the server's cache. Every flag is either used or a problem.
func (p *inspectFlags) imageBytes(s servers.Server) (least, most int64) {
	given := func(flag string) bool { return p.text(flag) != "" }
	refuse := func(why string, flags ...string) {
		for _, flag := range flags {
			if given(flag) {
				p.problem(problem.Name(flag), "--%s %s", flag, why)
			}
		}
	}
	if given("bytes-per-image") {
		refuse("says what --bytes-per-image says already: give one of them", "model-hidden", "deepstack", "tokens-per-image", "image-size", "patch")
		n := p.number("bytes-per-image", p.text("bytes-per-image"), 1, 1<<40)
		return n, n
	}
	if s.Holds == servers.Pixels {
		refuse(fmt.Sprintf("says nothing of %s, which holds pixels and not embeddings: give --image-size and --patch, or --bytes-per-image", s.Title),
			"model-hidden", "deepstack", "tokens-per-image")
		if image, ok := p.image(s); ok {
			return image.PixelBytes()
		}
		return 0, 0
	}
	if !given("model-hidden") {
		p.problem("model-hidden", "%s holds embeddings: give --model-hidden and --tokens-per-image, or --image-size and --patch, or else --bytes-per-image", s.Title)
	}
	hidden := p.optional("model-hidden", 1, 1<<20)
	levels := p.optional("deepstack", 0, 64)
	var tokens int64
	if given("tokens-per-image") {
		refuse("says what --tokens-per-image says already: give one of them", "image-size", "patch")
		tokens = p.number("tokens-per-image", p.text("tokens-per-image"), 1, 1<<24)
	} else if image, ok := p.image(s); ok {
		tokens = image.Tokens()
		if !given("deepstack") && image.Patch == servers.PatchQwen3 {
			levels = servers.DeepStack
		}
	}
	n := servers.EmbeddingBytes(tokens, hidden, levels)
	return n, n
}

// image understands the flags image-size and patch, both of which are needed.
func (p *inspectFlags) image(s servers.Server) (image servers.Image, ok bool) {
	before := len(p.problems)
	size, patch := p.text("image-size"), p.text("patch")
	switch {
	case size == "" && patch == "":
		if p.text("model-hidden") != "" || s.Holds == servers.Pixels {
			p.problem("image-size", "an image's size is not known: give --image-size and --patch, or --bytes-per-image")
		}
		return image, false
	case size == "":
		p.problem("image-size", "--patch needs --image-size")
	case patch == "":
		p.problem("patch", "--image-size needs --patch: 28 for Qwen2.5-VL, 32 for Qwen3-VL")
	}
	if size != "" {
		width, height, found := strings.Cut(strings.ToLower(size), "x")
		if !found {
			height = width
		}
		image.Width = p.number("image-size", strings.TrimSpace(width), 1, 1<<16)
		image.Height = p.number("image-size", strings.TrimSpace(height), 1, 1<<16)
	}
	if patch != "" && patch != "28" && patch != "32" {
		p.problem("patch", "--patch %.100q is not known: give 28 for Qwen2.5-VL, 32 for Qwen3-VL", patch)
	}
	image.Patch, _ = strconv.ParseInt(patch, 10, 64)
	return image, len(p.problems) == before
}
