package media

import (
	"fmt"
	"sort"
	"strings"
)

// Mix returns a source of images of sizes by weight: those of a size are what of returns for it. Image i does not depend on how many images
// there are. There are at most [MostSizes] sizes, with a period of at most [MostPeriod].
func Mix(sizes Sizes, of func(Size) Source) Source {
	if len(sizes) == 1 {
		return of(sizes[0].Size)
	}
	m := &mixed{sizes: sizes, order: sizes.order()}
	for _, share := range sizes {
		m.sources = append(m.sources, of(share.Size))
	}
	return m
}

// MixByRank is as [Mix], but of the first n images those in front have the first size, and so on: as many images have a size as of Mix's, and it is a
// matter of their numbers. The images behind these are Mix's.
func MixByRank(sizes Sizes, n int, of func(Size) Source) Source {
	source := Mix(sizes, of)
	if m, ok := source.(*mixed); ok {
		m.ends = make([]int64, len(sizes))
		for place, size := range m.order { // which come again with each period
			m.ends[size] += (int64(n) - int64(place) + int64(len(m.order)) - 1) / int64(len(m.order))
		}
		for size := range m.ends[1:] {
			m.ends[size+1] += m.ends[size]
		}
	}
	return source
}

// mixed is images of several sources, by turns.
type mixed struct {
	sizes   Sizes
	sources []Source // by size
	order   []uint8  // the size of each image of a period
	ends    []int64  // of the images in front that go by rank, where those of each size end; nil: there are none
}

func (m *mixed) of(i uint32) uint8 {
	if ranked := len(m.ends); ranked > 0 && int64(i) < m.ends[ranked-1] {
		return uint8(sort.Search(ranked, func(size int) bool { return int64(i) < m.ends[size] }))
	}
	return m.order[int64(i)%int64(len(m.order))]
}

func (m *mixed) Item(i uint32) Item { return m.sources[m.of(i)].Item(i) }

func (m *mixed) Sizes() Sizes { return m.sizes }

func (m *mixed) Longest() (longest int64) {
	for _, s := range m.sources {
		longest = max(longest, s.Longest())
	}
	return longest
}

// Total adds up the lengths of up to a million images; more of them are taken to be like these.
func (m *mixed) Total(n int) (total int64) {
	const most = 1 << 20
	counted := min(n, most)
	for i := range counted {
		total += m.Item(uint32(i)).Bytes
	}
	if n > counted {
		total += int64(float64(total) / float64(counted) * float64(n-counted))
	}
	return total
}

// Set names the sizes and their weights, how many images go by rank, and then what the source of one size has behind its size.
func (m *mixed) Set() string {
	name := m.sizes.name()
	if ranked := len(m.ends); ranked > 0 {
		name += fmt.Sprintf("_popular%d", m.ends[ranked-1])
	}
	return name + strings.TrimPrefix(m.sources[0].Set(), m.sizes[0].Size.String())
}

func (m *mixed) Painter() Painter {
	p := &mixedPainter{source: m}
	for _, s := range m.sources {
		p.painters = append(p.painters, s.Painter())
	}
	return p
}

type mixedPainter struct {
	source   *mixed
	painters []Painter
	Painter  // of the image at hand
}

func (p *mixedPainter) Begin(i uint32) error {
	p.Painter = p.painters[p.source.of(i)]
	return p.Painter.Begin(i)
}
