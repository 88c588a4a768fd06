package inputs

import (
	"fmt"
	"strings"
	"testing"

	"mmjsonl/internal/problem"
)

// reading is a text, and what is read from it or what is wrong with it.
type reading struct{ text, want string }

func check[T Kind](t *testing.T, readings ...reading) {
	t.Helper()
	for _, r := range readings {
		var v Value[T]
		v.Name = "it"
		if err := v.Set(r.text); err != nil {
			t.Fatal(err)
		}
		got := fmt.Sprintf("%v", v.Get())
		if problems := v.problems(); len(problems) > 0 {
			got = strings.Join(texts(problems, func(n problem.Name) string { return string(n) }), "; ")
		}
		if got != r.want {
			t.Errorf("%q: %s, want %s", r.text, got, r.want)
		}
	}
}

func TestSize(t *testing.T) {
	const bad = "is not a size: give WIDTHxHEIGHT in pixels, like 512x512, or one number for a square"
	check[Size](t, reading{"640x320", "{640 320}"}, reading{"640X320", "{640 320}"}, reading{"640×320", "{640 320}"}, reading{"640 × 320", "{640 320}"}, reading{"640 320", "{640 320}"},
		reading{" 64\n", "{64 64}"}, reading{"0x5", "{0 5}"},
		reading{"5x5x5", `it "5x5x5" ` + bad}, reading{"-1x5", `it "-1x5" ` + bad}, reading{"5x", `it "5x" ` + bad}, reading{"x", `it "x" ` + bad}, reading{"5\n5", `it "5\n5" ` + bad},
		reading{"99999999999999999999", `it "99999999999999999999" is out of range: give smaller numbers`}, reading{"1x99999999999999999999", `it "1x99999999999999999999" is out of range: give smaller numbers`})
}

func TestRate(t *testing.T) {
	const bad = "is not a rate: give a fraction like 0.6, or a percentage like 60%"
	check[Rate](t, reading{"0.6", "3/5"}, reading{"60%", "3/5"}, reading{"60 %", "3/5"}, reading{"0", "0/1"}, reading{"1.000000001", "1000000001/1000000000"}, reading{"100.0000001%", "1000000001/1000000000"},
		reading{"1e999999999", `it "1e999999999" ` + bad}, reading{"-0.5", `it "-0.5" ` + bad}, reading{"1/2", `it "1/2" ` + bad}, reading{".5", `it ".5" ` + bad}, reading{"NaN", `it "NaN" ` + bad})
}

func TestHitPoints(t *testing.T) {
	check[HitPoints](t, reading{"0.6@200", "[{3/5 200 0 0.6}]"}, reading{" 30% @ 50 , 0.6@200,", "[{3/10 50 0 30%} {3/5 200 0 0.6}]"},
		reading{"0.3@50\n0.6@200\r\n", "[{3/10 50 0 0.3} {3/5 200 0 0.6}]"}, reading{"0.6@2GiB", "[{3/5 0 2147483648 0.6}]"}, reading{"0.6@1.5 MiB", "[{3/5 0 1572864 0.6}]"},
		reading{"0.6@2XB", `it "0.6@2XB" has no cache capacity: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`}, reading{"0.6@0B", `it "0.6@0B" has no cache capacity: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`},
		reading{",", `it "," has no target: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`}, reading{",\n,", `it ",\n," has no target: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`},
		reading{"0.6", `it "0.6" has no cache capacity: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`}, reading{"0.6@", `it "0.6@" has no cache capacity: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`},
		reading{"@200", `it "@200" has no rate: give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`},
		reading{"x@5,0.5,0.6@9", `it "x@5,0.5,0.6@9" has no rate in "x@5": give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB; ` +
			`it "x@5,0.5,0.6@9" has no cache capacity in "0.5": give RATE@IMAGES or RATE@BYTES, like 0.6@200 or 0.6@2GiB`})
}

func TestNumbers(t *testing.T) {
	check[Numbers](t, reading{"50,200", "[50 200]"}, reading{" 50\n200 ,", "[50 200]"}, reading{"-1", "[-1]"},
		reading{",", `it "," has no number: give one or more, like 50,200`}, reading{"5,x,1.5", `it "5,x,1.5" has "x", which is not a whole number: give one like 100; it "5,x,1.5" has "1.5", which is not a whole number: give one like 100`})
}

func TestSeed(t *testing.T) {
	const bad = "is not a seed: give a whole number from 0 to 18446744073709551615, or random"
	check[Seed](t, reading{"0", "{0 false}"}, reading{"18446744073709551615", "{18446744073709551615 false}"}, reading{"random", "{0 true}"},
		reading{"18446744073709551616", `it "18446744073709551616" ` + bad}, reading{"-1", `it "-1" ` + bad}, reading{"Random", `it "Random" ` + bad})
}

func TestBytes(t *testing.T) {
	check[Bytes](t, reading{"4194304", "4194304"}, reading{"4MiB", "4194304"}, reading{"4 mib", "4194304"}, reading{"1.5kB", "1500"}, reading{"0", "0"}, reading{"0.5B", "0"},
		reading{"9223372036854775807", "9223372036854775807"}, reading{"9223372036854775808", `it "9223372036854775808" is out of range: give a smaller number`},
		reading{"9999999999 TiB", `it "9999999999 TiB" is out of range: give a smaller number`}, reading{"4 M", `it "4 M" has an unknown unit: give B, KiB, MiB, GiB or TiB, or kB, MB, GB or TB`},
		reading{"-1", `it "-1" is not a number of bytes: give one like 4194304 or 4MiB`}, reading{"NaN", `it "NaN" is not a number of bytes: give one like 4194304 or 4MiB`})
	check[GiB](t, reading{"4", "4294967296"}, reading{"0.5", "536870912"}, reading{"512MiB", "536870912"}, reading{"4 GiB", "4294967296"},
		reading{"4e9", `it "4e9" is not a number of bytes: give one like 4 or 0.5`})
}

func TestSpread(t *testing.T) {
	const bad = "is not a duration: give one like 30ms, or 30ms~10ms with a standard deviation"
	check[Spread](t, reading{"30ms", "{30ms 0s}"}, reading{"30ms~10ms", "{30ms 10ms}"}, reading{"1.5s ~ 200us", "{1.5s 200µs}"}, reading{"0", "{0s 0s}"},
		reading{"30", `it "30" ` + bad}, reading{"30ms~", `it "30ms~" ` + bad}, reading{"-30ms", `it "-30ms" ` + bad}, reading{"30ms~-1s", `it "30ms~-1s" ` + bad}, reading{"1s~2s~3s", `it "1s~2s~3s" ` + bad})
}

func TestBandwidth(t *testing.T) {
	const bad = "is not a bandwidth: give one like 100MB/s or 1Gbit/s"
	check[Bandwidth](t, reading{"100MB/s", "100000000"}, reading{"1MiB", "1048576"}, reading{"1Gbit/s", "125000000"}, reading{"800 Mbps", "100000000"}, reading{"2000", "2000"}, reading{"16bit/s", "2"},
		reading{"fast", `it "fast" ` + bad}, reading{"1 parsec/s", `it "1 parsec/s" ` + bad}, reading{"-1MB/s", `it "-1MB/s" ` + bad}, reading{"1bitbit", `it "1bitbit" ` + bad},
		reading{"99999999999 TB/s", `it "99999999999 TB/s" ` + bad})
}

func TestPlainKinds(t *testing.T) {
	check[int64](t, reading{"010", "10"}, reading{"-5", "-5"}, reading{"1.5", `it "1.5" is not a whole number: give one like 100`}, reading{"99999999999999999999", `it "99999999999999999999" is out of range: give a smaller number`})
	check[float64](t, reading{"0.8", "0.8"}, reading{"x", `it "x" is not a number: give one like 0.8`})
	check[bool](t, reading{"TRUE", "true"}, reading{"0", "false"}, reading{"maybe", `it "maybe" is neither true nor false: give one of the two`})
	check[string](t, reading{" a b ", "a b"})
	check[Prose](t, reading{" a b ", " a b "})
}

func TestTemplate(t *testing.T) {
	const bad = "is not a number of tokens: give one like 8, or those before and behind text and images, like 3+5"
	check[Template](t, reading{"8", "{8 -1}"}, reading{"3+5", "{8 3}"}, reading{" 0 + 5 ", "{5 0}"}, reading{"0", "{0 -1}"},
		reading{"-1", `it "-1" ` + bad}, reading{"3+", `it "3+" ` + bad}, reading{"+5", `it "+5" ` + bad}, reading{"3+-5", `it "3+-5" ` + bad}, reading{"3+5+1", `it "3+5+1" ` + bad}, reading{"x", `it "x" ` + bad},
		reading{"9999999999999999", `it "9999999999999999" ` + bad})
}
