package replay_test

import (
	"os"
	"testing"

	"mmjsonl/internal/replay"
	"mmjsonl/internal/replay/replaytest"
)

// ruleOf is the rule that stands for each class.
var ruleOf = map[string]replay.Rule{
	"vllm":              replay.ByRequest,
	"vllm-only":         replay.ByRequest,
	"vllm-shm":          replay.Chunks,
	"vllm-encoder":      replay.ByReference,
	"sglang":            replay.HitsFirstOnce,
	"sglang-encoder":    replay.Tuple,
	"dynamo":            replay.HitsFirst,
	"dynamo-aggregated": replay.TwoTiers,
}

// TestRecorded holds the rules to what the servers' own classes counted. TestCacheClasses in e2e makes the table.
func TestRecorded(t *testing.T) {
	f, err := os.Open("testdata/recorded.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	recorded, err := replaytest.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, class := range replaytest.Classes {
		different, wrong := map[string]bool{}, 0
		for _, cell := range replaytest.Cells(class) {
			want, ok := recorded[cell.String()]
			if !ok {
				t.Errorf("not recorded: %s", cell)
				continue
			}
			different[cell.String()] = true
			c := replay.New(cell.Options(ruleOf[class]))
			for _, row := range cell.Spec.Rows() {
				c.Add(row)
			}
			if got := c.Counts(); got != want {
				if wrong++; wrong <= 5 { // the others of the class are alike
					t.Errorf("%s\ngot  %+v\nwant %+v", cell, got, want)
				}
			}
		}
		if len(different) < 100 {
			t.Errorf("%s: %d cells, want 100 at least", class, len(different))
		}
	}
}
