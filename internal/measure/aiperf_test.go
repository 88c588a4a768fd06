package measure

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

// newer and older are the summaries of the schemas 1.4 and 1.0, as far as they are read.
const (
	newer = `{"schema_version":"1.4","aiperf_version":"0.13.0","request_throughput":{"unit":"requests/sec","avg":47.5},
"time_to_first_token":{"unit":"ms","avg":15.5,"p99":120.25},"input_config":{"datasets":[{"name":"main","path":"a.jsonl"}],
"phases":[{"kind":"warmup","type":"concurrency","concurrency":9},{"kind":"profiling","type":"concurrency","concurrency":4}],"artifacts":{"dir":"/w/artifacts/x"}},
"was_cancelled":false,"is_complete":true}`
	older = `{"schema_version":"1.0","aiperf_version":"0.5.0","input_config":{"input":{"file":"a.jsonl","custom_dataset_type":"single_turn"},
"output":{"artifact_directory":"x"},"loadgen":{"concurrency":2}},"was_cancelled":false}`
)

func request(conversation, more string) string {
	return `{"metadata":{"conversation_id":"` + conversation + `",` + more + `},"metrics":{"num_images":{"value":2,"unit":"images"}},"error":null}` + "\n"
}

const counters = `{"schema_version":"1.1","summary":{"endpoints_configured":["http://h/metrics","http://i/metrics"],"endpoints_successful":["http://h/metrics"]},
"metrics":{
"vllm:mm_cache_hits":{"type":"counter","series":[{"endpoint_url":"http://h/metrics","labels":{"engine":"1","a":"b"},"stats":{"total":72.0,"rate":1.5}}]},
"vllm:mm_cache_queries_total":{"type":"gauge","series":[{"endpoint_url":"http://h/metrics","stats":{"avg":60,"min":20.0,"max":140.0}}]},
"process_start_time_seconds":{"type":"gauge","series":[{"endpoint_url":"http://h/metrics","stats":{"min":17.5,"max":17.5}}]},
"seconds":{"type":"histogram","series":[{"endpoint_url":"http://h/metrics","stats":{"count":3,"buckets":{"1":2}}}]},
"running":{"type":"gauge","series":[{"endpoint_url":"http://h/metrics","stats":{"min":1,"max":3}}]}},
"warmup_metrics":{"vllm:mm_cache_hits":{"type":"counter","series":[{"endpoint_url":"http://h/metrics","stats":{"total":9}}]}}}`

func folder(files ...string) fstest.MapFS {
	f := fstest.MapFS{}
	for i := 0; i < len(files); i += 2 {
		f[files[i]] = &fstest.MapFile{Data: []byte(files[i+1])}
	}
	return f
}

func TestReadArtifacts(t *testing.T) {
	run, err := ReadArtifacts("x", folder(summaryName, newer, metricsName, counters, requestsName,
		request("b", `"turn_index":1,"request_start_ns":30,"request_end_ns":50,"benchmark_phase":"profiling"`)+
			request("a", `"turn_index":0,"request_start_ns":20,"request_end_ns":60,"benchmark_phase":"profiling"`)+
			request("w", `"turn_index":0,"request_start_ns":10,"request_end_ns":20,"benchmark_phase":"warmup"`)+
			`{"metadata":{"conversation_id":"c","request_start_ns":40,"benchmark_phase":"profiling"},"metrics":{},"error":{"type":"E","message":"m"}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Sent{
		{Conversation: "w", Images: 2, WarmUp: true, at: 10}, {Conversation: "a", Images: 2, at: 20}, {Conversation: "b", Turn: 1, Images: 2, at: 30},
		{Conversation: "c", Images: -1, Failed: true, at: 40},
	}
	if !reflect.DeepEqual(run.Sent, want) || run.WarmUps() != 1 || run.Ended.UnixNano() != 60 {
		t.Errorf("requests %+v, %v", run.Sent, run.Ended)
	}
	if run.Client != "aiperf 0.13.0" || run.File != "a.jsonl" || run.Folder != "/w/artifacts/x" || run.Concurrency != 4 || run.FixedSchedule ||
		run.TTFT == nil || run.TTFT.Mean != 15.5 || *run.TTFT.P99 != 120.25 || run.RequestsPerSecond != 47.5 {
		t.Errorf("%+v", run)
	}
	series := []Series{
		{Name: "vllm:mm_cache_hits", Endpoint: "http://h/metrics", Labels: `a="b",engine="1"`, Rise: 72},
		{Name: "vllm:mm_cache_queries", Endpoint: "http://h/metrics", Rise: 120, Gauge: true},
	}
	if !reflect.DeepEqual(run.Counters.Series, series) || run.Counters.Restarted != "" {
		t.Errorf("counters %+v", run.Counters)
	}
	if len(run.Faults) > 0 || !reflect.DeepEqual(run.Notes, []string{"1 of 4 requests failed, the first with E: m", "no metrics came from http://i/metrics"}) {
		t.Errorf("faults %q, notes %q", run.Faults, run.Notes)
	}
}

// TestReadArtifactsOlder: the schema of 0.5 has the same under other names.
func TestReadArtifactsOlder(t *testing.T) {
	run, err := ReadArtifacts("x", folder(summaryName, older, requestsName, request("a", `"credit_issued_ns":7`)))
	if err != nil || run.File != "a.jsonl" || run.Concurrency != 2 || run.Folder != "" || run.TTFT != nil || run.Client != "aiperf 0.5.0" ||
		run.Counters != nil || run.Sent[0].at != 7 || len(run.Faults)+len(run.Notes) > 0 {
		t.Errorf("%+v, %v", run, err)
	}
}

// TestReadArtifactsFaults: what is missing in a folder is said, and the rest is read.
func TestReadArtifactsFaults(t *testing.T) {
	one := request("a", `"request_start_ns":1`)
	restarted := strings.Replace(counters, `"min":17.5`, `"min":16.5`, 1)
	for name, test := range map[string]struct {
		folder      fstest.MapFS
		fault, note string // a part of one
	}{
		"aborted":       {folder: folder(summaryName, strings.Replace(newer, `"is_complete":true`, `"is_complete":false`, 1), requestsName, one), fault: "aborted before its end"},
		"cancelled":     {folder: folder(summaryName, strings.Replace(newer, `"was_cancelled":false`, `"was_cancelled":true`, 1), requestsName, one), fault: "aborted before its end"},
		"killed":        {folder: folder(requestsName, one), fault: "the run was aborted: it has no " + summaryName},
		"cut":           {folder: folder(summaryName, newer, requestsName, one+one[:30]), fault: "line 2 of its " + requestsName + " cannot be read"},
		"nothing sent":  {folder: folder(summaryName, newer, requestsName, ""), fault: "sent nothing"},
		"no list":       {folder: folder(summaryName, newer), note: "it has no " + requestsName},
		"other version": {folder: folder(summaryName, strings.Replace(newer, `"1.4"`, `"2.0"`, 1), requestsName, one), note: `its schema is "2.0"`},
		"two data sets": {folder: folder(summaryName, strings.Replace(newer, `"path":"a.jsonl"}`, `"path":"a.jsonl"},{"path":"b.jsonl"}`, 1), requestsName, one), fault: "2 data sets"},
	} {
		run, err := ReadArtifacts("x", test.folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if faults := strings.Join(run.Faults, "\n"); !strings.Contains(faults, test.fault) || test.fault == "" && faults != "" {
			t.Errorf("%s: faults %q", name, run.Faults)
		}
		if notes := strings.Join(run.Notes, "\n"); !strings.Contains(notes, test.note) || test.note == "" && notes != "" {
			t.Errorf("%s: notes %q", name, run.Notes)
		}
	}
	if run, err := ReadArtifacts("x", folder(summaryName, newer, requestsName, one, metricsName, restarted)); err != nil || run.Counters.Restarted != "process_start_time_seconds changed in the run" {
		t.Errorf("restarted: %+v, %v", run, err)
	}
	if _, err := ReadArtifacts("x", folder("a.txt", "")); !errors.Is(err, errNoArtifacts) {
		t.Errorf("another folder: %v", err)
	}
	for _, broken := range []fstest.MapFS{folder(summaryName, "{"), folder(summaryName, `{"input_config":[]}`), folder(summaryName, newer, metricsName, "[]")} {
		if _, err := ReadArtifacts("x", broken); err == nil || !strings.Contains(err.Error(), "cannot be read as aiperf's") {
			t.Errorf("broken: %v", err)
		}
	}
}

func TestConversationIDs(t *testing.T) {
	for text, want := range map[string][]string{
		`{"data":[]}`: nil,
		`{"x":{"data":[1]},"data":[{"session_id":"a","payloads":[{"messages":[{"session_id":"no"}]}]},{"payloads":[],"session_id":"b"}],"y":[[]]}`: {"a", "b"},
	} {
		if got, err := conversationIDs(strings.NewReader(text)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{``, `[]`, `{"data":{}}`, `{"data":[1]}`, `{"data":[{"session_id":"a"`, `{"data":[{"session_id":"a"}]`} {
		if got, err := conversationIDs(strings.NewReader(text)); err == nil {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func FuzzReadArtifacts(f *testing.F) {
	f.Add(newer, request("a", `"request_start_ns":1`), counters, `{"data":[{"session_id":"a"}]}`)
	f.Add(older, "", "{}", "{}")
	f.Fuzz(func(t *testing.T, summary, requests, metrics, inputs string) {
		run, err := ReadArtifacts("x", folder(summaryName, summary, requestsName, requests, metricsName, metrics, inputsName, inputs))
		if err == nil {
			run.sessionIDs()
			run.Counters.Sum(prefixHits)
		}
	})
}
