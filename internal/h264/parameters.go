package h264

// Parameters returns the sequence and the picture parameter set (7.3.2.1, 7.3.2.2) of clips of a shape whose frames have so many bytes together, each
// as a NAL unit.
func Parameters(s Shape, bytes int64) (sequence, picture []byte) {
	const constrained = 0xc0 // what the baseline profile has and the main profile does not is absent
	var w writer
	w.reset(64)
	w.put(fixed(66, 8).then(fixed(constrained, 8)).then(fixed(uint64(s.level(bytes)), 8)))
	w.put(unsigned(0).then(unsigned(0))) // its number; frame_num has 4 bits
	w.put(unsigned(2))                   // frames are shown in the order in which they are coded
	w.put(unsigned(1).then(fixed(0, 1))) // one reference frame
	w.put(unsigned(uint64(s.wide() - 1)).then(unsigned(uint64(s.high() - 1))))
	w.put(fixed(1, 1).then(fixed(1, 1))) // frames, not fields; vectors of 8×8
	right, bottom := uint64(s.wide()*side-s.Width)/2, uint64(s.high()*side-s.Height)/2
	if right|bottom == 0 {
		w.put(fixed(0, 1))
	} else {
		w.put(fixed(1, 1).then(unsigned(0)).then(unsigned(right)).then(unsigned(0)).then(unsigned(bottom)))
	}
	w.put(fixed(0, 1)) // nothing on how they are shown
	sequence = appendUnit(nil, 3<<5|7, w.end())

	w.reset(64)
	w.put(unsigned(0).then(unsigned(0)).then(fixed(0, 2))) // its number and the sequence's; CAVLC; no fields
	w.put(unsigned(0).then(unsigned(0)).then(unsigned(0))) // one group of slices, one reference in each list
	w.put(fixed(0, 3))                                     // no weights
	w.put(signed(quantiser - 26).then(signed(0)).then(signed(0)))
	w.put(fixed(0, 3)) // nothing on the filter, all macroblocks serve to predict, no slice twice
	return sequence, appendUnit(nil, 3<<5|8, w.end())
}

// level is the lowest level of the standard that clips are within, or the highest one.
func (s Shape) level(bytes int64) byte {
	wide, high := int64(s.wide()), int64(s.high())
	frame := wide * high
	stream := bytes * 8 * int64(s.Rate) / int64(s.Frames) / 1000
	for _, l := range levels {
		if frame <= l.frame && wide*wide <= 8*l.frame && high*high <= 8*l.frame && frame*int64(s.Rate) <= l.rate && stream <= l.stream {
			return l.level
		}
	}
	return levels[len(levels)-1].level
}
