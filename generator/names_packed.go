package generator

// packedNames are names as rows hold them, the insides of JSON strings. What all begin with is kept once, and what follows it lies one behind the
// other: names in random order are read from the processor's cache only if they are small together.
type packedNames struct {
	begin  string // of each
	ends   []byte // what follows it
	groups []int  // where in ends those of each group begin
	at     []uint32
}

// namesInGroup times the longest name are below 2^32 bytes, so that four bytes tell where in its group a name begins.
const namesInGroup = 1 << 16

// packNames packs names, of which there is one at least.
func packNames(names []string) *packedNames {
	p := &packedNames{begin: names[0], at: make([]uint32, 0, len(names)+len(names)/namesInGroup+1)}
	length := 0
	for _, name := range names {
		p.begin = p.begin[:alike(p.begin, name)]
		length += len(name)
	}
	p.ends = make([]byte, 0, length-len(names)*len(p.begin))
	for i, name := range names {
		if i%namesInGroup == 0 {
			p.groups = append(p.groups, len(p.ends))
			p.at = append(p.at, 0)
		}
		p.ends = append(p.ends, name[len(p.begin):]...)
		p.at = append(p.at, uint32(len(p.ends)-p.groups[i/namesInGroup]))
	}
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

// end is what follows the common beginning in a name.
func (p *packedNames) end(image uint32) []byte {
	group := image / namesInGroup
	at := p.at[image+group:]
	begin := p.groups[group]
	return p.ends[begin+int(at[0]) : begin+int(at[1])]
}

// reference is how rows name images by these.
func (p *packedNames) reference() Reference {
	return Reference{
		Begin:  p.begin,
		Length: int64(len(p.begin) + len(p.ends)/(len(p.at)-len(p.groups))),
		Append: func(dst []byte, image uint32) []byte { return append(dst, p.end(image)...) },
		Touch: func(images []uint32) (n uint32) {
			for _, image := range images {
				if end := p.end(image); len(end) > 0 {
					n += uint32(end[0]) + uint32(end[len(end)-1])
				}
			}
			return n
		},
	}
}
