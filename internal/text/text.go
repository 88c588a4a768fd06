package text

import "mmjsonl/internal/random"

// Source makes text of as many tokens as wanted. It is safe for several goroutines.
type Source interface {
	// Append appends a number of tokens, a space before each word. What is appended is a function of the draws, and can be used inside a
	// JSON string as it is.
	Append(dst []byte, d *random.Draws, tokens int) []byte
	// Mean is the mean length of a token, in bytes with its space, and Most that of the longest.
	Mean() float64
	Most() int
}
