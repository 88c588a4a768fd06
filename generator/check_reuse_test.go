package generator

import (
	"math/big"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

// refusal makes a plan that must be refused, and returns why, with inputs named as flags.
func refusal(t *testing.T, c Config) string {
	t.Helper()
	_, err := NewPlan(t.Context(), c, Environment{Places: files.Places{Dir: "/"}}, nil)
	problems, ok := err.(problem.List)
	if !ok {
		t.Fatalf("%+v: got %v, want problems", c.Reuse, err)
	}
	return flagged(problems)
}

func flagged(problems []problem.Problem) string {
	var lines []string
	for _, p := range problems {
		lines = append(lines, p.Text(func(n problem.Name) string { return "--" + string(n) }))
	}
	return strings.Join(lines, "\n")
}

func rate(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatal(text)
	}
	return r
}

// A message shows a rate with all its digits: "1 leaves 0 misses" and "1 is out of range: give a fraction from 0 to 1" are lies.
func TestRatesInMessagesExact(t *testing.T) {
	for _, test := range []struct {
		rate string
		want string
	}{
		{"0.99999999", "--hit-rate 0.99999999@200"},
		{"1.000000001", "--hit-rate 1.000000001 is out of range"},
		{"100", "--hit-rate 100 is out of range"},
		{"0.12345678901234567891", "--hit-rate 0.12345678901234567891@200"},
	} {
		config := reuseConfig(t, 500, 3, 1499, Reuse{Hits: []HitPoint{{Capacity: 200, Rate: rate(t, test.rate)}}})
		if got := refusal(t, config); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q does not say %q", test.rate, got, test.want)
		}
	}
}

// The warning about a measurement without misses offers what works and was not done already.
func TestWarmUpWithoutMissesRemedy(t *testing.T) {
	quarter := []HitPoint{{Capacity: 5, Rate: big.NewRat(1, 4)}}
	for name, test := range map[string]struct {
		n, pool int64
		reuse   *big.Rat
		remedy  string // "" means no warning
	}{
		"pool follows":             {100, 0, nil, "give --images-pool between 6 and 74"},
		"pool given":               {100, 75, nil, "lower --images-pool to between 6 and 74"},
		"reuse rate given":         {100, 0, big.NewRat(1, 4), "raise --reuse-rate"},
		"too few requests":         {4, 3, nil, "raise --num-requests"},
		"remedy taken, least pool": {100, 6, nil, ""},
		"remedy taken, most pool":  {100, 74, nil, ""},
		"remedy taken, rate":       {100, 0, big.NewRat(1, 2), ""},
	} {
		p := plan(t, reuseConfig(t, test.n, 1, test.pool, Reuse{Hits: quarter, WarmUp: WarmUpFirst, Rate: test.reuse}))
		var warned []problem.Problem
		for _, w := range p.Warnings {
			if w.Input == "warm-up" {
				warned = append(warned, w)
			}
		}
		if got := flagged(warned); test.remedy == "" && got != "" || !strings.HasSuffix(got, test.remedy) {
			t.Errorf("%s: warned %q, want the remedy %q", name, got, test.remedy)
		}
	}
}

// A warm-up after which nothing follows is none, and a warning says what would leave requests to measure.
func TestWarmUpWithNothingBehindIt(t *testing.T) {
	for name, test := range map[string]struct {
		n, k, pool int64
		hits       []HitPoint
		requests   int64
		warning    string // "" means none
	}{
		"every image once":       {4, 3, 0, nil, 0, "--warm-up first has no effect: the first uses of 12 images fill all 4 requests: give --images-pool of at most 9"},
		"one request":            {1, 3, 0, nil, 0, "--warm-up first has no effect: there is only one request: raise --num-requests"},
		"the last request, half": {4, 3, 10, nil, 0, "--warm-up first has no effect: the first uses of 10 images fill all 4 requests: give --images-pool of at most 9"},
		"remedy taken":           {4, 3, 9, nil, 3, ""},
		"no hits":                {4, 1, 0, []HitPoint{{Capacity: 5, Rate: new(big.Rat)}}, 0, "--warm-up first has no effect: the first uses of 4 images fill all 4 requests: give --images-pool of at most 3"},
	} {
		p := plan(t, reuseConfig(t, test.n, test.k, test.pool, Reuse{Hits: test.hits, WarmUp: WarmUpFirst}))
		if got := flagged(p.Warnings); got != test.warning || int64(p.Shape().WarmUp) != test.requests {
			t.Errorf("%s: %d warm-up requests and warning %q, want %d and %q", name, p.Shape().WarmUp, got, test.requests, test.warning)
		}
	}
}
