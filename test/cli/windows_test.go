package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// curve is the figures that two documents of the program have in common.
type curve struct {
	Curve []struct {
		Capacity      int64 `json:"capacity"`
		HitsByRequest int64 `json:"hits_by_request"`
	} `json:"hit_curve"`
	Slots int64 `json:"image_slots"`
}

// predicted makes a file, and returns what its manifest predicts and what inspect finds in the file, which takes the rows in the order in which aiperf
// sends them.
func predicted(t *testing.T, concurrency string, args ...string) (made, found curve) {
	t.Helper()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, append(args, "--image-size", "2", "--image-mode", "datauri", "--user-text-tokens", "1", "--concurrency", concurrency, "-o", "x.jsonl")...)
	text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var manifest struct{ Figures curve }
	var inspected struct{ Files []curve }
	if err := json.Unmarshal(text, &manifest); err != nil {
		t.Fatal(err)
	}
	stdout := program.Succeed(t, dir, nil, "inspect", "x.jsonl", "--json", "--concurrency", concurrency).Stdout
	if err := json.Unmarshal([]byte(stdout), &inspected); err != nil || len(inspected.Files) != 1 || len(manifest.Figures.Curve) == 0 {
		t.Fatal(err, stdout)
	}
	return manifest.Figures, inspected.Files[0]
}

// What a run predicts of users' windows is what inspect finds in the file: at every capacity, with rows that name their user and with rows that do not.
func TestSlidingWindowAsInspected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		sessions string
		at5      int64 // hits of a cache of five images
	}{{"true", 4 * 5 * 4}, {"false", 0}} {
		t.Run(test.sessions, func(t *testing.T) {
			t.Parallel()
			made, found := predicted(t, "1", "sliding-window", "--num-users", "4", "--turns-per-user", "6", "--window-size", "5", "--session-id="+test.sessions)
			if got, want := fmt.Sprint(made), fmt.Sprint(found); got != want {
				t.Errorf("predicted %s\nfound %s", got, want)
			}
			for _, point := range made.Curve {
				if point.Capacity == 5 && point.HitsByRequest != test.at5 {
					t.Errorf("a cache of 5 images hits %d slots, want %d", point.HitsByRequest, test.at5)
				}
			}
		})
	}
}

// What a run predicts of conversations is what inspect finds in the file: the images of earlier turns are sent again with each turn, whether conversations
// share images or not. With several at once, inspect shows a replay in which they overtake each other, so only what no order changes is the same.
func TestMultiTurnAsInspected(t *testing.T) {
	t.Parallel()
	for _, concurrency := range []string{"1", "3"} {
		for _, args := range [][]string{{"--images-per-turn", "2"}, {"--images-per-turn", "3,0,1", "--turns-per-user", "uniform:1-6"}, {"--images-pool", "11", "--turns-per-user", "normal:4,2"}} {
			t.Run(concurrency+" "+strings.Join(args, " "), func(t *testing.T) {
				t.Parallel()
				made, found := predicted(t, concurrency, append([]string{"multi-turn", "--num-users", "12"}, args...)...)
				if concurrency != "1" {
					made.Curve, found.Curve = made.Curve[len(made.Curve)-1:], found.Curve[len(found.Curve)-1:]
				}
				if got, want := fmt.Sprint(made), fmt.Sprint(found); got != want {
					t.Errorf("predicted %s\nfound %s", got, want)
				}
				// Twelve conversations of five turns with two images each send 2 + 4 + 6 + 8 + 10.
				if args[1] == "2" && made.Slots != 12*30 {
					t.Errorf("%d image slots, want %d", made.Slots, 12*30)
				}
			})
		}
	}
}

// Hit rates of users with windows are those that inspect finds in the file, in a cache of the requested capacity and of the order sent, also if requests
// overtake each other. Images that all windows share are hit in whatever order.
func TestSlidingWindowHitRate(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string][]string{"own images": nil, "shared images": {"--shared-images", "1"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testSlidingWindowHitRate(t, shared...)
		})
	}
}

func testSlidingWindowHitRate(t *testing.T, args ...string) {
	dir := t.TempDir()
	said := program.Succeed(t, dir, nil, append(args, "sliding-window", "--num-users", "900", "--turns-per-user", "normal:12,4", "--image-size", "2", "--image-mode", "datauri",
		"--user-text-tokens", "1", "--hit-rate", "0.25@200,0.45@500", "--concurrency", "4", "-o", "x.jsonl")...)
	if warned := strings.Contains(said.Stderr, "--shared-images are in all requests"); warned != (len(args) > 0) {
		t.Errorf("said %q", said.Stderr)
	}
	type figures struct {
		Slots      int64 `json:"image_slots"`
		Capacities []struct {
			Capacity      int64 `json:"capacity"`
			HitsByRequest int64 `json:"hits_by_request"`
			LeastHits     int64 `json:"least_hits"`
			MostHits      int64 `json:"most_hits"`
		} `json:"capacities"`
	}
	var found struct{ Files []figures }
	stdout := program.Succeed(t, dir, nil, "inspect", "x.jsonl", "--json", "--cache-images", "200,500", "--concurrency", "4").Stdout
	if err := json.Unmarshal([]byte(stdout), &found); err != nil || len(found.Files) != 1 || len(found.Files[0].Capacities) != 2 {
		t.Fatal(err, stdout)
	}
	f := found.Files[0]
	for i, rate := range []float64{0.25, 0.45} {
		p := f.Capacities[i]
		if got := float64(p.HitsByRequest) / float64(f.Slots); got < rate-0.01 || got > rate+0.01 {
			t.Errorf("a cache of %d images hits %.4f, want about %.2f", p.Capacity, got, rate)
		}
		if p.LeastHits != p.HitsByRequest || p.MostHits != p.HitsByRequest {
			t.Errorf("a cache of %d images hits %d to %d slots if requests overtake each other, want %d", p.Capacity, p.LeastHits, p.MostHits, p.HitsByRequest)
		}
	}
}
