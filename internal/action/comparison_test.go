package action

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/measure"
	"mmjsonl/internal/report"
)

// TestPublishComparison: the summary's first line is the verdict, nothing from outside has a meaning in it, and outputs are set.
func TestPublishComparison(t *testing.T) {
	dir := t.TempDir()
	env := inputs.Environment{"GITHUB_OUTPUT": filepath.Join(dir, "output"), "GITHUB_STEP_SUMMARY": filepath.Join(dir, "summary")}
	difference, implied := int64(-4), int64(199)
	run := measure.Result{
		Run: "a|b<script>`x`\n### no", File: "f", Verdict: measure.Fewer, Slots: 10, Predicted: 6, Capacity: 200, Counted: &measure.Counted{Hits: 2, Lookups: 10, HitRate: 0.2},
		Difference: &difference, Implied: &implied, ImpliedMost: &implied, Requested: []measure.Point{{Rate: "0.6", Images: 200}},
	}
	doubtful := run
	doubtful.Faults, doubtful.Verdict = []string{"<script>|`x`\n### no"}, measure.Unknown
	if text := comparisonSummary(compare(doubtful)); strings.Contains(text, "<script") || strings.Contains(text, "\n### no") || !strings.HasPrefix(text, "### <code>Cannot be told&#58; &lt;script") {
		t.Errorf("a fault: %s", text)
	}
	for runs, wants := range map[int][]string{
		1: {"### Differs: 2 of 10 images hit, 4 fewer than predicted for a cache of 200 images", "verdict=fewer\ncounted-hit-rate=0.2000\nimplied-capacity-images=199\n"},
		2: {"### 2 runs: 2 × differs\n", "verdict=fewer,fewer\ncounted-hit-rate=0.2000,0.2000\nimplied-capacity-images=199,199\n"},
	} {
		c := compare(slices.Repeat([]measure.Result{run}, runs)...)
		if err := NewStep(env, new(strings.Builder)).PublishComparison(c); err != nil {
			t.Fatal(err)
		}
		summary, _ := os.ReadFile(env["GITHUB_STEP_SUMMARY"])
		output, _ := os.ReadFile(env["GITHUB_OUTPUT"])
		if !strings.HasPrefix(string(summary), wants[0]) || string(output) != wants[1] {
			t.Errorf("%d runs: the outputs\n%s and the summary\n%s", runs, output, summary)
		}
		for _, forbidden := range []string{"<script", "<b>", "\n### no", "`x`"} {
			if strings.Contains(string(summary), forbidden) {
				t.Errorf("the summary has %q:\n%s", forbidden, summary)
			}
		}
		rows := 0
		for line := range strings.Lines(string(summary)) {
			if strings.HasPrefix(line, "|") {
				if rows++; strings.Count(line, "|") != 8 {
					t.Errorf("the row %q", line)
				}
			}
		}
		if rows != runs+2 {
			t.Errorf("%d rows:\n%s", rows, summary)
		}
		os.Remove(env["GITHUB_STEP_SUMMARY"])
		os.Remove(env["GITHUB_OUTPUT"])
	}
}

func compare(runs ...measure.Result) *report.Comparison {
	c := new(report.Comparison)
	for i := range runs {
		c.Add(&runs[i])
	}
	return c
}
