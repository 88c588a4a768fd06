package generator

// packedNames are names as rows hold them, the insides of JSON strings. What all begin with is kept once, and what follows it lies one behind the
// other: names in random order are read from the processor's cache only if they are small together.
type packedNames struct {
	begin string // of each
	ends  []byte // what follows it
	at    []int  // where in ends that of each name begins, and where the last one ends
}

// packNames packs names, of which there is one at least.
func packNames(names []string) *packedNames {
	p := &packedNames{begin: names[0], at: make([]int, 0, len(names)+1)}
	length := 0
	for _, name := range names {
		p.begin = p.begin[:alike(p.begin, name)]
		length += len(name)
	}
	p.ends = make([]byte, 0, length-len(names)*len(p.begin))
	for _, name := range names {
		p.at = append(p.at, len(p.ends))
		p.ends = append(p.ends, name[len(p.begin):]...)
	}
	p.at = append(p.at, len(p.ends))
	return p
}

// alike is how many bytes two strings have in common at their beginning.
func alike(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// reference is how rows name images by these.
func (p *packedNames) reference() Reference {
	at, ends := p.at, p.ends
	return Reference{
		Begin:  p.begin,
		Length: int64(len(p.begin) + len(ends)/(len(at)-1)),
		Append: func(dst []byte, image uint32) []byte {
			of := at[image:]
			return append(dst, ends[of[0]:of[1]]...)
		},
		Touch: func(images []uint32) (n uint32) {
			for _, image := range images {
				if begin := at[image]; begin < len(ends) {
					n += uint32(ends[begin])
				}
			}
			return n
		},
	}
}
