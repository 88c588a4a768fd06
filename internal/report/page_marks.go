package report

import (
	"fmt"
	"math"
	"slices"

	"mmjsonl/internal/reuse"
)

// The narrowest plot that labels have to find room in, and the size of their characters, in pixels. Where they do not touch there, they do
// not on a wider one either: a label only goes away from its point and away from those on the other side.
const (
	plotWidth, plotHeight = 270.0, 288.0
	charWidth, lineHeight = 7.0, 18.0
	pointRadius           = 8.0
)

type box struct{ left, top, right, bottom float64 }

func (b box) touches(c box) bool {
	return b.left < c.right && c.left < b.right && b.top < c.bottom && c.top < b.bottom
}

// marked is what a cache of a capacity hits, a requested one's or a server's.
type marked struct {
	capacity int64
	rate     float64
	server   bool
}

// marked are the requested capacities and that of the server's cache, whose rate is the server's own.
func (r *Report) marked() (all []marked) {
	images, _, known := r.serverCapacity()
	for _, p := range ascending(r.Figures.Capacities) {
		all = append(all, marked{p.Capacity, reuse.Share(p.HitsByRequest, r.Figures.Slots), known && p.Capacity == images})
	}
	isServer := func(m marked) bool { return m.server }
	if known && r.replayed != nil && !slices.ContainsFunc(all, isServer) {
		all = append(all, marked{images, r.replayed.HitRate, true})
	}
	return all
}

// marks places capacities into the plot, with labels as far as there is room: the table beside the plot has them all.
func marks(capacities []marked, scale axis) []mark {
	var placed []mark
	var spots []box // of the marks' points
	for _, c := range capacities {
		at := scale.at(float64(c.capacity))
		if c.capacity < 1 || at < 0 || at > 1 {
			continue
		}
		placed = append(placed, mark{X: number(100 * at), Y: number(100 - 100*c.rate), Server: c.server, Label: fmt.Sprintf("%s at %s", percent(c.rate), grouped(c.capacity))})
		x, y := plotWidth*at, plotHeight*(1-c.rate)
		spots = append(spots, box{x - pointRadius, y - pointRadius, x + pointRadius, y + pointRadius})
	}
	taken := slices.Clone(spots)
	for i := range placed {
		if room := findRoom(&placed[i], spots[i], taken); room != nil {
			taken = append(taken, *room)
		} else {
			placed[i].Label = ""
		}
	}
	return placed
}

// findRoom sets where the mark's label goes, and returns the room that it takes, or nil if there is none. The curve rises, so that it is
// least in the way to the right below a point and to the left above it.
func findRoom(m *mark, spot box, taken []box) *box {
	width := charWidth * float64(len(m.Label))
	x := (spot.left + spot.right) / 2
	for _, place := range []struct{ left, above bool }{{false, false}, {true, true}, {false, true}, {true, false}} {
		room := box{left: spot.right + 2, top: spot.bottom - 4}
		m.DX, m.DY, m.ToTheLeft = 10, 18, place.left
		if place.left {
			room.left, m.DX = spot.left-2-width, -10
		}
		if place.above {
			room.top, m.DY = spot.top+4-lineHeight, -10
		}
		room.right, room.bottom = room.left+width, room.top+lineHeight
		if room.left < -math.Min(x, 10) || room.right > plotWidth+10 || room.top < -lineHeight || room.bottom > plotHeight {
			continue
		}
		if !slices.ContainsFunc(taken, room.touches) {
			return &room
		}
	}
	return nil
}
