package inspect

import (
	"cmp"
	"context"
	"path/filepath"
	"slices"

	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// badRowsKept is how many bad rows are told one by one.
const badRowsKept = 10

// tally counts rows in the order of the file.
type tally struct {
	result  *Result
	options Options
	files   files
	views   []*view // by identity; only the first until there is a uuid
	rows    rows
	unread  map[string]int64
	beyond  []string // notes on what was not done, as there was too much
	sizes   map[[2]int32]int64
	tokens  *tokenTally // nil: they are not counted
	request []uint32    // room
	other   []uint32    // likewise
}

// view is the images of a file as one kind of cache tells them apart.
type view struct {
	identity servers.Identity
	numbers  numbers
	images   uint32
	same     bool // so far the images are those of the first view, whose slots are not held twice
	slots    stream
	watcher  *reuse.Watcher // of the rows in the order of the file; nil if that is not the order of sending
	leaders  leaders
	uses     []int64  // by image, where there is no watcher that counts them
	names    []string // of the first images
	sizes    []size   // by image, as far as they are known
}

type size struct{ width, height int32 }

// namesKept is how many images have their names kept, whether they are used much or not.
const namesKept = 1000

func newTally(name string, options Options) *tally {
	if len(options.Identities) == 0 {
		options.Identities = []servers.Identity{servers.ByUUID, servers.ByContent}
	}
	if options.Open == nil {
		options.Open = OpenFile
	}
	t := &tally{
		result:  &Result{BadRows: []BadRow{}},
		options: options,
		files:   files{dir: cmp.Or(options.Dir, "."), open: options.Open},
		unread:  map[string]int64{},
		sizes:   map[[2]int32]int64{},
	}
	if beside := filepath.Dir(name); name != "-" && beside != "." && beside != options.Dir {
		t.files.beside = beside
	}
	t.views = []*view{{identity: options.Identities[0]}}
	if slices.Contains(options.Identities[1:], servers.ByURL) || options.Identities[0] == servers.ByURL {
		for _, identity := range options.Identities[1:] {
			t.views = append(t.views, &view{identity: identity, same: true}) // strings and payloads of data URIs can differ from the first row on
		}
	}
	if options.Tokenizer != nil {
		t.tokens = &tokenTally{result: Tokens{Tokenizer: options.Digest}}
	}
	if !options.Sending.FixedSchedule && options.Sending.Requests == 0 && options.Sending.WarmUp == 0 {
		t.views[0].watcher = reuse.NewWatcher(options.Reuse)
	}
	return t
}

// add counts the rows of the next lines.
func (t *tally) add(ctx context.Context, b *format.Batch, tokens *tokenBatch, kind Kind) error {
	t.result.kind = kind
	t.rows.timed = t.rows.timed || t.options.Sending.FixedSchedule || kind == format.KindMooncake
	before := t.files.stats.LookedFor
	if err := t.files.prepare(ctx, b); err != nil {
		return err
	}
	if looked := t.files.stats.LookedFor; before == 0 && looked > 0 {
		t.result.MissingCounted = t.files.stats.Missing == looked
	}
	var bad []format.Bad // beside those of the batch
	last := int64(-1)    // line of them
	next, block := 0, 0  // reference, block of tokens
	for i := range b.Requests {
		r := &b.Requests[i]
		own := next
		next += r.References
		var row rowTokens
		var blocks []uint64
		if t.tokens != nil {
			row = tokens.rows[i]
			blocks = tokens.blocks[block : block+int(row.blocks)]
			block += len(blocks)
		}
		if reason, by, counts := t.fault(b, r, own); reason != "" {
			if last != r.Line { // else it is another turn of the same line
				b.BadCount++
				if len(bad) < badRowsKept {
					bad = append(bad, format.Bad{Line: r.Line, Reason: reason, By: by})
				}
			}
			last = r.Line
			if !counts {
				continue
			}
		}
		if !t.rows.add(r, t.result.Lines) {
			continue
		}
		t.count(b, own, next)
		if t.tokens != nil {
			t.tokens.add(row, blocks)
		}
		if !r.HasText {
			t.result.WithoutText++
		}
	}
	t.result.BadRowCount += b.BadCount
	bad = append(bad, b.Bad...)
	slices.SortStableFunc(bad, func(a, b format.Bad) int { return cmp.Compare(a.Line, b.Line) })
	for _, each := range bad {
		if len(t.result.BadRows) < badRowsKept {
			t.result.BadRows = append(t.result.BadRows, BadRow{t.result.Lines + each.Line + 1, each.Reason, refusers[each.By]})
		}
	}
	for _, key := range b.Unread {
		if _, known := t.unread[key.Name]; known || len(t.unread) < mostUnread {
			t.unread[key.Name] += key.Rows
		}
	}
	t.result.Lines += b.Lines
	return nil
}

// fault says why a row is bad that aiperf's rules for rows allow, and whether it counts nevertheless: where none of the first files exists,
// the client may be on another machine.
func (t *tally) fault(b *format.Batch, r *format.Request, from int) (reason string, by format.Refuser, counts bool) {
	for i := from; i < from+r.References; i++ {
		reference := &b.References[i]
		if !looksFor(reference) || t.files.hot[t.files.places[i]] > 0 {
			continue
		}
		found := &t.files.list[t.files.places[i]]
		if found.fault <= fileOutside || counts && found.fault == fileMissing {
			continue
		}
		reason, by = t.files.reason(reference, found, b.Entry(reference)), format.RefusedByClient
		if counts = t.result.MissingCounted && found.fault == fileMissing; !counts {
			return reason, by, false
		}
	}
	switch {
	case r.Server != "" && reason == "":
		return r.Server, format.RefusedByServer, false
	case r.Server != "":
		return reason, by, false
	}
	if t.options.Sending.FixedSchedule && !r.HasTime && t.rows.isFirst(r) {
		return "it has no timestamp, which --fixed-schedule needs", format.RefusedByClient, false
	}
	return reason, by, counts
}

// refusers are the words for who fails at a bad row.
var refusers = map[format.Refuser]string{format.RefusedByClient: "client", format.RefusedByServer: "server", format.Unread: "mmjsonl"}

// count counts the images of a good row, whose references are these of the batch.
func (t *tally) count(b *format.Batch, from, to int) {
	first := t.views[0]
	if len(t.views) < len(t.options.Identities) && b.HasUUID(from, to) {
		for _, identity := range t.options.Identities[1:] {
			t.views = append(t.views, first.as(identity))
		}
	}
	if t.rows.conversations != nil && !first.slots.full {
		first.unwatch()
	}
	t.request = t.request[:0]
	for j := from; j < to; j++ {
		r := &b.References[j]
		if !r.Use.IsItem() {
			continue
		}
		number, isNew := t.number(0, first, b, j)
		t.request = append(t.request, number)
		t.countKind(b, r)
		if isNew {
			t.countNew(first, b, j, number)
			if len(first.names) < namesKept {
				first.names = append(first.names, b.Name(r, first.identity == servers.ByUUID))
			}
		}
	}
	for i, v := range t.views[1:] {
		t.other = t.other[:0]
		for j := from; j < to; j++ {
			if b.References[j].Use.IsItem() {
				number, _ := t.number(i+1, v, b, j)
				t.other = append(t.other, number)
			}
		}
		if v.same && !slices.Equal(t.other, t.request) {
			v.same, v.slots = false, first.slots.clone()
		}
		if !v.same {
			v.add(t.other, t.options.Reuse, false)
		}
	}
	first.add(t.request, t.options.Reuse, true)
	next := 0
	for j := from; j < to; j++ {
		if r := &b.References[j]; r.Use.IsItem() {
			number := t.request[next]
			next++
			if uses := first.used(number); first.leaders.lead(number, uses) {
				first.leaders.use(number, uses, func() string { return b.Name(r, first.identity == servers.ByUUID) })
			}
		}
	}
}

// number returns the number of a reference's image in view i, and whether it is new.
func (t *tally) number(i int, v *view, b *format.Batch, at int) (n uint32, isNew bool) {
	r := &b.References[at]
	_, uuid, ok := b.UUID(r)
	switch {
	case ok && (v.identity == servers.ByUUID || r.Kind == format.EntryNone):
		return v.number(uuid)
	case looksFor(r):
		place := t.files.places[at]
		if hot := t.files.hot[place]; i == 0 && hot > 0 {
			return hot - 1, false
		}
		found := &t.files.list[place]
		n, isNew = v.number(found.key)
		if i == 0 && found.fault <= fileOutside {
			t.files.hot[place] = n + 1
		}
		return n, isNew
	case v.identity == servers.ByURL:
		return v.number(b.URLKey(r))
	}
	return v.number(r.Key)
}

func (t *tally) countKind(b *format.Batch, r *format.Reference) {
	kinds := &t.result.ReferenceKinds
	_, _, uuid := b.UUID(r)
	switch {
	case uuid:
		kinds.UUID++
	case r.Kind == format.EntryPath:
		kinds.Path++
	case r.Kind == format.EntryHTTP:
		kinds.HTTP++
	case r.Kind == format.EntryDataURI:
		kinds.DataURI++
	default:
		kinds.OtherURL++
	}
}

// countNew counts an image that was not seen before.
func (t *tally) countNew(v *view, b *format.Batch, at int, number uint32) {
	r := &b.References[at]
	width, height := b.Size(r)
	switch {
	case looksFor(r):
		found := &t.files.list[t.files.places[at]]
		if found.fault == fileOutside || found.fault == fileMissing {
			return
		}
		width, height = found.width, found.height
	case r.Kind != format.EntryDataURI:
		return
	}
	sizes := &t.result.ImageSizes
	sizes.LookedAt++
	if width <= 0 || height <= 0 {
		if sizes.Unreadable == 0 {
			sizes.FirstUnreadable = b.Name(r, false)
		}
		sizes.Unreadable++
		return
	}
	t.sizes[[2]int32{width, height}]++
	if n := int(number) + 1; n > len(v.sizes) {
		v.sizes = append(v.sizes, make([]size, n-len(v.sizes))...)
	}
	v.sizes[number] = size{width, height}
}

// as returns a view of the same rows, of which none had a uuid, that tells images apart otherwise.
func (v *view) as(identity servers.Identity) *view {
	return &view{identity: identity, numbers: v.numbers.clone(), images: v.images, same: true}
}

// number returns the number of the image with the key, and whether it is new.
func (v *view) number(k format.Key) (n uint32, isNew bool) {
	if n, ok := v.numbers.find(k); ok {
		return n, false
	}
	v.numbers.add(k, v.images)
	v.images++
	return v.images - 1, true
}

// used returns how often the image has been used, with the row that was added last.
func (v *view) used(image uint32) int64 {
	if v.watcher != nil {
		return v.watcher.Uses(image)
	}
	return v.uses[image]
}

// unwatch ends the watching of rows in the file's order.
func (v *view) unwatch() {
	if v.watcher == nil {
		return
	}
	for image := range v.images {
		v.uses = append(v.uses, v.watcher.Uses(image))
	}
	v.watcher = nil
}

// add adds a row.
func (v *view) add(row []uint32, options reuse.Options, first bool) {
	if v.slots.add(row); v.slots.bytes > mostStream {
		if first && v.watcher == nil {
			v.watcher = reuse.NewWatcher(options)
			c := cursor{stream: &v.slots}
			var earlier []uint32
			for range v.slots.rows - 1 {
				earlier = c.next(earlier[:0])
				v.watcher.Add(earlier)
			}
		}
		v.slots = stream{full: true}
	}
	switch {
	case v.watcher != nil:
		v.watcher.Add(row)
	case first:
		for _, image := range row {
			if n := int(image) + 1; n > len(v.uses) {
				v.uses = append(v.uses, make([]int64, n-len(v.uses))...)
			}
			v.uses[image]++
		}
	}
}

// name returns what rows call the image, if it is known still.
func (v *view) name(image uint32) string {
	if int(image) < len(v.names) {
		return v.names[image]
	}
	return v.leaders.name(image)
}

// leaders are the names of the most used images so far, and of no others: an image that is among the ten most used at the end
// was so when it was used last, as since then the others have only gained on it. So it had its name then.
type leaders struct {
	images []leader // by falling uses, and then by number
}

type leader struct {
	image uint32
	uses  int64
	name  string
}

// lead reports whether an image that has been used so often is among the most used.
func (l *leaders) lead(image uint32, uses int64) bool {
	if len(l.images) < reuse.MostUsed {
		return true
	}
	last := &l.images[reuse.MostUsed-1]
	return uses > last.uses || uses == last.uses && image <= last.image
}

// use notes that the image, which is among the most used, has now been used so often.
func (l *leaders) use(image uint32, uses int64, name func() string) {
	at := slices.IndexFunc(l.images, func(other leader) bool { return other.image == image })
	if at < 0 {
		if len(l.images) == reuse.MostUsed {
			l.images = l.images[:reuse.MostUsed-1]
		}
		at = len(l.images)
		l.images = append(l.images, leader{image: image, name: name()})
	}
	l.images[at].uses = uses
	for ; at > 0; at-- {
		above, this := &l.images[at-1], &l.images[at]
		if above.uses > this.uses || above.uses == this.uses && above.image < this.image {
			break
		}
		*above, *this = *this, *above
	}
}

func (l *leaders) name(image uint32) string {
	for _, leader := range l.images {
		if leader.image == image {
			return leader.name
		}
	}
	return ""
}
