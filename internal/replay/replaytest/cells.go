package replaytest

import (
	"fmt"
	"slices"
)

// Cell is a sequence that is replayed through a class of a server's, or through the rule that stands for it.
type Cell struct {
	Class    string
	Spec     Spec
	Capacity int64
	Front    int64 // of the cache in front; 0 if the class has none
	Largest  int64 // item, of the class that asks for it; else 0
}

// Classes are the names of the classes.
var Classes = []string{"vllm", "vllm-only", "vllm-shm", "vllm-encoder", "sglang", "sglang-encoder", "dynamo", "dynamo-aggregated"}

// Unit is the weight that 1 of a spec's weights stands for. The entries of vLLM's shared memory are bytes, and have some around them.
func (c Cell) Unit() int64 {
	if c.Class == "vllm-shm" {
		return 100
	}
	return 1
}

// Weights are those of the images.
func (c Cell) Weights() []int64 {
	weights := c.Spec.Weights()
	for i := range weights {
		weights[i] *= c.Unit()
	}
	return weights
}

// Cells are the cells of a class: one image a request to twenty, and capacities below, at and above a request and a pool.
func Cells(class string) []Cell {
	var cells []Cell
	for _, k := range []int{1, 3, 10, 20} {
		for d, draw := range []string{"uniform", "skewed", "near"} {
			for variant := range 2 {
				spec := Spec{Seed: uint64(1000*k + 10*d + variant), Requests: 1200 / (k + 2), K: k, Pool: 3*k + 25, Draw: draw,
					Repeats: variant == 1, Mixed: (d+variant)%2 == 1}
				for _, images := range []int{max(k/2, 1), k, k + 1, 2 * k, spec.Pool / 2, spec.Pool} {
					c := Cell{Class: class, Spec: spec}
					c.Capacity = (int64(images)*50 + 17) * c.Unit()
					// A request that is larger than vLLM's encoder cache is worked on in parts, and the images of a part are released in the
					// order of a Python set: that of the request, if there are no more than eight.
					least := slices.Max(spec.Weights()) // the server makes its cache no smaller
					if k > 8 {
						least = largestRequest(spec)
					}
					switch class {
					case "vllm-encoder":
						c.Capacity = max(c.Capacity, least)
					case "vllm-shm":
						c.Largest = 60 * c.Unit()
					case "dynamo-aggregated":
						c.Front = max(int64(max(k/2, images/3)*50), least)
					}
					cells = append(cells, c)
				}
			}
		}
	}
	return cells
}

// largestRequest is the most that the different images of a request weigh together.
func largestRequest(s Spec) (most int64) {
	weights := s.Weights()
	for _, row := range s.Rows() {
		var sum int64
		slices.Sort(row)
		for _, image := range slices.Compact(row) {
			sum += weights[image]
		}
		most = max(most, sum)
	}
	return most
}

// String is the cell as it stands in the recorded table, see Columns.
func (c Cell) String() string {
	kind := "different"
	if c.Spec.Repeats {
		kind = "repeats"
	}
	weights := "equal"
	if c.Spec.Mixed {
		weights = "mixed"
	}
	return fmt.Sprintf("%s %d %d %d %d %s %s %s %d %d %d",
		c.Class, c.Spec.Seed, c.Spec.Requests, c.Spec.K, c.Spec.Pool, c.Spec.Draw, kind, weights, c.Capacity, c.Front, c.Largest)
}
