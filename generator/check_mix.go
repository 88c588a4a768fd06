package generator

import (
	"mmjsonl/internal/problem"
	"mmjsonl/internal/stream"
)

// checkMix decides how many requests have how many images, where they differ.
func (b *planner) checkMix() {
	c := &b.config
	const input = problem.Name("images-per-request")
	if c.Requests.Mix == nil || b.problems.Blame(input) {
		return
	}
	weights, sum := make([]float64, len(c.Requests.Mix)), 0.0
	for i, share := range c.Requests.Mix {
		if !b.inRange(input, share.Images, 0, maxSlots) {
			return
		}
		weights[i] = share.Weight
		sum += share.Weight
	}
	if sum == 0 {
		b.problems.Add(input, "%s has weights that are all 0\ngive one above 0", input)
		return
	}
	b.perRow = 0
	for i, rows := range stream.Quotas(b.rows, weights) {
		images := int(c.Requests.Mix[i].Images)
		b.mix = append(b.mix, stream.RowsOfLength{Rows: rows, Length: images})
		if rows > 0 {
			b.perRow = max(b.perRow, images)
		}
	}
	c.Requests.Images = int64(b.perRow)
}

// leastPerRow is how many images the request has that has fewest.
func (b *planner) leastPerRow() int {
	least := b.perRow
	for _, l := range b.mix {
		if l.Rows > 0 {
			least = min(least, l.Length)
		}
	}
	return least
}

// checkHeldOut puts requests in front that warm the server and leave its cache cold for the others.
func (b *planner) checkHeldOut() {
	c, p := &b.config, b.plan
	if c.Reuse.WarmUp != WarmUpHeldOut || b.problems.Blame("warm-up") {
		return
	}
	const input = problem.Name("warm-up")
	if c.Reuse.HeldOut < 1 || c.Reuse.HeldOut > maxSlots {
		b.problems.Add(input, "%s held-out:%d is out of range\ngive held-out:N with a number of requests from 1 to %d", input, c.Reuse.HeldOut, int64(maxSlots))
		return
	}
	if b.perRow == 0 {
		return // without images there is nothing to hold out
	}
	more := c.Reuse.HeldOut * int64(b.perRow)
	if b.slots()+more > maxSlots {
		b.problems.Add(input, "%s held-out:%d makes %d image slots, and at most %d are possible\ngive fewer requests", input, c.Reuse.HeldOut, b.slots()+more, int64(maxSlots))
		return
	}
	if len(b.problems) > 0 {
		return
	}
	p.Stream = stream.HeldOut{Of: p.Stream, Rows: int(c.Reuse.HeldOut)}
	b.rows += int(c.Reuse.HeldOut)
	b.pool += int(more)
}

// measuredPool is how many images there are beside those that are held out.
func (b *planner) measuredPool() int {
	if held, ok := b.plan.Stream.(stream.HeldOut); ok {
		return held.Of.Shape().Pool
	}
	return b.pool
}

// withoutHeldOut does what chooses a sampler for the requests behind those that are held out.
func (b *planner) withoutHeldOut(choose func()) {
	held, ok := b.plan.Stream.(stream.HeldOut)
	if !ok {
		choose()
		return
	}
	shape := held.Of.Shape()
	front, images := b.rows-shape.Rows, b.pool-shape.Pool
	b.plan.Stream, b.rows, b.pool = held.Of, shape.Rows, shape.Pool
	choose()
	held.Of = b.plan.Stream
	b.plan.Stream = held
	b.rows += front
	b.pool += images
}

// heldOut is how many images are held out.
func (b *planner) heldOut() int {
	if held, ok := b.plan.Stream.(stream.HeldOut); ok {
		return held.Shape().Pool - held.Of.Shape().Pool
	}
	return 0
}
