package command

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/measure"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

func (r *run) compareCommand() *cobra.Command {
	in := new(inputs.Compare)
	var made *cobra.Command
	made = r.add(&command{
		use:   "compare RUN…",
		short: "put what a server counted beside what was predicted",
		long: `Says whether a server's image cache did what was predicted for the file that was sent, and how large it is.

RUN is the folder into which aiperf has written its results, whose file of requests is found by itself;
or a request file, with the server's metrics before and after it was sent by anything: in two files, or
read around the command behind --. The prediction is for the order in which requests were really sent,
where that was recorded.

The exit code is 0 if the counts agree, 1 if they differ, and 2 if it cannot be told.`,
		example: `  mmjsonl compare artifacts/*
  mmjsonl compare requests.jsonl --before before.prom --after after.prom
  mmjsonl compare requests.jsonl --metrics-url http://127.0.0.1:8000/metrics -- python3 send.py`,
		inputs: in,
		words:  true,
		run: func(ctx context.Context, words []string, problems problem.List) error {
			return r.compare(ctx, in, words, made.ArgsLenAtDash(), problems)
		},
	})
	return made
}

// verdictError is a verdict that is not agreement, which has been shown.
type verdictError struct{ code int }

func (v verdictError) Error() string { return fmt.Sprintf("exit code %d", v.code) }

// comparing is a checked request to compare runs.
type comparing struct {
	in      *inputs.Compare
	places  files.Places
	runs    []string
	command []string // to run between two readings of the metrics
	options measure.Options
}

// compareDocument is what --json prints.
type compareDocument struct {
	Server *servers.Capacity `json:"server,omitempty"` // the cache whose size was given
	Runs   []comparedRun     `json:"runs"`
}

// comparedRun is a run, and what its verdict means in words.
type comparedRun struct {
	*measure.Result
	Sentence string `json:"verdict_words"`
	Advice   string `json:"advice,omitempty"`
}

// compare shows what servers counted beside what was predicted. A run that cannot be read does not keep others from their turn.
func (r *run) compare(ctx context.Context, in *inputs.Compare, words []string, dash int, problems problem.List) error {
	places, err := r.places()
	if err != nil {
		return err
	}
	c := comparing{in: in, places: places, runs: words}
	if dash >= 0 && in.MetricsURL.Get() != "" {
		c.runs, c.command = words[:dash], words[dash:]
	}
	c.runs = expanded(c.runs)
	c.check(r, &problems)
	if len(problems) > 0 {
		return problems
	}
	code, failed := 0, 0
	comparison := new(report.Comparison)
	for _, name := range c.runs {
		result, err := c.one(ctx, r, name)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			r.error(fmt.Sprintf("%q cannot be compared: %s", name, err))
			failed++
			continue
		}
		code = max(code, result.Verdict.Exit())
		comparison.Add(result)
	}
	if failed > 0 {
		code = measure.ExitUnknown
	}
	if err := c.show(r, comparison); err != nil {
		r.error(err.Error())
		code = measure.ExitUnknown
	}
	if code != 0 {
		return verdictError{code}
	}
	return nil
}

// expanded replaces patterns by what they match: in a workflow, and on Windows, no shell does that.
func expanded(words []string) (names []string) {
	for _, word := range words {
		if _, err := os.Lstat(word); err != nil {
			if matches, err := filepath.Glob(word); err == nil && len(matches) > 0 {
				names = append(names, matches...)
				continue
			}
		}
		names = append(names, word)
	}
	return names
}

// show prints what was found, and writes what else is wanted.
func (c *comparing) show(r *run, comparison *report.Comparison) error {
	if len(comparison.Runs) == 0 {
		return nil
	}
	var errs []error
	if c.in.JSON.Get() {
		document := compareDocument{Runs: []comparedRun{}}
		if c.options.Sized != nil {
			document.Server = c.options.Sized.Document()
		}
		for _, run := range comparison.Runs {
			document.Runs = append(document.Runs, comparedRun{run.Result, run.Sentence, run.Advice})
		}
		errs = append(errs, r.writeJSON(document))
	} else {
		errs = append(errs, comparison.Text(r.process.Stdout, columns(r.process.Stdout, 120)))
	}
	if r.step != nil {
		errs = append(errs, r.step.PublishComparison(comparison, pageFact(c.places, c.in.Report.Get()), r.versionFact()))
	}
	if page := c.in.Report.Get(); page != "" {
		errs = append(errs, r.writeComparison(c.places, page, comparison))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("failed to write the report: %w", err)
	}
	return nil
}

// check checks the inputs.
func (c *comparing) check(r *run, problems *problem.List) {
	in := c.in
	if len(c.runs) == 0 {
		problems.Add("", "compare needs a run\ngive the folder that aiperf has written its results into, or a request file with --before and --after")
	}
	c.checkCounters(problems)
	for _, name := range c.runs {
		if name == "-" {
			problems.Add("", "standard input cannot be compared\ngive the name of a folder or of a file")
		}
	}
	if in.CacheImages.Given() {
		bound(problems, "cache-images", in.CacheImages.Get(), 1, math.MaxInt32)
		c.options.Capacity = in.CacheImages.Get()
	}
	if in.Concurrency.Given() {
		bound(problems, "concurrency", in.Concurrency.Get(), 1, math.MaxInt32)
		c.options.Concurrency = int(in.Concurrency.Get())
	}
	if in.WarmupRequestCount.Given() {
		bound(problems, "warmup-request-count", in.WarmupRequestCount.Get(), 0, mostRequests)
	}
	if in.Tolerance.Given() && in.Tolerance.Get().Rat != nil {
		share, _ := in.Tolerance.Get().Float64()
		if share > 1 {
			problems.Add("tolerance", "%s %s is out of range\ngive a fraction from 0 to 1", problem.Name("tolerance"), in.Tolerance.Text())
		}
		c.options.Tolerance = &share
	}
	c.checkServer(problems)
	if report := in.Report.Get(); report != "" {
		checkPage(c.places, report, c.runs, problems)
		if r.step != nil && !problems.Blame("report") {
			*problems = append(*problems, r.checkPageOutput(c.places, report)...)
		}
	}
	for _, input := range []struct {
		name  problem.Name
		value string
	}{{"before", in.Before.Get()}, {"after", in.After.Get()}, {"request-file", in.RequestFile.Get()}} {
		if input.value == "" {
			continue
		}
		*problems = append(*problems, r.unreadable(c.places, input.name, input.value)...)
		info, err := c.stat(input.value)
		if err == nil && info.IsDir() {
			err = errors.New("it is a folder")
		}
		if err != nil && !problems.Blame(input.name) {
			problems.Add(input.name, "%s %q cannot be read: %s\ngive the name of a file", input.name, input.value, files.WithoutPath(err))
		}
	}
	if r.step != nil {
		for _, name := range c.runs {
			if place, err := c.places.Find(name); err != nil {
				problems.Add("runs", "%s %q cannot be read: %s", problem.Name("runs"), name, err)
			} else {
				*problems = append(*problems, r.step.CheckPath("runs", place)...)
			}
		}
	}
}

// checkCounters checks where counters come from.
func (c *comparing) checkCounters(problems *problem.List) {
	in := c.in
	before, after, url := in.Before.Get() != "", in.After.Get() != "", in.MetricsURL.Get() != ""
	switch {
	case url && (before || after):
		problems.Add("metrics-url", "%s takes the place of %s and %s\ngive one or the other", problem.Name("metrics-url"), problem.Name("before"), problem.Name("after"))
	case before != after:
		given, missing := problem.Name("before"), problem.Name("after")
		if after {
			given, missing = missing, given
		}
		problems.Add(given, "%s needs %s too: what was counted is the difference of the two\ngive %s", given, missing, missing)
	case url && len(c.command) == 0 && !in.Wait.Given():
		problems.Add("metrics-url", "%s is read before and after something\ngive a command behind --, or %s 5s to wait for whatever sends the file", problem.Name("metrics-url"), problem.Name("wait"))
	}
	if url || before {
		if len(c.runs) > 1 {
			problems.Add("", "metrics are those of one run, and %d are given\ncompare them one by one", len(c.runs))
		}
		for _, name := range c.runs {
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				problems.Add("", "%q is a folder, whose metrics are in it\ngive the request file in its place, or leave out the metrics", name)
			}
		}
	}
	if in.Wait.Given() && !url {
		problems.Add("wait", "%s has no effect without %s\ngive both, or neither", problem.Name("wait"), problem.Name("metrics-url"))
	}
	if url {
		if err := measure.CheckURL(in.MetricsURL.Get()); err != nil {
			problems.Add("metrics-url", "%s %.200q %s\ngive one like http://127.0.0.1:8000/metrics", problem.Name("metrics-url"), in.MetricsURL.Get(), err)
		}
	}
}

// checkServer finds the cache that counted. Its name alone is enough; with its size there are bytes too.
func (c *comparing) checkServer(problems *problem.List) {
	in := &c.in.ServerCache
	name := in.Server.Get()
	sized := false
	for _, given := range []bool{in.CacheGiB.Given(), in.CacheTokens.Given(), in.Model.Given(), in.BytesPerImage.Given(), in.TokensPerImage.Given(),
		in.ImageSize.Given(), in.Patch.Given(), in.ModelHidden.Given(), in.DeepStack.Given(), in.PixelBytes.Given()} {
		sized = sized || given
	}
	p, known := servers.Find(name)
	if known && !sized && !p.NeedsSize() {
		c.options.Server = name
		return
	}
	c.options.Sized = checkServer(in, true, c.places, problems)
	if c.options.Sized != nil {
		c.options.Server = name
	}
}

// one compares one run.
func (c *comparing) one(ctx context.Context, r *run, name string) (*measure.Result, error) {
	recorded, err := c.read(ctx, r, name)
	if err != nil {
		return nil, err
	}
	path, err := c.find(name, recorded)
	if err != nil {
		return nil, err
	}
	recorded.File = path
	file, err := c.readFile(ctx, r, path, recorded)
	if err != nil {
		return nil, err
	}
	return measure.Compare(recorded, file, c.options), nil
}

// read reads what was recorded of a run, or records it.
func (c *comparing) read(ctx context.Context, r *run, name string) (*measure.Run, error) {
	info, err := c.stat(name)
	if err != nil {
		return nil, files.WithoutPath(err)
	}
	if !info.IsDir() && measure.IsArtifact(filepath.Base(name)) {
		name = filepath.Dir(name)
		if info, err = c.stat(name); err != nil {
			return nil, files.WithoutPath(err)
		}
	}
	if info.IsDir() {
		place, err := c.places.Find(name)
		if err != nil {
			return nil, err
		}
		return measure.ReadArtifacts(name, place.FS())
	}
	recorded := &measure.Run{Name: name, File: name}
	var before, after *measure.Scrape
	switch {
	case c.in.MetricsURL.Get() != "":
		before, after, err = c.around(ctx, r, recorded)
	case c.in.Before.Get() != "":
		if before, err = c.scrape(r, c.in.Before.Get()); err == nil {
			after, err = c.scrape(r, c.in.After.Get())
		}
	default:
		err = errors.New("it is a request file, and what the server counted is not given: give --before and --after, or --metrics-url, or the folder of aiperf's results")
	}
	if err != nil {
		return nil, err
	}
	recorded.Counters, recorded.TTFT = measure.Between(before, after), measure.FirstTokens(before, after)
	return recorded, nil
}

// stat says what a path leads to, in a workflow only where it may be read.
func (c *comparing) stat(path string) (fs.FileInfo, error) {
	place, err := c.places.Find(path)
	if err != nil {
		return nil, err
	}
	return place.Stat()
}

// scrape reads metrics from a file.
func (c *comparing) scrape(r *run, name string) (*measure.Scrape, error) {
	f, err := r.open(c.places, name)
	if err != nil {
		return nil, fmt.Errorf("the metrics in %q cannot be read: %w", name, files.WithoutPath(err))
	}
	defer f.Close()
	s, err := measure.ReadScrape(f)
	if err != nil {
		return nil, fmt.Errorf("the metrics in %q cannot be read: %w", name, err)
	}
	return s, nil
}

// find finds the request file of a run. Its configuration may name it relative to where the client was started, which is the working directory here,
// or above the folder of the results; or the results were moved, and the file with them.
func (c *comparing) find(name string, recorded *measure.Run) (string, error) {
	if given := c.in.RequestFile.Get(); given != "" {
		return given, nil
	}
	if recorded.Client == "" {
		return name, nil
	}
	file := recorded.File
	if file == "" {
		return "", errors.New("its configuration names no request file: give it by --request-file")
	}
	candidates := []string{file}
	if filepath.IsAbs(file) {
		file = filepath.Base(file)
	}
	for _, folder := range []string{name, recorded.Folder} {
		if folder == "" {
			continue
		}
		absolute, err := c.places.Absolute(folder)
		if err != nil {
			continue
		}
		for range 8 {
			candidates = append(candidates, filepath.Join(absolute, file), filepath.Join(absolute, filepath.Base(file)))
			if parent := filepath.Dir(absolute); parent != absolute {
				absolute = parent
			}
		}
	}
	for _, candidate := range candidates {
		for _, suffix := range []string{"", ".zst", ".gz"} {
			if info, err := c.stat(candidate + suffix); err == nil && info.Mode().IsRegular() {
				return candidate + suffix, nil
			}
		}
	}
	return "", fmt.Errorf("the request file that it sent, %.200q, is not here: give it by --request-file", recorded.File)
}

// sentRequests are a file's requests for package measure.
type sentRequests struct {
	*inspect.Sent
	width, height int32 // of images whose own size is not known
}

func (s sentRequests) Rows() measure.Rows { return s.Sent.Rows() }

func (s sentRequests) Size(image uint32) (width, height int32) {
	if width, height = s.Sent.Size(image); width > 0 {
		return width, height
	}
	return s.width, s.height
}

// readFile reads the request file of a run, and its manifest.
func (c *comparing) readFile(ctx context.Context, r *run, path string, recorded *measure.Run) (*measure.File, error) {
	out := new(measure.File)
	out.WarmUp = c.in.WarmupRequestCount.Get()
	sending := inspect.Sending{FixedSchedule: recorded.FixedSchedule}
	if len(recorded.Sent) > 0 {
		out.WarmUp = recorded.WarmUps()
		sending.WarmUp, sending.Requests = out.WarmUp, int64(len(recorded.Sent))-out.WarmUp
	}
	f, err := r.open(c.places, path)
	if err != nil {
		return nil, fmt.Errorf("the request file %q cannot be read: %w", path, files.WithoutPath(err))
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	digest := sha256.New()
	content := io.TeeReader(f, digest)
	options := inspect.Options{
		Dir:        c.places.Dir,
		Identities: []servers.Identity{measure.Identity(recorded, c.options)},
		Sending:    sending,
		Reuse:      reuse.Options{Concurrency: max(recorded.Concurrency, 1)},
	}
	if r.step != nil {
		images := openImageFiles(c.places)
		defer images.close()
		options.Open = images.open
	}
	result, err := inspect.Read(ctx, path, content, options)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, content); err != nil {
		return nil, err
	}
	sent := result.Sent()
	if sent == nil {
		return nil, errors.New("its request file has too many images to be held in memory")
	}
	if n := result.BadRowCount; n > 0 && !result.MissingCounted {
		out.Faults = append(out.Faults, fmt.Sprintf("the file has %d rows that cannot be sent, the first in line %d: %s", n, result.BadRows[0].Line, result.BadRows[0].Reason))
	}
	requests := sentRequests{Sent: sent}
	if m := c.manifestOf(r, path); m != nil {
		requests.width, requests.height = sizeIn(m)
		out.Requested, out.Weigh = requestedIn(m), weightsIn(m)
		if wrong := changed(m, path, info.Size(), digest); wrong != "" {
			out.Faults = append(out.Faults, wrong)
		}
	} else {
		out.Notes = append(out.Notes, "it has no manifest beside it, so what was requested is not known")
	}
	if !recorded.Ended.IsZero() && info.ModTime().After(recorded.Ended) {
		out.Notes = append(out.Notes, "the file was written after the run")
	}
	out.Requests = requests
	return out, nil
}

// writeComparison writes the page about runs.
func (r *run) writeComparison(places files.Places, path string, comparison *report.Comparison) error {
	var page bytes.Buffer
	if err := comparison.Page(&page, version(r.process.Version)); err != nil {
		return err
	}
	return writePageFile(places, path, page.Bytes())
}

// manifestOf reads the manifest beside a file; nil if there is none that can be read.
func (c *comparing) manifestOf(r *run, path string) *manifest.Manifest {
	for _, suffix := range []string{"", ".zst", ".gz"} {
		f, err := r.open(c.places, path+suffix+generator.ManifestSuffix)
		if err != nil {
			continue
		}
		defer f.Close()
		if m, err := manifest.Read(f); err == nil {
			return m
		}
	}
	return nil
}

// changed says in what a file is not the manifest's, or "".
func changed(m *manifest.Manifest, path string, size int64, digest hash.Hash) string {
	if m.File.Name != filepath.Base(path) {
		return "" // it was renamed, or decompressed
	}
	const why = "the file has changed since it was made: its %s is %s, and its manifest says %s"
	if size != m.File.Bytes {
		return fmt.Sprintf(why, "size", strconv.FormatInt(size, 10)+" bytes", strconv.FormatInt(m.File.Bytes, 10))
	}
	if sum := hex.EncodeToString(digest.Sum(nil)); m.File.SHA256 != "" && sum != m.File.SHA256 {
		return fmt.Sprintf(why, "SHA-256", sum, m.File.SHA256)
	}
	return ""
}

// requestedIn are the hit rates that were requested.
func requestedIn(m *manifest.Manifest) (points []measure.Point) {
	requested, _ := inputs.Read[inputs.HitPoints](m.Inputs["hit-rate"])
	if m.Figures == nil {
		return nil
	}
	for i, point := range m.Figures.Capacities[:min(len(m.Figures.Capacities), len(requested))] {
		points = append(points, measure.Point{Rate: requested[i].RateText, Images: point.Capacity})
	}
	if len(points) > 0 {
		return points
	}
	for i, point := range m.Figures.InBytes[:min(len(m.Figures.InBytes), len(requested))] {
		points = append(points, measure.Point{Rate: requested[i].RateText, Bytes: point.Bytes})
	}
	return points
}

// weightsIn is what an image of a size takes in the cache that a manifest's file was made for; nil if the manifest does not say.
func weightsIn(m *manifest.Manifest) func(width, height int32) (bytes int64, ok bool) {
	weights, ok := inputs.Read[inputs.Sizes](m.Inputs["image-cache-bytes"])
	if !ok {
		return nil
	}
	return func(width, height int32) (int64, bool) { return weights.Weight(int64(width), int64(height)) }
}

// sizeIn is the size of the generated images of a manifest, or zeros: images of several sizes say their own.
func sizeIn(m *manifest.Manifest) (width, height int32) {
	sizes, _ := inputs.Read[inputs.Sizes](m.Inputs["image-size"])
	if m.URLs != nil || len(sizes) != 1 || max(sizes[0].Size.Width, sizes[0].Size.Height) > math.MaxInt32 {
		return 0, 0
	}
	return int32(sizes[0].Size.Width), int32(sizes[0].Size.Height)
}
