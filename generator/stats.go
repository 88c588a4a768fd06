package generator

// Stats are the figures of what a run wrote: of the rows as they went out, not of the plan.
type Stats struct {
	Requests      int64  // rows
	Slots         int64  // image references
	Unique        int64  // distinct images among them
	Bytes         int64  // of the output as it lies on disk
	SHA256        string // of the same bytes, in hexadecimal; "" if it was not asked for
	ImagesWritten int64  // image files this run wrote
	ImagesKept    int64  // image files that were there already, whole
}

// Duplicates is the number of references to an image that stood in an earlier slot.
func (s Stats) Duplicates() int64 { return s.Slots - s.Unique }

// ReuseRate is the fraction of slots that repeat an earlier image, from 0 to 1.
func (s Stats) ReuseRate() float64 {
	if s.Slots == 0 {
		return 0
	}
	return float64(s.Duplicates()) / float64(s.Slots)
}

// watcher counts rows as they go out, in the order of the file.
type watcher struct {
	requests int64
	slots    int64
	unique   int64
	seen     []uint64 // a bit an image
}

func newWatcher(pool int) *watcher {
	return &watcher{seen: make([]uint64, (pool+63)/64)}
}

// add counts rows that went out; images are those of their slots.
func (w *watcher) add(requests int, images []uint32) {
	w.requests += int64(requests)
	w.slots += int64(len(images))
	for _, image := range images {
		word, bit := &w.seen[image/64], uint64(1)<<(image%64)
		if *word&bit == 0 {
			*word |= bit
			w.unique++
		}
	}
}
