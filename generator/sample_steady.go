package generator

import "mmjsonl/internal/random"

// sampleSteady returns the image of every slot, as [sampleUniform] does, with the first uses spread evenly: the first row can only
// hold first uses, and every later row has as many as every other, give or take one. So a cache without limit hits at the same rate
// from the second row to the last. A slot that is no first use repeats one of the images met before, each equally likely.
//
// It is linear in the slots and takes four bytes a slot and eight an image.
func sampleSteady(seed uint64, requests, perRequest, pool int) []uint32 {
	sequence := make([]uint32, 0, requests*perRequest)
	images := shuffledImages(seed, random.SteadyImages, pool)
	lastRow := make([]uint32, pool)
	met := 0 // images[:met] have been used
	for r := range requests {
		d := random.New(seed, random.Steady, uint64(r))
		first := perRequest
		if r > 0 {
			// Of the pool-perRequest first uses that are left for the later rows, those that are due up to this one.
			first = perRequest + int(int64(pool-perRequest)*int64(r)/int64(requests-1)) - met
		}
		old := met
		for slot := range perRequest {
			var image uint32
			// A first use comes here as likely as at any other slot of the row.
			if int(d.Below(uint32(perRequest-slot))) < first {
				first--
				image = images[met]
				met++
			} else {
				image = images[d.Below(uint32(old))]
				for lastRow[image] == uint32(r+1) {
					image = images[d.Below(uint32(old))]
				}
			}
			lastRow[image] = uint32(r + 1)
			sequence = append(sequence, image)
		}
	}
	return sequence
}

// shuffledImages returns the numbers below pool in random order.
func shuffledImages(seed uint64, s random.Stream, pool int) []uint32 {
	images := make([]uint32, pool)
	for i := range images {
		images[i] = uint32(i)
	}
	d := random.New(seed, s, 0)
	d.Shuffle(images)
	return images
}
