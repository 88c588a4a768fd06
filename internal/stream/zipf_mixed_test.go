package stream_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/stream"
	"mmjsonl/internal/stream/streamtest"
)

// randomLengths are rows of different lengths, and the pools that they can have.
func randomLengths(source *rand.Rand) (lengths []stream.RowsOfLength, shape stream.Shape) {
	for shape.Slots == 0 {
		lengths = nil
		for range 1 + source.IntN(5) {
			length := source.IntN(12)
			if !slices.ContainsFunc(lengths, func(l stream.RowsOfLength) bool { return l.Length == length }) {
				lengths = append(lengths, stream.RowsOfLength{Rows: source.IntN(40), Length: length})
			}
		}
		shape = stream.Mixed{Lengths: lengths}.Shape()
	}
	shape.Pool = shape.Widest + source.IntN(int(shape.Slots)-shape.Widest+1)
	return lengths, shape
}

// fits reports, the plain way, whether rows have room for images that are used so often, without an image twice in a row: image after image is put into
// the rows with most slots left.
func fits(lengths []stream.RowsOfLength, uses []int) bool {
	var left []int
	for _, l := range lengths {
		for range l.Rows {
			left = append(left, l.Length)
		}
	}
	for _, n := range uses {
		slices.SortFunc(left, func(a, b int) int { return b - a })
		if n > len(left) || n > 0 && left[n-1] < 1 {
			return false
		}
		for r := range n {
			left[r]--
		}
	}
	return true
}

// Of rows of different lengths, images have the uses that Zipf gives them, to less than one, unless rows have no room for these; and no use could go from
// an image that has more than its share, for its weight, to one that has less. Rows have their lengths, and none has an image twice.
func TestZipfMixedUses(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	source := rand.New(rand.NewPCG(seed, 0))
	free, bounded := 0, 0
	for range 500 {
		lengths, shape := randomLengths(source)
		z := stream.Zipf{Lengths: lengths, Pool: shape.Pool, Exponent: source.Float64() * float64(1+source.IntN(4))}
		uses := streamtest.Check(t, sample(t, z, source.Uint64()), z.Shape())
		weight := func(i int) float64 { return math.Pow(float64(i+1), -z.Exponent) }
		// Without bounds but for one use each: the scale by bisection.
		low, high := 0.0, 1e15
		shares := make([]float64, shape.Pool)
		for range 200 {
			middle, sum := (low+high)/2, 0.0
			for i := range shares {
				shares[i] = max(middle*weight(i), 1)
				sum += shares[i]
			}
			if sum < float64(shape.Slots) {
				low = middle
			} else {
				high = middle
			}
		}
		near := true
		for i, n := range uses {
			if i > 0 && n > uses[i-1] {
				t.Fatalf("%+v: image %d is used %d times, and the one before %d", z, i, n, uses[i-1])
			}
			near = near && math.Abs(float64(n)-shares[i]) < 1+1e-6
		}
		up := make([]int, len(shares))
		for i, share := range shares {
			up[i] = int(math.Ceil(share - 1e-6))
		}
		if near {
			free++
			continue
		}
		bounded++
		if total := shape.Rows; uses[0] > total || fits(lengths, up) && slices.Max(up) <= total {
			t.Fatalf("%+v: uses %v are not near %v, which rows have room for", z, uses, shares)
		}
		// One use from an image that has less than others for its weight to one that has more: the images that are short of their share have no room for it.
		for i := range uses {
			for j := i + 1; j < len(uses); j++ {
				if float64(uses[i]+1)/weight(i) >= float64(uses[j]-1)/weight(j) || uses[j] == 1 {
					continue
				}
				other := slices.Clone(uses)
				other[i]++
				other[j]--
				sorted := slices.Clone(other)
				slices.SortFunc(sorted, func(a, b int) int { return b - a })
				if fits(lengths, sorted) {
					t.Fatalf("%+v: uses %v, and rows have room for %v, which is nearer", z, uses, other)
				}
			}
		}
	}
	t.Logf("%d in proportion, %d with bounds", free, bounded)
	if free < 50 || bounded < 50 {
		t.Error("too few")
	}
}

// The uses of an image are anywhere in the file. Where all images are alike, one is in rows of each length as often as these have slots, and two meet as
// often as chance has it.
func TestZipfMixedIsRandom(t *testing.T) {
	const pool, seeds, slots = 40, 400, 400
	lengths := []stream.RowsOfLength{{Rows: 120, Length: 1}, {Rows: 40, Length: 3}, {Rows: 16, Length: 10}}
	for _, exponent := range []float64{0, 1} {
		z := stream.Zipf{Lengths: lengths, Pool: pool, Exponent: exponent}
		in := make([][11]float64, pool) // uses of an image by the length of the row
		place, uses := make([]float64, pool), make([]float64, pool)
		meetings, pairs := 0.0, 0.0 // of images 0 and 1; in rows
		for seed := range uint64(seeds) {
			s := sample(t, z, seed)
			for r := range s.Rows() {
				row := s.Row(r)
				for _, image := range row {
					in[image][len(row)]++
					uses[image]++
					place[image] += float64(r) / float64(s.Rows()-1)
				}
				if slices.Contains(row, 0) && slices.Contains(row, 1) {
					meetings++
				}
				pairs += float64(len(row)*(len(row)-1)) / 2
			}
		}
		if want := pairs / (pool * (pool - 1) / 2); exponent == 0 && (meetings < 0.9*want || meetings > 1.1*want) {
			t.Errorf("images 0 and 1 met %.0f times, by chance %.0f", meetings, want)
		}
		for image := range pool {
			if mean := place[image] / uses[image]; math.Abs(mean-0.5) > 5*0.29/math.Sqrt(uses[image]) {
				t.Errorf("exponent %v: the uses of image %d are at %.3f of the file on average", exponent, image, mean)
			}
			for _, l := range lengths {
				want := uses[image] * float64(l.Rows*l.Length) / slots
				if got := in[image][l.Length]; exponent == 0 && (got < 0.9*want || got > 1.1*want) {
					t.Errorf("image %d is %.0f times in rows of %d, want about %.0f", image, got, l.Length, want)
				}
			}
		}
	}
}

// Rows that have no room for uses that are rounded by their fractions alone.
func TestZipfMixedRounding(t *testing.T) {
	for _, z := range []stream.Zipf{
		{Pool: 17, Exponent: 1.4797500610204881, Lengths: []stream.RowsOfLength{{3, 1}, {1, 2}, {1, 3}, {3, 4}, {2, 6}, {4, 7}, {1, 9}, {1, 10}, {3, 11}, {4, 12}, {4, 17}}},
		{Pool: 21, Exponent: 1.3270240913197309, Lengths: []stream.RowsOfLength{{3, 3}, {3, 5}, {3, 6}, {1, 8}, {4, 13}, {1, 15}, {2, 17}}},
		{Pool: 28, Exponent: 1.1997482147308076, Lengths: []stream.RowsOfLength{{2, 2}, {1, 3}, {4, 6}, {4, 7}, {3, 10}, {4, 13}, {1, 14}, {4, 18}, {1, 20}, {1, 21}, {1, 22}, {2, 27}}},
	} {
		streamtest.Check(t, sample(t, z, 1), z.Shape())
	}
}
