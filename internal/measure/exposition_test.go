package measure

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	prometheus "github.com/prometheus/common/model"
)

// page has what pages of servers have, and what the format allows beside it.
const page = `# HELP vllm:mm_cache_queries_total Multi-modal cache queries, in terms of number of queried items.
# TYPE vllm:mm_cache_queries_total counter
vllm:mm_cache_queries_total{engine="0",model_name="a \"b\"\\c\nd, {e}"} 1.20e+02
vllm:mm_cache_queries_total{model_name="x", engine="1",} 30 1795712001644

# a comment
# TYPE up untyped
  up	1
nan{a="="} NaN
big{} +Inf
# TYPE none gauge
none{a="ü"} -0.5
`

// TestReadScrape compares the reader with Prometheus's own.
func TestReadScrape(t *testing.T) {
	got, err := ReadScrape(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	parser := expfmt.NewTextParser(prometheus.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	samples := 0
	for name, family := range families {
		for _, metric := range family.Metric {
			samples++
			one := sample{name: name}
			for _, pair := range metric.Label {
				one.labels = append(one.labels, label{pair.GetName(), pair.GetValue()})
			}
			slices.SortFunc(one.labels, func(a, b label) int { return strings.Compare(a.name, b.name) })
			want := metric.GetCounter().GetValue() + metric.GetGauge().GetValue() + metric.GetUntyped().GetValue() // it is one of them
			found, ok := got.samples[one.key()]
			if !ok || found.value != want && !(math.IsNaN(want) && math.IsNaN(found.value)) {
				t.Errorf("%s: %+v, %v; want %v", one.key(), found, ok, want)
			}
		}
	}
	if samples != 6 || len(got.samples) != samples {
		t.Errorf("%d samples, Prometheus's reader finds %d", len(got.samples), samples)
	}
	if got.types["vllm:mm_cache_queries_total"] != "counter" || got.types["none"] != "gauge" {
		t.Errorf("types %v", got.types)
	}
}

// TestReadScrapeOpenMetrics: exemplars and the last line of OpenMetrics are no values.
func TestReadScrapeOpenMetrics(t *testing.T) {
	got, err := ReadScrape(strings.NewReader("# TYPE a counter\na_total{x=\"1\"} 5.0 17.5 # {trace=\"t\"} 1.0 17.2\na_created 17.1\n# EOF\n"))
	if err != nil || len(got.samples) != 2 || got.samples[sample{name: "a_total", labels: []label{{"x", "1"}}}.key()].value != 5 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestReadScrapeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "it has no metric",
		"# HELP a b\n":             "it has no metric",
		"<html>\n":                 "line 1 does not begin with a metric's name",
		"a 1\n{\"a\":1}\n":         "line 2 does not begin",
		"a\n":                      "line 1 has 0 words",
		"a one\n":                  "line 1 has the value \"one\"",
		"a 1 2 3\n":                "line 1 has 3 words",
		"a 1 x\n":                  "line 1 has the time \"x\"",
		"a{b} 1\n":                 "line 1 has labels that cannot be read",
		"a{b=\"c} 1\n":             "line 1 has a label whose value does not end",
		"a{b=\"\\x\"} 1\n":         "line 1 has a label whose value does not end",
		"a{b=\"c\" d=\"e\"} 1\n":   "line 1 has labels that cannot be read",
		"a 1\na 2\n":               "line 2 repeats \"a\"",
		"a{b=\"1\"}1\na{b=\"1\"}2": "line 2 repeats \"a\"",
		"9a 1\n":                   "line 1 does not begin",
	} {
		if _, err := ReadScrape(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadScrape(f *testing.F) {
	f.Add(page)
	f.Add("a{b=\"\\\\\"} 1 2 # {c=\"d\"} 1")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadScrape(strings.NewReader(text))
		if err == nil && len(got.samples) == 0 {
			t.Error("neither a sample nor an error")
		}
	})
}
