package generator

// sampleSteady returns the image of every slot, as [sampleUniform] does, with the first uses spread evenly: the first row can only
// hold first uses, and every later row has as many as every other, give or take one. So a cache without limit hits at the same rate
// from the second row to the last. A slot that is no first use repeats one of the images met before, each equally likely.
//
// It is linear in the slots and takes four bytes a slot and eight an image.
func sampleSteady(seed uint64, requests, perRequest, pool int) []uint32 {
	sequence := make([]uint32, 0, requests*perRequest)
	images := shuffledImages(seed, streamSteadyImages, pool)
	lastRow := make([]uint32, pool)
	met := 0 // images[:met] have been used
	for r := range requests {
		d := newDraws(seed, streamSteady, uint64(r))
		first := perRequest
		if r > 0 {
			// Of the pool-perRequest first uses that are left for the later rows, those that are due up to this one.
			first = perRequest + int(int64(pool-perRequest)*int64(r)/int64(requests-1)) - met
		}
		old := met
		for slot := range perRequest {
			var image uint32
			// A first use comes here as likely as at any other slot of the row.
			if int(d.below(uint32(perRequest-slot))) < first {
				first--
				image = images[met]
				met++
			} else {
				image = images[d.below(uint32(old))]
				for lastRow[image] == uint32(r+1) {
					image = images[d.below(uint32(old))]
				}
			}
			lastRow[image] = uint32(r + 1)
			sequence = append(sequence, image)
		}
	}
	return sequence
}

// shuffledImages returns the numbers below pool in random order.
func shuffledImages(seed uint64, s stream, pool int) []uint32 {
	images := make([]uint32, pool)
	for i := range images {
		images[i] = uint32(i)
	}
	d := newDraws(seed, s, 0)
	shuffle(&d, images)
	return images
}

// shuffle puts numbers in random order (Fisher and Yates, Durstenfeld 1964).
func shuffle(d *draws, numbers []uint32) {
	for i := len(numbers) - 1; i > 0; i-- {
		j := d.below(uint32(i) + 1)
		numbers[i], numbers[j] = numbers[j], numbers[i]
	}
}
