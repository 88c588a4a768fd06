package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

func (r *run) inspectCommand() *cobra.Command {
	in := new(inputs.Inspect)
	var c *command
	c = &command{
		use:   "inspect FILE…",
		short: "show what any request file does to image caches",
		long: `Shows what a request file does to caches of images: a file of this program, or any that aiperf reads
as single_turn, multi_turn, raw_payload or mooncake_trace, a batch of OpenAI bodies, or vLLM's custom_image.

FILE is plain, gzip or zstd; - is standard input. Requests are taken in the order in which they are sent.
Local images are the same if they are the same file or have the same bytes, others if their data or
their URLs are equal, or their uuids where the server goes by those. The exit code is 1 if a file
cannot be read, or has rows that the client rejects or no server takes.`,
		example: `  mmjsonl inspect requests.jsonl --cache-images 50,200
  mmjsonl inspect a.jsonl b.jsonl --report page.html   side by side
  mmjsonl inspect requests.jsonl --server vllm --model Qwen3-VL-8B --image-size 512x512 --report page.html`,
		inputs: in,
		words:  true,
		run: func(ctx context.Context, files []string, problems problem.List) error {
			return r.inspect(ctx, in, c.set, files, problems)
		},
	}
	return r.add(c)
}

// inspection is a checked request to inspect files, and what was found.
type inspection struct {
	files   []string
	options inspect.Options
	server  *servers.Cache // nil unless one is requested
	json    bool
	report  string // the page to write, or ""
	command string // line for a shell

	warnings problem.List

	document inspectDocument
	reports  []*report.Report
	faults   []error // why the exit code is not 0
}

// inspect shows what files do to caches. Files that cannot be read, and bad rows, make it fail when all have had their turn.
func (r *run) inspect(ctx context.Context, in *inputs.Inspect, set *inputs.Set, names []string, problems problem.List) error {
	places, err := r.places()
	if err != nil {
		return err
	}
	if r.step != nil {
		problems = append(problems, r.checkUnattended(in, names, places)...)
	}
	asked := checkInspection(in, names, places, &problems)
	if name := in.Tokenizer.Get(); name != "" && !problems.Blame("tokenizer") {
		asked.options.Tokenizer, asked.options.Digest = r.readTokenizer(places, name, &problems)
	}
	asked.command = set.CommandLine(names)
	if len(problems) > 0 {
		return problems
	}
	for _, w := range asked.warnings {
		r.warn(w)
	}
	asked.options.Dir = places.Dir
	switch {
	case !in.LookForFiles.Get():
		asked.options.Open = func(string) (*os.File, error) { return nil, inspect.ErrOutside }
	case r.step != nil:
		images := openImageFiles(places)
		defer images.close()
		asked.options.Open = images.open
	}
	for _, name := range asked.files {
		result, err := r.inspectFile(ctx, places, name, asked.options)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			asked.faults = append(asked.faults, err)
			continue
		}
		asked.add(r, places, name, result)
	}
	if err := asked.show(r, places); err != nil {
		return fmt.Errorf("failed to write the report: %w", err)
	}
	if len(asked.faults) == 0 {
		return nil
	}
	last := len(asked.faults) - 1
	for _, fault := range asked.faults[:last] {
		r.error(fault.Error())
	}
	return asked.faults[last]
}

// add adds what was found in a file.
func (asked *inspection) add(r *run, places files.Places, name string, result *inspect.Result) {
	var place files.Place
	if found, err := places.Find(result.File); err == nil && r.step != nil {
		place = found // else later steps do not see it, and there is no path for them
	}
	if result.BadRowCount > 0 {
		first := result.BadRows[0]
		for i, bad := range result.BadRows {
			if r.step != nil {
				r.step.BadRow(i, place, bad.Line, bad.Reason)
			}
		}
		asked.fail("%q has %s: %d, the first of which is line %d: %s", name, badRows(result, first), result.BadRowCount, first.Line, first.Reason)
	}
	if result.Lines == 0 || result.Requests+result.BadRowCount == 0 {
		asked.fail("%q has no rows, so there is nothing to send", name)
	}
	inspected := inspectedFile{Result: result}
	if asked.server != nil {
		var err error
		if inspected.Server, err = replayed(asked.server, result); err != nil {
			asked.fail("%q cannot be replayed through the cache of %s: %w", name, asked.server.Title, err)
		}
	}
	asked.document.Files = append(asked.document.Files, inspected)
	about := report.OfFile(result, asked.server, inspected.Server, place)
	if r.step != nil {
		about.Facts = append(about.Facts, pageFact(places, asked.report), r.versionFact())
		if err := r.step.Publish(about); err != nil {
			asked.faults = append(asked.faults, err)
		}
	}
	about.Command = asked.command
	asked.reports = append(asked.reports, about)
}

// fail adds a reason why the exit code is not 0.
func (asked *inspection) fail(format string, args ...any) {
	asked.faults = append(asked.faults, fmt.Errorf(format, args...))
}

// show writes the page, and prints what was found.
func (asked *inspection) show(r *run, places files.Places) error {
	if asked.report != "" && len(asked.reports) > 0 {
		if err := r.writePage(places, asked.report, asked.reports); err != nil {
			asked.faults = append(asked.faults, err)
		}
	}
	width := columns(r.process.Stdout, 80)
	switch {
	case asked.json:
		return r.writeJSON(asked.document)
	case len(asked.reports) == 1:
		return asked.reports[0].Text(r.process.Stdout, width)
	case len(asked.reports) > 1:
		return report.Side(r.process.Stdout, asked.reports, width)
	}
	return nil
}

// writeJSON prints a document.
func (r *run) writeJSON(document any) error {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return err
	}
	_, err := r.process.Stdout.Write(escape.InertJSON(text.Bytes()))
	return err
}

// checkUnattended returns what is wrong with an inspection in a workflow: a page where later steps do not see it, and files that must not be
// read there.
func (r *run) checkUnattended(in *inputs.Inspect, names []string, places files.Places) (problems problem.List) {
	for _, name := range names {
		if found := r.unreadable(places, "file", name); len(found) > 0 {
			problems = append(problems, found...)
		} else if place, err := places.Find(name); err == nil {
			problems = append(problems, r.step.CheckPath("file", place)...)
		}
	}
	problems = append(problems, r.step.CheckCapacities("cache-images", len(in.CacheImages.Get()))...)
	return append(problems, r.checkPageOutput(places, in.Report.Get())...)
}

// checkPageOutput returns what is wrong with a page that a step's output is to name; path may be empty.
func (r *run) checkPageOutput(places files.Places, path string) (problems problem.List) {
	if path == "" {
		return nil
	}
	place, err := places.Find(path)
	if err != nil {
		problems.Add("report", "%s %q cannot be used: %s", problem.Name("report"), path, err)
		return problems
	}
	return r.step.CheckPath("report", place)
}

// pageFact is the output that names a page; path may be empty.
func pageFact(places files.Places, path string) report.Fact {
	place, err := places.Find(path)
	if err != nil || path == "" {
		place = files.Place{}
	}
	return report.PageFact(place)
}

// inspectDocument is what --json prints.
type inspectDocument struct {
	Server *servers.Capacity `json:"server,omitempty"`
	Files  []inspectedFile   `json:"files"`
}

// inspectedFile is what was found in a file, and what the server's cache does with it.
type inspectedFile struct {
	*inspect.Result
	Server *servers.Replayed `json:"server,omitempty"`
}

// inspectFile reads a file, or standard input.
func (r *run) inspectFile(ctx context.Context, places files.Places, name string, options inspect.Options) (*inspect.Result, error) {
	if name == "-" {
		return inspect.Read(ctx, name, r.process.Stdin, options)
	}
	f, err := r.open(places, name)
	if err != nil {
		return nil, fmt.Errorf("failed to open %q: %w: give the name of a file that can be read, or - for standard input", name, files.WithoutPath(err))
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("failed to read %q: it is a folder: give the name of a file in it", name)
	}
	return inspect.Read(ctx, name, f, options)
}

// writePage writes the page about files.
func (r *run) writePage(places files.Places, path string, about []*report.Report) error {
	var page bytes.Buffer
	if err := report.Page(&page, about, version(r.process.Version)); err != nil {
		return err
	}
	return writePageFile(places, path, page.Bytes())
}

// writePageFile writes a page, unless something else has got its name by now.
func writePageFile(places files.Places, path string, page []byte) error {
	place, err := places.Find(path)
	if err != nil {
		return fmt.Errorf("failed to write %q: %w", path, err)
	}
	if wrong, remedy := generator.CheckReplaced(place, generator.KindPage); wrong != "" { // by now
		return fmt.Errorf("failed to write %q: it %s: %s", path, wrong, remedy)
	}
	return files.WriteFile(place, page, places.Owner)
}

// checkInspection checks the inputs, and adds to problems what is wrong with them and with the names of files.
func checkInspection(in *inputs.Inspect, names []string, places files.Places, problems *problem.List) inspection {
	asked := inspection{files: names, json: in.JSON.Get(), report: in.Report.Get(), document: inspectDocument{Files: []inspectedFile{}}}
	if len(names) == 0 {
		problems.Add("", "inspect needs a file\ngive its name, or - for standard input")
	}
	if count := len(slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name != "-" })); count > 1 {
		problems.Add("", "standard input can be read once, not %d times\ngive - once", count)
	}
	if asked.report != "" {
		checkPage(places, asked.report, names, problems)
	}
	for _, capacity := range in.CacheImages.Get() {
		if capacity < 1 || capacity > math.MaxInt32 {
			problems.Add("cache-images", "%s has the capacity %d, which is out of range\ngive whole numbers from 1 to %d", problem.Name("cache-images"), capacity, math.MaxInt32)
		}
	}
	bound(problems, "concurrency", in.Concurrency.Get(), 1, math.MaxInt32)
	bound(problems, "replicas", in.Replicas.Get(), 1, 1024)
	if in.RequestCount.Given() {
		bound(problems, "request-count", in.RequestCount.Get(), 1, mostRequests)
	}
	if in.WarmupRequestCount.Given() {
		bound(problems, "warmup-request-count", in.WarmupRequestCount.Get(), 0, mostRequests)
	}
	asked.server = checkServer(&in.ServerCache, true, places, problems)
	if in.Server.Get() == "" && in.ImageSize.Given() {
		// In the environment it can be meant for generate.
		asked.warnings.Add("image-size", "%s has no effect: it belongs to %s", problem.Name("image-size"), problem.Name("server"))
	}
	if len(*problems) > 0 {
		return asked
	}
	asked.options = inspect.Options{
		Reuse: reuse.Options{
			Capacities:  in.CacheImages.Get(),
			Concurrency: int(in.Concurrency.Get()),
			Replicas:    int(in.Replicas.Get()),
		},
		Sending: inspect.Sending{
			FixedSchedule: in.FixedSchedule.Get(),
			Requests:      in.RequestCount.Get(),
			WarmUp:        in.WarmupRequestCount.Get(),
		},
	}
	if asked.server != nil {
		asked.document.Server = asked.server.Document()
		asked.options.Identities = []servers.Identity{asked.server.Identity}
		if weight, ok := asked.server.Same(); ok {
			asked.options.Reuse.Capacities = append(asked.options.Reuse.Capacities, asked.server.Images(weight)) // to see on the curve
		}
	}
	return asked
}

// mostRequests is more than any client sends in a run.
const mostRequests = 1_000_000_000

// badRows says what is the matter with the rows of which this is the first.
func badRows(result *inspect.Result, first inspect.BadRow) string {
	switch first.RefusedBy {
	case "server":
		return "rows that no server takes"
	case "client":
		return "bad rows, which " + result.Client() + " rejects"
	}
	return "bad rows"
}

// bound adds a problem if an input's value is not within its bounds.
func bound(problems *problem.List, input problem.Name, value, least, most int64) {
	if (value < least || value > most) && !problems.Blame(input) {
		problems.Add(input, "%s %d is out of range\ngive a whole number from %d to %d", input, value, least, most)
	}
}

// checkPage checks that a page can be written, and not over the file that it is about.
func checkPage(places files.Places, path string, names []string, problems *problem.List) {
	report := problem.Name("report")
	page, err := os.Stat(path)
	if path == "-" || err == nil && !page.Mode().IsRegular() {
		problems.Add(report, "%s %q is not a plain file\ngive a file name", report, path)
	}
	for _, name := range names {
		if isSame(path, name) && !problems.Blame(report) {
			problems.Add(report, "%s %q is the inspected file\ngive another name", report, path)
		}
	}
	switch folder, err := os.Stat(filepath.Dir(path)); {
	case err == nil && !folder.IsDir():
		problems.Add(report, "%s %q cannot be used: %q is not a folder\ngive another name", report, path, filepath.Dir(path))
	case err != nil:
		problems.Add(report, "%s %q is in a folder that does not exist\nmake it, or give another name", report, path)
	}
	place, err := places.Find(path)
	if err == nil {
		err = files.CheckLength(place.Here)
	}
	if err != nil && !problems.Blame(report) {
		problems.Add(report, "%s %.200q cannot be used: %s", report, path, err)
	}
	if !problems.Blame(report) {
		if wrong, remedy := generator.CheckReplaced(place, generator.KindPage); wrong != "" {
			problems.Add(report, "%s %q %s\n%s", report, path, wrong, remedy)
		}
	}
}
