package generator

import "mmjsonl/internal/random"

// sampleUniform returns the image of every slot, row after row: requests·perRequest numbers below pool, for perRequest ≤
// pool ≤ requests·perRequest.
//
// Every image is placed once, at a slot drawn uniformly from all of them, so that the pool is used whole and reuse is exactly
// 1 - pool/slots. The slots left over are filled with uniform draws from the pool. No image stands twice in a row. Neither
// step looks at the order of rows or of images, so neither the first rows nor the first images are in any way special.
//
// Both steps are linear in the slots; they take four bytes a slot and four an image.
func sampleUniform(seed uint64, requests, perRequest, pool int) []uint32 {
	slots := requests * perRequest
	// The images 0, 1, … pool-1 and then free slots, in random order.
	sequence := make([]uint32, slots)
	for i := range sequence {
		sequence[i] = free
		if i < pool {
			sequence[i] = uint32(i)
		}
	}
	d := random.New(seed, random.Placement, 0)
	d.Shuffle(sequence)
	fill(seed, sequence, perRequest, pool)
	return sequence
}

// free marks a slot without an image.
const free = ^uint32(0)

// fill draws an image for every free slot, uniformly from those of the pool that the row does not hold yet.
func fill(seed uint64, sequence []uint32, perRequest, pool int) {
	if pool == len(sequence) {
		return
	}
	// An image is in row r if it was last met in row r. Rows count from 1 here, so that zero is none.
	lastRow := make([]uint32, pool)
	var choices []uint32
	for r := range len(sequence) / max(1, perRequest) {
		row, number := sequence[r*perRequest:(r+1)*perRequest], uint32(r+1)
		for _, image := range row {
			if image != free {
				lastRow[image] = number
			}
		}
		d := random.New(seed, random.Fill, uint64(r))
		if 2*perRequest > pool {
			// Most of the pool goes into every row: drawing again and again would be slow, choosing from what is left is not.
			choices = choices[:0]
			for image, last := range lastRow {
				if last != number {
					choices = append(choices, uint32(image))
				}
			}
		}
		for i, image := range row {
			if image != free {
				continue
			}
			if 2*perRequest > pool {
				j := d.Below(uint32(len(choices)))
				row[i] = choices[j]
				choices[j] = choices[len(choices)-1]
				choices = choices[:len(choices)-1]
				continue
			}
			image = d.Below(uint32(pool))
			for lastRow[image] == number {
				image = d.Below(uint32(pool))
			}
			lastRow[image] = number
			row[i] = image
		}
	}
}

// sampleFirst returns the image of every slot, as [sampleUniform] does, with all first uses in front: the pool is dealt, in random
// order, to the first rows, and the slots left over are drawn uniformly.
func sampleFirst(seed uint64, requests, perRequest, pool int) []uint32 {
	sequence := make([]uint32, requests*perRequest)
	for i := range sequence {
		sequence[i] = free
	}
	copy(sequence, shuffledImages(seed, random.Placement, pool))
	fill(seed, sequence, perRequest, pool)
	return sequence
}
