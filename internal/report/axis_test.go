package report

import (
	"math"
	"slices"
	"testing"

	"mmjsonl/internal/reuse"
)

func TestTicks(t *testing.T) {
	for _, test := range []struct {
		name   string
		scale  axis
		labels []string
		majors []string
	}{
		{"one image", axis{high: 1}, []string{"0", "1"}, []string{"0", "1"}},
		{"linear", axis{high: 23}, []string{"0", "5", "10", "15", "20"}, []string{"0", "5", "10", "15", "20"}},
		{"linear to a round end", axis{high: 50}, []string{"0", "10", "20", "30", "40", "50"}, []string{"0", "10", "20", "30", "40", "50"}},
		{"linear, thousands", axis{high: 2600}, []string{"0", "1k", "2k"}, []string{"0", "1k", "2k"}},
		{"log", axis{low: 4, high: 300, log: true}, []string{"5", "10", "20", "50", "100", "200"}, []string{"10", "100"}},
		{"log between round numbers", axis{low: 1000, high: 2e6, log: true},
			[]string{"1k", "2k", "5k", "10k", "20k", "50k", "100k", "200k", "500k", "1M", "2M"}, []string{"1k", "10k", "100k", "1M"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var labels, majors []string
			last := -1.0
			for _, tick := range test.scale.ticks(6) {
				labels = append(labels, tick.label)
				if tick.major {
					majors = append(majors, tick.label)
				}
				if tick.at <= last || tick.at < 0 || tick.at > 1 {
					t.Errorf("%s stands at %v, after %v", tick.label, tick.at, last)
				}
				last = tick.at
			}
			if !slices.Equal(labels, test.labels) || !slices.Equal(majors, test.majors) {
				t.Errorf("ticks %q, of these major %q; want %q and %q", labels, majors, test.labels, test.majors)
			}
		})
	}
}

func TestNewAxis(t *testing.T) {
	for _, test := range []struct {
		low, high int64
		want      axis
	}{
		{1, 1, axis{high: 1}},
		{1, 50, axis{high: 50}},
		{1, 51, axis{low: 1, high: 51, log: true}},
		{400, 20000, axis{high: 20000}},
		{400, 20001, axis{low: 400, high: 20001, log: true}},
	} {
		if got := newAxis([]reuse.Point{{Capacity: test.low}, {Capacity: test.high}}); got != test.want {
			t.Errorf("from %d to %d: %+v, want %+v", test.low, test.high, got, test.want)
		}
	}
}

func TestRateAt(t *testing.T) {
	for name, f := range watched(t) {
		t.Run(name, func(t *testing.T) {
			points := curvePoints(f)
			scale := newAxis(points)
			for i, p := range points {
				at := scale.at(float64(p.Capacity))
				if got, want := rateAt(points, f.Slots, scale, at), float64(p.HitsByRequest)/float64(f.Slots); math.Abs(got-want) > 1e-9 {
					t.Errorf("at %d images: %v, want %v", p.Capacity, got, want)
				}
				if i == 0 {
					continue
				}
				middle := (at + scale.at(float64(points[i-1].Capacity))) / 2
				want := float64(p.HitsByRequest+points[i-1].HitsByRequest) / 2 / float64(f.Slots)
				if got := rateAt(points, f.Slots, scale, middle); math.Abs(got-want) > 1e-9 {
					t.Errorf("halfway to %d images: %v, want %v", p.Capacity, got, want)
				}
			}
			if got := rateAt(points, f.Slots, scale, 0); !scale.log && got != 0 {
				t.Errorf("a cache of no image hits %v", got)
			}
			if got, want := rateAt(points, f.Slots, scale, 1.0000001), reuse.Share(points[len(points)-1].HitsByRequest, f.Slots); got != want {
				t.Errorf("past the end: %v, want %v", got, want)
			}
		})
	}
}

func TestCurvePoints(t *testing.T) {
	f := fixed()
	var capacities []int64
	for _, p := range curvePoints(f) {
		capacities = append(capacities, p.Capacity)
	}
	// 1 is left out because 3 images are still told apart from none by 1 % only; 5000 because there are 300 images.
	if want := []int64{1, 3, 10, 30, 50, 100, 300}; !slices.Equal(capacities, want) {
		t.Errorf("points at %v, want %v", capacities, want)
	}
	f.Curve[1].HitsByRequest, f.Curve[1].HitsByReference = 9, 9 // 0.45 %
	if first := curvePoints(f)[0].Capacity; first != 3 {
		t.Errorf("the curve begins at %d images, want the last below half a percent, 3", first)
	}
	if len(f.Curve) != 6 || f.Curve[0].Capacity != 1 {
		t.Error("the figures have been changed")
	}
}

func TestNumbers(t *testing.T) {
	for share, want := range map[float64]string{0: "0.00 %", 1e-9: "< 0.01 %", 0.00005: "0.01 %", 0.6: "60.00 %", 0.99994: "99.99 %", 0.999999: "> 99.99 %", 1: "100.00 %"} {
		if got := percent(share); got != want {
			t.Errorf("percent(%v) = %q, want %q", share, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 7: "7", 999: "999", 1000: "1,000", 123456: "123,456", 10000000: "10,000,000", -999: "-999", -1000: "-1,000"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %q, want %q", n, got, want)
		}
	}
	if got := counted(1, "image") + ", " + counted(2000, "image"); got != "1 image, 2,000 images" {
		t.Error(got)
	}
}
