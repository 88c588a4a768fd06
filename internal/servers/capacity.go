package servers

import "math"

// Image is an image's size in pixels, and how a model of the Qwen-VL family cuts it up.
type Image struct {
	Width, Height int64
	Patch         int64 // side of what becomes one token, in pixels: PatchQwen25 or PatchQwen3
}

// Sides of what becomes one token, after merging.
const (
	PatchQwen25 = 28 // Qwen2.5-VL
	PatchQwen3  = 32 // Qwen3-VL
)

// DeepStack is how many more vectors Qwen3-VL keeps of a token, beside the one that others do.
const DeepStack = 3

// Tokens is the number of tokens that the image becomes: each side goes to the nearest number of whole patches, halves to the even
// one. The limits that a model sets to the size of an image are not applied.
func (i Image) Tokens() int64 { return i.patches(i.Width) * i.patches(i.Height) }

func (i Image) patches(side int64) int64 {
	return max(int64(math.RoundToEven(float64(side)/float64(i.Patch))), 1)
}

// EmbeddingBytes is what an embedding cache stores of an image: two bytes for each of hidden numbers, of each of the tokens, once and
// for each DeepStack level again.
func EmbeddingBytes(tokens, hidden, levels int64) int64 { return tokens * hidden * (1 + levels) * 2 }

// PixelBytes is about what vLLM's processor cache stores of an image. It depends on the type of the tensors; Qwen3-VL images of
// 512×512 come to 1.5 to 3 MiB, which is 6 to 12 bytes a pixel of the image as it is cut up.
func (i Image) PixelBytes() (least, most int64) {
	pixels := i.Tokens() * i.Patch * i.Patch
	return 6 * pixels, 12 * pixels
}

// Capacity is how many images a server's cache holds. It is part of the document of `mmjsonl inspect --json`.
type Capacity struct {
	Server        string   `json:"server"`
	Cache         string   `json:"cache"`
	CacheBytes    int64    `json:"cache_bytes"`
	LeastBytes    int64    `json:"least_bytes_per_image"` // as far as is known; often the same as the next
	MostBytes     int64    `json:"most_bytes_per_image"`
	LeastCapacity int64    `json:"least_capacity_images"` // CacheBytes ÷ MostBytes
	MostCapacity  int64    `json:"most_capacity_images"`  // CacheBytes ÷ LeastBytes
	Policy        string   `json:"policy"`
	Key           string   `json:"key"`
	Counters      []string `json:"counters"` // of the server, to compare with; hits first
	Notes         []string `json:"notes"`
}

// Capacity is how many images a cache of so many bytes holds, of which each takes from least to most bytes, at least 1.
func (s Server) Capacity(cache, least, most int64) *Capacity {
	return &Capacity{
		Server:        s.Name,
		Cache:         s.Title,
		CacheBytes:    cache,
		LeastBytes:    least,
		MostBytes:     most,
		LeastCapacity: cache / most,
		MostCapacity:  cache / least,
		Policy:        s.Policy,
		Key:           s.Key,
		Counters:      append([]string{}, s.Counters...),
		Notes:         append([]string{}, s.Notes...),
	}
}

// Images are the capacities in images, one or two.
func (c *Capacity) Images() []int64 {
	if c.LeastCapacity == c.MostCapacity {
		return []int64{c.LeastCapacity}
	}
	return []int64{c.LeastCapacity, c.MostCapacity}
}
