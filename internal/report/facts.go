package report

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// Report is all there is to say about a file of requests that was made or inspected. The text on a terminal, the page, the step summary
// and the action's outputs show it; [OfRun] and [OfFile] are the only places that know where it comes from.
type Report struct {
	Name    string // of the file, as its user knows it, or of a standard stream
	Facts   []Fact
	Figures *reuse.Figures
	Command string   // that made the report, as a line for a shell; may be empty
	Next    []string // what to run next, each a command for a shell, on one line or more; none for a file that was inspected
	Notes   []string // what else to know before that, a sentence or two each

	brief       []string          // what a run did, in lines; nil for a file that was inspected
	requested   bool              // the rows are made for the hit rates at the capacities of the figures
	pool        *pool             // nil if nothing is known of the images
	badRows     []inspect.BadRow  // the first ones
	badRowCount int64             // all of them
	server      *servers.Cache    // that was requested; nil if none was
	replayed    *servers.Replayed // what it does with the file
}

// Fact is one thing to know of a file, in the order in which people read. A fact without a label is for programs alone, and one without an
// output for people alone.
type Fact struct {
	About   About
	Label   string // what people call it: image slots
	Text    string // its value as people read it: 3,000
	Note    string // what completes the text, shown in parentheses: 3 in each request; may be empty
	Outside bool   // the text or the note holds words from outside, which each way to show them makes harmless
	Tile    bool   // the page shows it first, in large type

	Output string // the action's output that holds the value: image-slots
	Value  string // the value as programs read it: 3000
}

// About is what a fact is about. A page keeps facts of one kind together, and leaves out what is true on one machine alone.
type About int

const (
	Rows   About = iota // what the rows hold
	Caches              // what caches hit: the label is a capacity
	Origin              // what the file was made from
	Bytes               // the file as it lies on disk
	Places              // paths on this machine, and commands with such paths
)

// Words are the text and the note.
func (f Fact) Words() string {
	if f.Note == "" {
		return f.Text
	}
	return f.Text + " (" + f.Note + ")"
}

// Paths are names of a run's output that only its caller knows.
type Paths struct {
	Shell    string // as commands name it, which are pasted into a shell
	Relative string // from the workspace of an action; "" if it is not in one
	Sharing  Sharing
}

// Sharing is what a file shares with those in its folder that have the same seed.
type Sharing struct {
	Files []string // their names
	What  string   // images and texts; "" if nothing is shared
}

// OfRun is the report of a run that wrote a file.
func OfRun(p *generator.Plan, s *generator.Stats, paths Paths) *Report {
	r := &Report{Name: filepath.Base(p.Names.Output.Here), brief: brief(p, s), Figures: s.Figures}
	r.requested = len(p.Targets) > 0 && p.Shape().Sessions == 0 // the order of sessions is not the one that was designed
	path := Fact{About: Places, Output: "path", Value: p.Names.Output.Next}
	if p.Output.Stdout {
		r.Name = "standard output"
	} else {
		path.Label, path.Text, path.Outside = "file", p.Names.Output.Next, true
	}

	r.add(rowFacts(s.Figures)...)
	pool := p.Shape().Pool
	if int64(pool) > s.Distinct {
		r.fact("unique-images").Note = "of a pool of " + grouped(int64(pool))
	}
	r.add(warmUpFacts(s.Figures, p.Shape().HeldOut)...)
	r.add(sessionFacts(p)...)

	r.add(costFact(p))
	r.add(Fact{About: Origin, Label: "image mode", Text: string(p.Mode)})
	if p.Media != nil && pool > 0 {
		size := Fact{About: Origin, Label: "image size", Text: p.Media.Sizes().Brief()}
		if p.PopularSizes {
			size.Note = "in the order of popularity"
		}
		r.add(size)
	}
	if p.Folder != nil && pool > 0 {
		r.add(Fact{About: Origin, Label: "images from", Outside: true, Text: fmt.Sprintf("%s of %s in %s", grouped(int64(pool)), counted(int64(p.Folder.Available), "image"), p.Folder.Name)})
	}
	if p.URLs != nil {
		urls := Fact{About: Origin, Label: "URLs", Outside: true,
			Text: fmt.Sprintf("%s of %s in %s", grouped(int64(pool)), grouped(p.URLs.Available), p.URLs.Name)}
		if p.URLs.Repeats > 0 {
			urls.Note = counted(p.URLs.Repeats, "more entry", "more entries") + " with the same URLs, which are the same images"
		}
		r.add(urls)
	}
	if p.Concurrency > 1 {
		inFlight := Fact{About: Origin, Label: "requests in flight", Text: grouped(int64(p.Concurrency))}
		if len(p.Targets) > 0 {
			inFlight.Note = "hit rates hold when requests overtake each other that far"
		}
		r.add(inFlight)
	}
	r.add(prefixFacts(p, s)...)
	if rate := p.RequestRate(); rate > 0 {
		r.add(Fact{About: Origin, Label: "request rate", Text: fmt.Sprintf("%v a second", rate), Note: "by the rows' timestamps"})
	}
	r.add(Fact{About: Origin, Label: "seed", Text: fmt.Sprint(p.Seed), Output: "seed", Value: fmt.Sprint(p.Seed)})

	if p.Shard.Count > 0 {
		r.add(Fact{About: Origin, Label: "shard", Text: p.Shard.String(), Note: rowsNote(p.Part.Rows) + "; the figures are of all rows"})
	}
	r.add(Fact{About: Bytes, Label: "bytes", Text: grouped(s.Bytes), Output: "bytes", Value: fmt.Sprint(s.Bytes)})
	digest := Fact{About: Bytes, Output: "sha256", Value: s.SHA256}
	if s.SHA256 != "" {
		digest.Label, digest.Text = "SHA-256", s.SHA256
	}
	r.add(digest)
	if s.XXH3 != "" {
		r.add(Fact{About: Bytes, Label: "XXH3", Text: s.XXH3})
	}

	r.add(path)
	r.add(Fact{About: Places, Output: "container-path", Value: p.Names.Output.Here})
	r.add(Fact{About: Places, Output: "relative-path", Value: paths.Relative})
	images := Fact{About: Places, Output: "image-dir", Value: p.Names.Images.Next}
	if p.WritesImages() {
		images.Label, images.Text, images.Outside = "image folder", p.Names.Images.Next, true
		images.Note = counted(s.ImagesWritten+s.ImagesKept, "image")
		if s.ImagesKept > 0 {
			images.Note += fmt.Sprintf(", %s of them there already", grouped(s.ImagesKept))
		}
	}
	r.pool = poolOf(p)
	r.add(images)
	manifest := Fact{About: Places, Output: "manifest", Value: p.Names.Manifest.Next}
	if p.Names.Manifest.Next != "" {
		manifest.Label, manifest.Text, manifest.Outside = "manifest", p.Names.Manifest.Next, true
	}
	r.add(manifest)
	r.add(PageFact(p.Names.Report))
	kind, read := p.Format.Kind(), paths.Shell
	if p.Output.Compression != generator.CompressionNone {
		read = readable(kind, paths.Shell)
	}
	file := format.File{Path: read, Requests: s.Requests, Sessions: int64(p.Shape().Sessions), Scheduled: p.RequestRate() > 0, WarmUp: s.WarmUp, Concurrency: int64(p.Concurrency),
		Model: cmp.Or(p.Model, anyModel), MaxTokens: p.MaxTokens}
	r.add(Fact{About: Places, Output: "aiperf-args", Value: strings.Join(kind.Arguments(file), " ")})
	if p.Names.Manifest.Next != "" { // the output is a file
		r.Next = commands(paths.Shell, kind, file, s.Slots > 0)
		if p.Mode == generator.ModeHTTP && p.Media != nil && p.URLs == nil && p.Folder == nil && s.Slots > 0 {
			r.Next = append([]string{serveCommand(paths.Shell+generator.ManifestSuffix, p.Reference.Prefix)}, r.Next...)
		}
	}
	if p.Shard.Count > 0 { // which no client sends
		r.fact("aiperf-args").Value = ""
		r.Next = []string{joinCommand(p) + "   # when all shards are there"}
	}

	if p.Windows != nil && r.requested {
		r.Notes = append(r.Notes, "Rows have no session_id, by which aiperf would send each user's rows in one go. What that costs: no router can keep a user at one server, and nobody waits for a user's answer before the next request.")
	}
	r.addSharing(p, s, paths.Sharing)

	for _, target := range p.Targets {
		if target.Bytes > 0 && target.Capacity > 0 {
			r.add(Fact{About: Origin, Label: "cache of " + bytesWords(target.Bytes), Text: counted(target.Capacity, "image")})
		}
	}
	r.add(cacheFacts(s.Figures, r.requested)...)
	for _, target := range p.Targets {
		label := capacityLabel(reuse.Point{Capacity: target.Capacity})
		if target.Capacity == 0 {
			label = bytesLabel(reuse.BytePoint{Bytes: target.Bytes})
		}
		for i := range r.Facts {
			if fact := &r.Facts[i]; r.requested && p.Windows != nil && target.Hits != target.Wanted && fact.About == Caches && fact.Label == label {
				fact.Note += fmt.Sprintf(": the nearest to %s that windows reach", counted(target.Wanted, "hit"))
			}
		}
	}
	return r
}

// addSharing says what caches hit that is not designed: what other files left in them, and what the rows' text does to a prefix cache.
func (r *Report) addSharing(p *generator.Plan, s *generator.Stats, with Sharing) {
	const most = 3
	if len(with.Files) > 0 && with.What != "" {
		names := with.Files
		if len(names) > most {
			names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(with.Files)-most))
		}
		r.add(Fact{About: Places, Label: "same seed", Text: strings.Join(names, ", "), Note: "the same " + with.What, Outside: true})
		r.Notes = append(r.Notes, "A server that has been sent a file of the same seed has its "+with.What+" in its caches. Restart it between the two, or give each file a seed of its own (seed random).")
	}
	if p.Text.Prompt != nil && s.Slots > 0 {
		r.Notes = append(r.Notes, "All rows begin with the same text, so a prefix (KV) cache hits too, and what it hits is not looked up in an encoder cache. Rows without prompt have texts of their own.")
	}
}

// OfPlan is the report of what a run would write. s is the plan's forecast.
func OfPlan(p *generator.Plan, s *generator.Stats) *Report {
	r := OfRun(p, s, Paths{})
	r.brief, r.pool, r.Next = forecast(p, s), nil, nil
	r.Facts = slices.DeleteFunc(r.Facts, func(f Fact) bool { return f.Output == "bytes" }) // as they are not known exactly
	return r
}

// PageFact says where the page is, for the action's output and for people.
func PageFact(page files.Place) Fact {
	if page.Next == "" {
		return Fact{About: Places, Output: "report"}
	}
	return Fact{About: Places, Label: "page", Text: page.Next, Outside: true, Output: "report", Value: page.Next}
}

// costFact says what a file takes of the disk, and of its client's time.
func costFact(p *generator.Plan) Fact {
	c := p.Cost()
	words := "about " + sizeWords10(c.Rows+c.Images) + " of disk"
	if c.Client >= time.Second {
		words += fmt.Sprintf("; aiperf: %s, %s to start", c.Client.Round(time.Second), sizeWords10(c.ClientBytes)) // short, to be one line
	}
	return Fact{About: Origin, Label: "cost", Text: words}
}

// sizeWords10 writes a number of bytes in the largest decimal unit of which there is one, as disks have it.
func sizeWords10(n int64) string {
	for _, unit := range []struct {
		name  string
		bytes int64
	}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.3g %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return counted(n, "byte")
}

// rowsNote says which rows a part has.
func rowsNote(rows generator.Span) string {
	if rows.Len() == 0 {
		return "no rows"
	}
	return fmt.Sprintf("rows %s to %s", grouped(int64(rows.From)+1), grouped(int64(rows.To)))
}

// joinCommand is the command that puts the shards of a plan together.
func joinCommand(p *generator.Plan) string {
	before, after := p.Shard.Around(filepath.Join(filepath.Dir(p.Names.Output.Next), p.JoinedName()))
	return "mmjsonl join " + escape.Shell(before) + "*" + escape.Shell(after)
}

// OfFile is the report of a file that was inspected. server is the cache whose capacity was requested, or nil; place is where an action's
// later steps find the file.
func OfFile(result *inspect.Result, server *servers.Cache, replayed *servers.Replayed, place files.Place) *Report {
	r := &Report{Name: result.File, Figures: result.Figures, badRows: result.BadRows, badRowCount: result.BadRowCount, server: server, replayed: replayed}
	if r.Name == "-" {
		r.Name = "standard input"
	}
	if result.BadRowCount > 0 {
		r.add(Fact{About: Rows, Label: "bad rows", Text: grouped(result.BadRowCount), Note: badRowsNote(result)})
	}
	r.add(rowFacts(result.Figures)...)
	r.add(sendingFacts(result)...)
	r.add(tokenFacts(result.Tokens)...)
	if result.Slots > 0 {
		r.add(referenceFacts(result)...)
	}
	if result.Compression != "none" {
		r.add(Fact{About: Bytes, Label: "compression", Text: result.Compression})
	}
	if place.Next != "" {
		r.add(Fact{About: Places, Output: "path", Value: place.Next}, Fact{About: Places, Output: "container-path", Value: place.Here})
	}
	r.add(cacheFacts(result.Figures, false)...)
	r.add(otherFacts(result)...)
	return r
}

func (r *Report) add(facts ...Fact) { r.Facts = append(r.Facts, facts...) }

// fact is the one that an output holds.
func (r *Report) fact(output string) *Fact {
	for i := range r.Facts {
		if r.Facts[i].Output == output {
			return &r.Facts[i]
		}
	}
	return nil
}

// About are the facts of some kinds that people read, kind by kind.
func (r *Report) About(kinds ...About) []Fact {
	var some []Fact
	for _, kind := range kinds {
		for _, f := range r.Facts {
			if f.About == kind && f.Label != "" {
				some = append(some, f)
			}
		}
	}
	return some
}

// rowFacts are what the rows hold.
func rowFacts(f *reuse.Figures) []Fact {
	count := func(label, output string, n int64, note string) Fact {
		return Fact{About: Rows, Label: label, Text: grouped(n), Note: note, Output: output, Value: fmt.Sprint(n)}
	}
	textOnly := ""
	if f.TextOnly > 0 && f.TextOnly == f.Requests {
		textOnly = "none with images"
	} else if f.TextOnly > 0 {
		textOnly = grouped(f.TextOnly) + " without images"
	}
	perRequest := fmt.Sprintf("at most %s in a request", grouped(int64(f.MostInARow)))
	if f.Slots == f.Requests*int64(f.MostInARow) {
		perRequest = fmt.Sprintf("%s in each request", grouped(int64(f.MostInARow)))
	}
	within := ""
	if f.WithinRows > 0 {
		within = grouped(f.WithinRows) + " within a request"
	}
	facts := []Fact{
		count("requests", "requests", f.Requests, textOnly),
		count("image slots", "image-slots", f.Slots, perRequest),
		count("distinct images", "unique-images", f.Distinct, ""),
		count("duplicate references", "duplicate-references", f.Duplicates, within),
		{About: Rows, Label: "reuse rate", Text: percent(f.ReuseRate), Note: grouped(f.Duplicates) + " of " + counted(f.Slots, "slot"),
			Output: "reuse-rate", Value: fmt.Sprintf("%.4f", f.ReuseRate)},
	}
	for i := range facts {
		facts[i].Tile = facts[i].Output != "duplicate-references"
		if i > 0 && f.Slots == 0 {
			facts[i].Label = ""
		}
	}
	return facts
}

// warmUpFacts are what the requests in front are for.
func warmUpFacts(f *reuse.Figures, heldOut bool) []Fact {
	warmUp := Fact{About: Rows, Output: "warm-up-requests", Value: fmt.Sprint(f.WarmUp)}
	if f.WarmUp == 0 {
		return []Fact{warmUp}
	}
	warmUp.Label, warmUp.Text, warmUp.Note = "warm-up requests", grouped(f.WarmUp), "the first ones, which hold the first use of every image"
	if heldOut {
		warmUp.Note = "the first ones, with images that no other request has: the server is warm and its cache cold"
		return []Fact{warmUp, {About: Rows, Label: "measured slots", Text: grouped(f.MeasuredSlots), Note: "after the warm-up"}}
	}
	return []Fact{warmUp, {About: Rows, Label: "measured slots", Text: grouped(f.MeasuredSlots), Note: "after the warm-up; a cache without limit hits them all"}}
}

// sessionFacts are in which order the client sends rows that name their session.
func sessionFacts(p *generator.Plan) []Fact {
	sessions := p.Shape().Sessions
	if sessions == 0 {
		return nil
	}
	order := Fact{About: Rows, Label: "order", Text: format.SessionOrder(p.Concurrency)}
	if p.Conversations != nil {
		order.Text = format.ConversationOrder(p.Concurrency)
	}
	if p.Concurrency > 1 {
		order.Note = "in step: answers may change it"
	}
	return []Fact{{About: Rows, Label: "sessions", Text: grouped(int64(sessions))}, order}
}

// badRowsNote says what becomes of bad rows.
func badRowsNote(r *inspect.Result) string {
	if r.MissingCounted {
		return "left out of everything else, unless only their local files are missing"
	}
	return "left out of everything else"
}

// sendingFacts are what kind of rows an inspected file has, how they are sent, and what is not.
func sendingFacts(r *inspect.Result) []Fact {
	var facts []Fact
	add := func(label, text, note string) {
		facts = append(facts, Fact{About: Rows, Label: label, Text: text, Note: note})
	}
	if r.Sessions > 0 {
		add("sessions", grouped(r.Sessions), "")
	}
	if r.Kind != "" && r.Kind != "single_turn" {
		add("kind of rows", r.Kind, "send with: "+r.SendWith)
	}
	if r.Order.Words != "" && r.Requests > 0 {
		note := ""
		if r.Order.Requests != r.Order.Rows {
			note = counted(r.Order.Requests, "request")
			if r.Order.WarmUp > 0 {
				note += fmt.Sprintf(", %s of them warm-up", grouped(r.Order.WarmUp))
			}
			note += " of " + counted(r.Order.Rows, "row")
		} else if r.Order.WarmUp > 0 {
			note = grouped(r.Order.WarmUp) + " of the requests are warm-up"
		}
		add("order", r.Order.Words, note)
	}
	for _, note := range r.Order.Notes {
		add(noteLabel, note, "")
	}
	if text := unread(r); text != "" {
		facts = append(facts, Fact{About: Rows, Label: "not read", Text: text, Outside: true})
	}
	if f := r.Files; f.Missing+f.Refused+f.NotLookedFor > 0 {
		text := fmt.Sprintf("%s looked for: %s missing, %s that %s does not open", grouped(f.LookedFor), grouped(f.Missing), grouped(f.Refused), r.Client())
		if f.NotLookedFor > 0 {
			text += fmt.Sprintf("; %s not looked for", grouped(f.NotLookedFor))
		}
		add("local files", text, "")
		for i, first := range f.First[:min(len(f.First), 3)] {
			label := ""
			if i == 0 {
				label = "the first"
			}
			facts = append(facts, Fact{About: Rows, Label: label, Text: first, Outside: true})
		}
	}
	return facts
}

// unread says which rows have no text, and which keys are not read that may hold it, or images.
func unread(r *inspect.Result) string {
	var keys []string
	for _, key := range r.UnreadKeys {
		if key.Content {
			keys = append(keys, fmt.Sprintf("%s (%s)", key.Key, counted(key.Rows, "row")))
		}
	}
	missing := ""
	switch n := r.WithoutText; {
	case n == 0 || n < r.Order.Rows && len(keys) == 0:
	case n == r.Order.Rows:
		missing = "no row has a text that is sent"
	default:
		missing = counted(n, "row") + " without a text that is sent"
	}
	if len(keys) == 0 {
		return missing
	}
	const most = 10
	if more := len(keys) - most; more > 0 {
		keys = append(keys[:most], fmt.Sprintf("%d more", more))
	}
	words := "keys that " + r.Client() + " does not read: " + strings.Join(keys, ", ")
	if missing != "" {
		words = missing + "; " + words
	}
	return words
}

// otherFacts are figures of caches that tell images apart otherwise.
func otherFacts(r *inspect.Result) []Fact {
	var facts []Fact
	for _, other := range r.Others {
		words := fmt.Sprintf("%s, reuse rate %s", counted(other.Distinct, "distinct image"), percent(other.ReuseRate))
		for _, p := range ascending(other.Capacities) {
			words += fmt.Sprintf(", %s %s", percent(p.HitRate), capacityLabel(p))
		}
		facts = append(facts, Fact{About: Caches, Label: "images by " + other.Identity, Text: words,
			Note: "for servers that go by that; the figures above are by " + r.Identity()})
	}
	return facts
}

// referenceFacts are what the rows of an inspected file call their images, and how large these are.
func referenceFacts(r *inspect.Result) []Fact {
	var kinds []string
	for _, kind := range []struct {
		name  string
		slots int64
	}{
		{"path", r.ReferenceKinds.Path}, {"HTTP URL", r.ReferenceKinds.HTTP}, {"data URI", r.ReferenceKinds.DataURI},
		{"other URL", r.ReferenceKinds.OtherURL}, {"uuid", r.ReferenceKinds.UUID},
	} {
		if kind.slots > 0 {
			kinds = append(kinds, counted(kind.slots, kind.name))
		}
	}
	facts := []Fact{{About: Rows, Label: "references", Text: strings.Join(kinds, ", ")}}

	const most = 5
	var sizes []string
	for i, size := range r.ImageSizes.Sizes {
		if i == most && len(r.ImageSizes.Sizes) > most+1 {
			sizes = append(sizes, fmt.Sprintf("%d more sizes", len(r.ImageSizes.Sizes)-most))
			break
		}
		words := fmt.Sprintf("%dx%d: %s", size.Width, size.Height, counted(size.Images, "image"))
		if len(r.ImageSizes.Sizes) > 1 {
			words += " in " + counted(size.Slots, "slot")
		}
		sizes = append(sizes, words)
	}
	if len(sizes) > 0 {
		fact := Fact{About: Rows, Label: "image sizes", Text: strings.Join(sizes, ", ")}
		if looked := r.ImageSizes.LookedAt; looked < r.Distinct {
			fact.Note = fmt.Sprintf("sampled %s of %s images", grouped(looked), grouped(r.Distinct))
		}
		facts = append(facts, fact)
	}
	if n := r.ImageSizes.Unreadable; n > 0 {
		facts = append(facts, Fact{About: Rows, Label: "unreadable images", Text: grouped(n),
			Note: "the first: " + r.ImageSizes.FirstUnreadable, Outside: true})
	}
	return facts
}

// cacheFacts are what caches hit, of the requested capacities and without limit. requested says that the hit rates were requested too: a run
// that misses one fails.
func cacheFacts(f *reuse.Figures, requested bool) []Fact {
	facts := []Fact{
		{About: Caches, Output: "hit-rate", Value: atCapacities(f, func(p reuse.Point) float64 { return p.HitRate })},
		{About: Caches, Output: "hit-rate-value", Value: firstRate(f)},
		{About: Caches, Output: "request-hit-rate", Value: atCapacities(f, func(p reuse.Point) float64 { return p.WholeRequestRate })},
	}
	if f.Slots == 0 {
		return facts
	}
	for _, p := range ascending(f.Capacities) {
		fact := Fact{About: Caches, Label: capacityLabel(p), Text: percent(reuse.Share(p.HitsByRequest, f.Slots)), Note: pointNote(f, p),
			Tile: true}
		if requested {
			fact.Note += ", as requested"
		}
		facts = append(facts, fact)
	}
	for _, in := range f.InBytes {
		facts = append(facts, Fact{About: Caches, Label: bytesLabel(in), Text: percent(in.HitRate), Note: pointNote(f, pointOf(in)) + ", as requested", Tile: true})
	}
	all := unlimited(f)
	fact := Fact{About: Caches, Label: "without limit", Text: percent(reuse.Share(all.HitsByRequest, f.Slots)), Note: hitsNote(f, all)}
	if enough := leastForAll(f); enough > 0 && enough < f.Distinct {
		fact.Note += fmt.Sprintf(", the same as at %s, so this file cannot tell larger caches apart", counted(enough, "image"))
	}
	facts = append(facts, fact)
	if len(f.Needed) > 0 {
		facts = append(facts, neededFact(f))
	}
	return facts
}

// neededFact says what parts of the possible hits need.
func neededFact(f *reuse.Figures) Fact {
	var parts []string
	for _, n := range f.Needed {
		parts = append(parts, fmt.Sprintf("%d %%: %s", n.Percent, grouped(n.Capacity)))
	}
	return Fact{About: Caches, Label: "images needed", Text: strings.Join(parts, ", "), Note: "for these parts of the hits that are possible"}
}

// ascending are points by capacity.
func ascending(points []reuse.Point) []reuse.Point {
	return slices.SortedFunc(slices.Values(points), func(a, b reuse.Point) int { return cmp.Compare(a.Capacity, b.Capacity) })
}

// leastForAll is the smallest requested capacity that hits as much as a cache without limit, or 0 if there is none.
func leastForAll(f *reuse.Figures) int64 {
	var least int64
	for _, p := range f.Capacities {
		if p.HitsByRequest == unlimited(f).HitsByRequest && p.HitsByRequest > 0 && (least == 0 || p.Capacity < least) {
			least = p.Capacity
		}
	}
	return least
}

// firstRate is the hit rate at the first requested capacity as a number, or "".
func firstRate(f *reuse.Figures) string {
	switch {
	case len(f.Capacities) > 0:
		return fmt.Sprintf("%.4f", f.Capacities[0].HitRate)
	case len(f.InBytes) > 0:
		return fmt.Sprintf("%.4f", f.InBytes[0].HitRate)
	}
	return ""
}

// atCapacities writes rates the way hit rates are requested: 0.6000@200,0.8000@800, or 0.6000@2147483648B.
func atCapacities(f *reuse.Figures, rate func(reuse.Point) float64) string {
	var rates []string
	for _, point := range f.Capacities {
		rates = append(rates, fmt.Sprintf("%.4f@%d", rate(point), point.Capacity))
	}
	for _, in := range f.InBytes {
		rates = append(rates, fmt.Sprintf("%.4f@%dB", rate(pointOf(in)), in.Bytes))
	}
	return strings.Join(rates, ",")
}

// mostInHeadline is how many hit rates a headline has.
const mostInHeadline = 3

// Headline says what matters most: what was reached at the requested capacities, or how much is reused. No words of it are from outside.
func (r *Report) Headline() string {
	f := r.Figures
	requests := counted(f.Requests, "request")
	if f.Slots == 0 {
		return requests + " without images"
	}
	if len(f.Capacities)+len(f.InBytes) == 0 {
		return fmt.Sprintf("%s, %s of the image slots repeat an image", requests, percent(f.ReuseRate))
	}
	var rates []string
	for _, p := range ascending(f.Capacities)[:min(len(f.Capacities), mostInHeadline)] {
		rates = append(rates, percent(p.HitRate)+" "+capacityLabel(p))
	}
	for _, in := range f.InBytes[:min(len(f.InBytes), mostInHeadline)] {
		rates = append(rates, percent(in.HitRate)+" "+bytesLabel(in))
	}
	headline := fmt.Sprintf("%s, LRU hit rate %s", requests, strings.Join(rates, ", "))
	if r.requested {
		headline += ", as requested"
	}
	return headline
}
