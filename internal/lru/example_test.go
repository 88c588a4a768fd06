package lru_test

import (
	"fmt"

	"mmjsonl/internal/lru"
)

// What caches of one to four images hit of four requests of two images each.
func ExampleCurve() {
	var curve lru.Curve
	for _, request := range [][]uint32{{0, 1}, {1, 2}, {2, 0}, {3, 0}} {
		curve.Add(request)
	}
	for capacity := 1; capacity <= 4; capacity++ {
		fmt.Printf("%d images: %d of %d\n", capacity, curve.HitsByRequest(capacity), curve.Slots())
	}
	// Output:
	// 1 images: 3 of 8
	// 2 images: 3 of 8
	// 3 images: 4 of 8
	// 4 images: 4 of 8
}
