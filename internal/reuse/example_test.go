package reuse_test

import (
	"fmt"

	"mmjsonl/internal/reuse"
)

// Three requests that share two images, and what a cache of two images would hit.
func ExampleWatcher() {
	watcher := reuse.NewWatcher(reuse.Options{Capacities: []int64{2}})
	for _, request := range [][]uint32{{0, 1}, {1, 2}, {1, 0}} {
		watcher.Add(request)
	}
	figures := watcher.Figures()
	fmt.Printf("%d slots, %d images, reuse %.0f %%, hits %d\n", figures.Slots, figures.Distinct, 100*figures.ReuseRate, figures.Capacities[0].HitsByRequest)
	// Output: 6 slots, 3 images, reuse 50 %, hits 2
}
