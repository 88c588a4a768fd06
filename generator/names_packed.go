package generator

// namedBy returns how rows name images by these names, the insides of JSON strings. There is at least one.
//
// The beginning that all names share is kept once. The rest of each name follows that of the name before it: rows use names in random order, and the
// processor's cache holds more names if they are short and packed.
func namedBy(names []string) Reference {
	begin, length := names[0], 0
	for _, name := range names {
		begin = begin[:sharedLength(begin, name)]
		length += len(name)
	}
	ends := make([]byte, 0, length-len(names)*len(begin))
	at := make([]int, 0, len(names)+1) // where each name's rest begins in ends, and where the last one ends
	for _, name := range names {
		at = append(at, len(ends))
		ends = append(ends, name[len(begin):]...)
	}
	at = append(at, len(ends))
	return Reference{
		Begin: begin,
		AppendEnd: func(dst []byte, image uint32) []byte {
			of := at[image:]
			return append(dst, ends[of[0]:of[1]]...)
		},
		ReadAhead: func(images []uint32) (n uint32) {
			for _, image := range images {
				if begin := at[image]; begin < len(ends) {
					n += uint32(ends[begin])
				}
			}
			return n
		},
		Length: int64(length / len(names)),
	}
}

// sharedLength returns how many bytes two strings share at their beginning.
func sharedLength(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
