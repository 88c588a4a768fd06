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
