//go:build !purego

package text

import "mmjsonl/internal/random"

// beyond is how far behind n of the longest words copyWords may write.
const beyond = 0

// copyWords copies n words to the start of dst, which has room for as many of the longest, and returns how long they are together. It is written in
// assembly, with the numbers of [random.Draws], because it takes a third of the time of rows of text and URLs, and the compiler needs twice as many
// instructions.
//
//go:noescape
func copyWords(dst []byte, table *[256]wordSlot, d *random.Draws, n int) int
