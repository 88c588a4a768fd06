package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mmjsonl/test/program"
)

// What a run predicts of users' windows is what inspect finds in the file, which takes the rows in the order in which aiperf sends them: at
// every capacity, with rows that name their user and with rows that do not.
func TestSlidingWindowAsInspected(t *testing.T) {
	t.Parallel()
	type figures struct {
		Curve []struct {
			Capacity      int64 `json:"capacity"`
			HitsByRequest int64 `json:"hits_by_request"`
		} `json:"hit_curve"`
	}
	for _, test := range []struct {
		sessions string
		at5      int64 // hits of a cache of five images
	}{{"true", 4 * 5 * 4}, {"false", 0}} {
		t.Run(test.sessions, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"sliding-window", "--num-users", "4", "--turns-per-user", "6", "--window-size", "5", "--image-size", "2", "--image-mode", "datauri",
				"--user-text-tokens", "1", "--session-id=" + test.sessions, "-o", "x.jsonl"}
			program.Succeed(t, dir, nil, args...)
			text, err := os.ReadFile(filepath.Join(dir, "x.jsonl.manifest.json"))
			if err != nil {
				t.Fatal(err)
			}
			var made struct{ Figures figures }
			var found struct{ Files []figures }
			if err := json.Unmarshal(text, &made); err != nil {
				t.Fatal(err)
			}
			stdout := program.Succeed(t, dir, nil, "inspect", "x.jsonl", "--json").Stdout
			if err := json.Unmarshal([]byte(stdout), &found); err != nil || len(found.Files) != 1 {
				t.Fatal(err)
			}
			if got, want := fmt.Sprint(made.Figures.Curve), fmt.Sprint(found.Files[0].Curve); got != want || len(made.Figures.Curve) == 0 {
				t.Errorf("predicted %s\nfound %s", got, want)
			}
			for _, point := range made.Figures.Curve {
				if point.Capacity == 5 && point.HitsByRequest != test.at5 {
					t.Errorf("a cache of 5 images hits %d slots, want %d", point.HitsByRequest, test.at5)
				}
			}
		})
	}
}

// Hit rates of users with windows are those that inspect finds in the file, in a cache of the requested capacity and of the order sent.
func TestSlidingWindowHitRate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "sliding-window", "--num-users", "300", "--turns-per-user", "normal:12,4", "--image-size", "2", "--image-mode", "datauri", "--user-text-tokens", "1",
		"--hit-rate", "0.25@200,0.45@500", "--concurrency", "4", "-o", "x.jsonl")
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
