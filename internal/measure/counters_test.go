package measure

import (
	"reflect"
	"strings"
	"testing"
)

func scrapeOf(t *testing.T, text string) *Scrape {
	t.Helper()
	s, err := ReadScrape(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestBetween(t *testing.T) {
	before := scrapeOf(t, `# TYPE vllm:mm_cache_hits_total counter
vllm:mm_cache_hits_total{engine="0"} 7
# TYPE sglang:encoder_cache_hit_files gauge
sglang:encoder_cache_hit_files 3
running 9
# TYPE seconds histogram
seconds_count 4
process_start_time_seconds 17
`)
	after := scrapeOf(t, `# TYPE vllm:mm_cache_hits_total counter
vllm:mm_cache_hits_total{engine="0"} 10
vllm:mm_cache_hits_total{engine="1"} 5
# TYPE sglang:encoder_cache_hit_files gauge
sglang:encoder_cache_hit_files 4
running 2
seconds_count 2
process_start_time_seconds 17
`)
	c := Between(before, after)
	want := []Series{
		{Name: "sglang:encoder_cache_hit_files", Rise: 1},
		{Name: "vllm:mm_cache_hits", Labels: `engine="0"`, Rise: 3},
		{Name: "vllm:mm_cache_hits", Labels: `engine="1"`, Rise: 5},
	}
	if !reflect.DeepEqual(c.Series, want) || c.Restarted != "" {
		t.Errorf("%+v", c)
	}
	if sum, ok := c.Sum("vllm:mm_cache_hits"); sum != 8 || !ok {
		t.Errorf("sum %d, %v", sum, ok)
	}
	if _, ok := c.Sum("none"); ok {
		t.Error("there is a counter that is not there")
	}
	if _, ok := (*Counters)(nil).Sum("none"); ok {
		t.Error("nothing has a counter")
	}
}

// TestBetweenRestart: counters begin anew with a server.
func TestBetweenRestart(t *testing.T) {
	const before = "a_total 5\nb_total 1\nprocess_start_time_seconds 17\n"
	for after, want := range map[string]string{
		"a_total 4\nb_total 1\nprocess_start_time_seconds 17\n": "a_total fell from 5 to 4",
		"a_total 6\nprocess_start_time_seconds 17\n":            "the second scrape has no b_total{} any more",
		"a_total 6\nb_total 1\nprocess_start_time_seconds 18\n": "process_start_time_seconds is another one in the second scrape",
		"a_total 6\nb_total 1\nprocess_start_time_seconds 17\n": "",
	} {
		if got := Between(scrapeOf(t, before), scrapeOf(t, after)).Restarted; got != want {
			t.Errorf("%q: %q", after, got)
		}
	}
}

func TestFirstTokens(t *testing.T) {
	before := scrapeOf(t, "vllm:time_to_first_token_seconds_sum{e=\"0\"} 1\nvllm:time_to_first_token_seconds_count{e=\"0\"} 10\n")
	after := scrapeOf(t, "vllm:time_to_first_token_seconds_sum{e=\"0\"} 1.5\nvllm:time_to_first_token_seconds_count{e=\"0\"} 14\n"+
		"vllm:time_to_first_token_seconds_sum{e=\"1\"} 0.5\nvllm:time_to_first_token_seconds_count{e=\"1\"} 1\n")
	if l := FirstTokens(before, after); l == nil || l.Mean != 200 || l.By != "server" {
		t.Errorf("%+v", l)
	}
	if l := FirstTokens(after, after); l != nil {
		t.Errorf("nothing was answered: %+v", l)
	}
}

// TestServeStats: what mmjsonl serve answers at /stats is read like its metrics.
func TestServeStats(t *testing.T) {
	before := scrapeOf(t, `{"started":"2026-11-26T10:00:00Z","fetches":3,"images":[]}`)
	after := scrapeOf(t, `{"started":"2026-11-26T10:00:00Z","fetches":10}`)
	c := Between(before, after)
	if sum, ok := c.Sum(fetches); sum != 7 || !ok || c.Restarted != "" {
		t.Errorf("%+v", c)
	}
	if again := Between(before, scrapeOf(t, `{"started":"2026-11-26T10:00:01Z","fetches":10}`)); again.Restarted == "" {
		t.Error("a restart was not seen")
	}
	for _, text := range []string{`{"a":1}`, `{"fetches":1}`, `{`, `{"started":1,"fetches":1}`} {
		if _, err := ReadScrape(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "/stats") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestChoose: the cache is told by its counters, unless the user names it.
func TestChoose(t *testing.T) {
	rise := func(pairs ...any) *Counters {
		c := new(Counters)
		for i := 0; i < len(pairs); i += 2 {
			c.Series = append(c.Series, Series{Name: pairs[i].(string), Rise: float64(pairs[i+1].(int))})
		}
		return c
	}
	vllm := []any{"vllm:mm_cache_queries", 10, "vllm:mm_cache_hits", 4}
	dynamo := []any{"dynamo_component_embedding_cache_hits", 5, "dynamo_component_embedding_cache_misses", 3}
	for name, test := range map[string]struct {
		counters      *Counters
		server        string
		want          string
		hits, lookups int64
		other         string
	}{
		"vLLM":                            {counters: rise(vllm...), want: "vllm", hits: 4, lookups: 10},
		"its other type":                  {counters: rise(vllm...), server: "vllm-shm", want: "vllm-shm", hits: 4, lookups: 10, other: "vLLM, processor cache"},
		"Dynamo":                          {counters: rise(dynamo...), want: "dynamo", hits: 5, lookups: 8},
		"hits that never were":            {counters: rise("dynamo_component_embedding_cache_misses", 3), want: "dynamo", lookups: 3},
		"what moved":                      {counters: rise(append([]any{"vllm:mm_cache_queries", 0, "vllm:mm_cache_hits", 0}, dynamo...)...), want: "dynamo", hits: 5, lookups: 8},
		"several":                         {counters: rise(append(slicesOf(vllm), dynamo...)...), want: "vllm", hits: 4, lookups: 10},
		"several, named":                  {counters: rise(append(slicesOf(vllm), dynamo...)...), server: "dynamo-aggregated", want: "dynamo-aggregated", hits: 5, lookups: 8, other: "vLLM, processor cache"},
		"another":                         {counters: rise(dynamo...), server: "vllm", other: "Dynamo with separate encode, prefill and decode"},
		"none":                            {counters: rise("up", 1)},
		"no metrics":                      {},
		"router":                          {counters: rise("llm_d_router_epp_encoder_cache_queries", 9, "llm_d_router_epp_encoder_cache_hits", 2), want: "llm-d", hits: 2, lookups: 9},
		"media server":                    {counters: rise(fetches, 30), want: "serve", hits: 70, lookups: 100},
		"media server, more than sent":    {counters: rise(fetches, 130), want: "serve", lookups: 130},
		"media server behind a server":    {counters: rise(fetches, 30), server: "sglang", want: "sglang", hits: 70, lookups: 100},
		"media server, server with count": {counters: rise(fetches, 30), server: "vllm"},
		"media server beside a server":    {counters: rise(append([]any{fetches, 30}, vllm...)...), want: "vllm", hits: 4, lookups: 10},
	} {
		best, counted, other := choose(test.counters, Options{Server: test.server}, 100)
		got := ""
		if best != nil {
			got = best.profile.Name
			if counted.Hits != test.hits || counted.Lookups != test.lookups {
				t.Errorf("%s: %+v", name, counted)
			}
		}
		if got != test.want || other != test.other && best == nil {
			t.Errorf("%s: %q, other %q", name, got, other)
		}
	}
}

func slicesOf(list []any) []any { return append([]any{}, list...) }
