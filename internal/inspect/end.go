package inspect

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
)

// end completes the result.
func (t *tally) end(ctx context.Context) error {
	r := t.result
	first := t.views[0]
	t.options.Reuse.WarmUp = t.options.Sending.WarmUp
	sending := t.options.Sending
	sending.FixedSchedule = sending.FixedSchedule || t.rows.schedule(r.kind)
	p := newPlan(&t.rows, r.kind.Grows(), t.options.Reuse.Concurrency, sending)
	if p.bound(first, mostGrown) {
		t.beyond = append(t.beyond, "its conversations are too long to be replayed as they grow: each turn counts without the images of the turns before, which the client sends again")
	}
	for i, v := range t.views {
		if v.same {
			continue
		}
		figures, err := t.figures(ctx, p, v)
		if err != nil {
			return err
		}
		if i == 0 {
			r.Figures = figures
			r.identity = v.identity
		} else if figures != nil && v.differs(first, figures, r.Figures) {
			r.Others = append(r.Others, Other{
				Identity: identityNames[v.identity], Distinct: figures.Distinct, Duplicates: figures.Duplicates, ReuseRate: figures.ReuseRate, Capacities: figures.Capacities,
			})
		}
	}
	r.Order = p.order(r.kind, r.Figures.Requests)
	t.notes(p)
	r.Kind, r.SendWith = r.kind.String(), r.kind.SendWith()
	r.Sessions = int64(t.rows.last)
	for i := range r.Popularity.Top {
		r.Popularity.Top[i].Name = first.name(r.Popularity.Top[i].Image)
	}
	slots := map[[2]int32]int64{}
	for image, of := range first.sizes {
		slots[[2]int32{of.width, of.height}] += first.used(uint32(image))
	}
	r.ImageSizes.Sizes = []ImageSize{}
	for size, images := range t.sizes {
		r.ImageSizes.Sizes = append(r.ImageSizes.Sizes, ImageSize{size[0], size[1], images, slots[size]})
	}
	slices.SortFunc(r.ImageSizes.Sizes, func(a, b ImageSize) int {
		return cmp.Or(cmp.Compare(b.Images, a.Images), cmp.Compare(a.Width, b.Width), cmp.Compare(a.Height, b.Height))
	})
	r.Files = t.files.stats
	if t.tokens != nil {
		r.Tokens = t.tokens.end()
	}
	for _, key := range slices.SortedFunc(maps.Keys(t.unread), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.unread[b], t.unread[a]), cmp.Compare(a, b))
	}) {
		r.UnreadKeys = append(r.UnreadKeys, UnreadKey{key, t.unread[key], holdsContent(key)})
	}
	r.sent = &Sent{plan: p, view: first}
	return nil
}

// differs reports whether the figures of two views of the same rows say different things.
func (v *view) differs(first *view, a, b *reuse.Figures) bool {
	return a.Distinct != b.Distinct || a.Duplicates != b.Duplicates || !slices.EqualFunc(a.Capacities, b.Capacities, func(a, b reuse.Point) bool {
		return a.HitsByRequest == b.HitsByRequest && a.HitsByReference == b.HitsByReference
	})
}

// figures replays the plan, unless its order is that of the file, whose figures are known. It returns nil if there was too much to be held.
func (t *tally) figures(ctx context.Context, p *plan, v *view) (*reuse.Figures, error) {
	if v.slots.full {
		if v.watcher == nil {
			return nil, nil
		}
		if !p.isFile() {
			t.beyond = append(t.beyond, "the file has too many images to be replayed in the order of sending: the figures are those of its own order")
		}
		return v.watcher.Figures(), nil
	}
	isFile := p.isFile() && !p.grows
	var places []uint64
	if p.next != nil || p.schedule != nil || p.sending.Requests > 0 || p.concurrency > 1 {
		places = v.slots.places()
	}
	var typical [][]int64
	capacities := t.options.Reuse.Capacities
	middle := uint64(0)
	if p.concurrency > 1 && v.slots.rows > 0 && len(capacities) > 0 {
		var err error
		if typical, err = p.typical(ctx, v, places, capacities, replays(max(v.slots.bytes, p.grown)*p.passes(), len(capacities))); err != nil {
			return nil, err
		}
		middle = middleOf(typical)
	}
	figures := (*reuse.Figures)(nil)
	if isFile && v.watcher != nil {
		figures = v.watcher.Figures()
	} else {
		watcher := reuse.NewWatcher(t.options.Reuse)
		rows := randomRows{cursor: cursor{stream: &v.slots}, places: places, ready: 0}
		var request []uint32
		count := 0
		send := func(row uint32) bool {
			request = p.images(&rows, row, request[:0])
			watcher.Add(request)
			count++
			return count&0xfff != 0 || ctx.Err() == nil
		}
		if p.next != nil && p.schedule == nil && p.concurrency > 1 {
			p.shuffled(middle, send) // conversations do not wait for one another, so no order is more right than that in the middle
		} else {
			p.each(send)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		figures = watcher.Figures()
	}
	for i, point := range figures.Capacities {
		at := slices.Index(capacities, point.Capacity)
		if typical == nil || at < 0 {
			continue
		}
		var hits []int64
		for _, replay := range typical {
			hits = append(hits, replay[at])
		}
		of := spread(hits)
		figures.Capacities[i].Typical = &of
	}
	return figures, nil
}

// passes is about how often the file is sent, rounded up.
func (p *plan) passes() int64 {
	return 1 + (p.sending.Requests+p.sending.WarmUp)/int64(max(p.rows.count, 1))
}

// middleOf returns the replay that has the middle one's hits, at all capacities together.
func middleOf(hits [][]int64) uint64 {
	order := make([]int, len(hits))
	for i := range order {
		order[i] = i
	}
	sum := func(i int) (n int64) {
		for _, h := range hits[i] {
			n += h
		}
		return n
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(sum(a), sum(b)) })
	return uint64(order[(len(order)-1)/2])
}

// aiperfRequests is how many requests aiperf sends if it is not told how many.
const aiperfRequests = 10

// notes says what a user has to know of how the file is sent.
func (t *tally) notes(p *plan) {
	o := &t.result.Order
	o.Notes = append(o.Notes, t.beyond...)
	note := func(format string, args ...any) { o.Notes = append(o.Notes, fmt.Sprintf(format, args...)) }
	if t.result.MissingCounted {
		note("none of the first local files that rows name exists here: the figures are as if they did")
	}
	rows := int64(p.rows.count)
	switch n := p.sending.Requests; {
	case rows == 0:
	case p.schedule != nil:
		if n > rows {
			note("a schedule is sent once, so %d requests and not %d", rows, n)
		}
	case n > 0 && n+p.sending.WarmUp > rows:
		note("the client sends more requests than there are rows, and starts again at the first")
	case n > 0 && n+p.sending.WarmUp < rows:
		note("the client sends fewer requests than there are rows, and stops before the last")
	case n == 0 && t.result.kind.Client() == "aiperf" && rows != aiperfRequests:
		if p.next != nil {
			note("aiperf sends %d requests if it is not told how many: give it --num-conversations %d", aiperfRequests, p.conversations())
		} else {
			note("aiperf sends %d requests if it is not told how many: give it --request-count %d", aiperfRequests, rows)
		}
	}
	if t.result.kind == format.KindCustomImage {
		note("vllm bench serve shuffles the rows, unless it is given --disable-shuffle")
	}
}
