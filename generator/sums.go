package generator

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"sync/atomic"
)

// imageSums are the checksums of a pool's images. Several workers may set the same one.
type imageSums []atomic.Uint32

// digest returns the SHA-256, in hexadecimal, of the checksums, four bytes each with the highest first, in the order of the images.
func (s imageSums) digest() string {
	if len(s) == 0 {
		return ""
	}
	h := sha256.New()
	var sum [4]byte
	for i := range s {
		binary.BigEndian.PutUint32(sum[:], s[i].Load())
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}
