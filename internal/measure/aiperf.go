package measure

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"time"
)

// The files of aiperf's artifact folder that are read.
const (
	summaryName  = "profile_export_aiperf.json"
	metricsName  = "server_metrics_export.json"
	requestsName = "profile_export.jsonl"
	inputsName   = "inputs.json"
)

// IsArtifact reports whether a file's name is one of those that an artifact folder is told by.
func IsArtifact(name string) bool {
	return name == summaryName || name == metricsName || name == requestsName
}

// Bounds on what is held of files that may be somebody else's. The list of requests and inputs.json are read as streams.
const (
	mostSummaryBytes = 256 << 20
	mostRequests     = 50_000_000
	mostRequestLine  = 64 << 20
)

// errNoArtifacts says that a folder is not one of aiperf.
var errNoArtifacts = errors.New("it has no " + summaryName + ", so it is not a folder of aiperf's results: give the folder that aiperf calls its artifact directory")

// summary is aiperf's summary, of the schemas 1.0 (aiperf 0.5) to 1.4 (0.13).
type summary struct {
	Schema  string `json:"schema_version"`
	Version string `json:"aiperf_version"`

	TTFT       *aggregate `json:"time_to_first_token"`
	Throughput *aggregate `json:"request_throughput"`

	Config    config `json:"input_config"`
	Complete  *bool  `json:"is_complete"`
	Cancelled bool   `json:"was_cancelled"`
}

type aggregate struct {
	Unit    string   `json:"unit"`
	Average *float64 `json:"avg"`
	P99     *float64 `json:"p99"`
}

// config is how aiperf was configured: the second half of its fields is the older schema's.
type config struct {
	Datasets []struct {
		Path string `json:"path"`
	} `json:"datasets"`
	Phases []struct {
		Kind        string  `json:"kind"`
		Type        string  `json:"type"`
		Concurrency float64 `json:"concurrency"`
	} `json:"phases"`
	Artifacts struct {
		Dir string `json:"dir"`
	} `json:"artifacts"`
	ServerMetrics struct {
		Enabled *bool `json:"enabled"`
	} `json:"server_metrics"`

	Input struct {
		File          string `json:"file"`
		FixedSchedule bool   `json:"fixed_schedule"`
	} `json:"input"`
	Load struct {
		Concurrency float64 `json:"concurrency"`
	} `json:"loadgen"`
}

// serverMetrics is what aiperf collected from servers, of the schemas 1.0 and 1.1.
type serverMetrics struct {
	Summary struct {
		Configured []string `json:"endpoints_configured"`
		Successful []string `json:"endpoints_successful"`
	} `json:"summary"`
	Metrics map[string]struct {
		Type   string `json:"type"`
		Series []struct {
			Endpoint string            `json:"endpoint_url"`
			Labels   map[string]string `json:"labels"`
			Raw      json.RawMessage   `json:"stats"`
		} `json:"series"`
	} `json:"metrics"`
}

// record is a line of the list of requests.
type record struct {
	Metadata struct {
		Conversation string `json:"conversation_id"`
		Turn         int    `json:"turn_index"`
		Start        int64  `json:"request_start_ns"`
		Issued       int64  `json:"credit_issued_ns"`
		End          int64  `json:"request_end_ns"`
		Phase        string `json:"benchmark_phase"`
		Cancelled    bool   `json:"was_cancelled"`
	} `json:"metadata"`
	Metrics struct {
		Images *struct {
			Value float64 `json:"value"`
		} `json:"num_images"`
	} `json:"metrics"`
	Error *struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	} `json:"error"`
}

// ReadArtifacts reads the folder into which aiperf has written the results of a run. name is for the Run. What is missing in it, or shows that the
// run was not complete, is a fault of the Run; an error means that nothing can be said.
func ReadArtifacts(name string, folder fs.FS) (*Run, error) {
	r := &Run{Name: name, Client: "aiperf"}
	var s summary
	switch err := readJSON(folder, summaryName, &s); {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := fs.Stat(folder, requestsName); err != nil {
			return nil, errNoArtifacts
		}
		r.fault("the run was aborted: it has no %s", summaryName)
	case err != nil:
		return nil, err
	default:
		r.summarize(s)
	}
	if err := r.readRequests(folder); err != nil {
		return nil, err
	}
	if err := r.readMetrics(folder, s.Config); err != nil {
		return nil, err
	}
	r.sessionIDs = func() ([]string, error) {
		f, err := folder.Open(inputsName)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		return conversationIDs(f)
	}
	return r, nil
}

// readJSON reads a document of a folder.
func readJSON(folder fs.FS, name string, into any) error {
	f, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, mostSummaryBytes+1))
	switch {
	case err != nil:
		return err
	case len(text) > mostSummaryBytes:
		return fmt.Errorf("its %s has more than %d bytes", name, mostSummaryBytes)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("its %s cannot be read as aiperf's: %w", name, err)
	}
	return nil
}

func (r *Run) summarize(s summary) {
	if s.Version != "" {
		r.Client += " " + s.Version
	}
	if major, _, _ := strings.Cut(s.Schema, "."); major != "1" {
		r.note("its schema is %q, and 1.0 to 1.4 are known: what has other names there is missing here", s.Schema)
	}
	if s.Complete != nil && !*s.Complete || s.Cancelled {
		r.fault("the run was aborted before its end")
	}
	r.File = s.Config.Input.File
	if len(s.Config.Datasets) > 0 {
		r.File = s.Config.Datasets[0].Path
	}
	if len(s.Config.Datasets) > 1 {
		r.fault("the run sent %d data sets, and one can be compared", len(s.Config.Datasets))
	}
	r.Concurrency, r.FixedSchedule = whole(s.Config.Load.Concurrency), s.Config.Input.FixedSchedule
	for _, phase := range s.Config.Phases {
		if phase.Kind != "warmup" {
			r.Concurrency = max(r.Concurrency, whole(phase.Concurrency))
			r.FixedSchedule = r.FixedSchedule || phase.Type == "fixed_schedule"
		}
	}
	if t := s.TTFT; t != nil && t.Average != nil {
		factor := map[string]float64{"ms": 1, "s": 1e3, "us": 1e-3, "ns": 1e-6}[t.Unit]
		if factor > 0 {
			r.TTFT = &Latency{Mean: *t.Average * factor, By: "client"}
			if t.P99 != nil {
				p99 := *t.P99 * factor
				r.TTFT.P99 = &p99
			}
		}
	}
	if t := s.Throughput; t != nil && t.Average != nil {
		r.RequestsPerSecond = *t.Average
	}
	// The file's name is relative to where aiperf was started, and so was the folder's, as the older schema has it.
	if dir := s.Config.Artifacts.Dir; path.IsAbs(dir) && !path.IsAbs(r.File) {
		r.Folder = dir
	}
}

// whole is a number of requests that JSON may write with a point.
func whole(n float64) int {
	if n < 1 || n > math.MaxInt32 {
		return 0
	}
	return int(n)
}

// readRequests reads the list of requests.
func (r *Run) readRequests(folder fs.FS) error {
	f, err := folder.Open(requestsName)
	if errors.Is(err, fs.ErrNotExist) {
		r.note("it has no %s, so the order in which requests were sent is not known", requestsName)
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, 64<<10), mostRequestLine)
	number, failed, reason := 0, 0, ""
	for lines.Scan() {
		number++
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var one record
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			r.fault("line %d of its %s cannot be read: it was not written completely", number, requestsName)
			break
		}
		if len(r.Sent) == mostRequests {
			return fmt.Errorf("its %s has more than %d requests", requestsName, mostRequests)
		}
		sent := Sent{
			Conversation: one.Metadata.Conversation,
			Turn:         one.Metadata.Turn,
			Images:       -1,
			WarmUp:       one.Metadata.Phase == "warmup",
			Failed:       one.Error != nil || one.Metadata.Cancelled,
			at:           cmp.Or(one.Metadata.Start, one.Metadata.Issued),
		}
		if one.Metrics.Images != nil {
			sent.Images = whole(one.Metrics.Images.Value)
		}
		if sent.Failed {
			failed++
		}
		if e := one.Error; e != nil && reason == "" {
			reason = fmt.Sprintf(", the first with %.100s: %.300s", e.Type, e.Message)
		}
		r.Sent = append(r.Sent, sent)
		if ended := time.Unix(0, one.Metadata.End); ended.After(r.Ended) {
			r.Ended = ended
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("its %s cannot be read: %w", requestsName, err)
	}
	if len(r.Sent) == 0 {
		r.fault("the run sent nothing: its %s is empty", requestsName)
		return nil
	}
	if failed > 0 {
		r.note("%d of %d requests failed%s", failed, len(r.Sent), reason)
	}
	// The list is in the order of the answers.
	slices.SortStableFunc(r.Sent, func(a, b Sent) int { return cmp.Compare(a.at, b.at) })
	return nil
}

// readMetrics reads what aiperf collected from servers.
func (r *Run) readMetrics(folder fs.FS, c config) error {
	var m serverMetrics
	switch err := readJSON(folder, metricsName, &m); {
	case errors.Is(err, fs.ErrNotExist):
		return nil // which is said where counters are looked for
	case err != nil:
		return err
	}
	counters := &Counters{Measured: true}
	for name, metric := range m.Metrics {
		for _, series := range metric.Series {
			var stats struct{ Total, Min, Max *float64 }
			if json.Unmarshal(series.Raw, &stats) != nil {
				continue // a histogram's are of another kind
			}
			var labels []label
			for name, value := range series.Labels {
				labels = append(labels, label{name, value})
			}
			slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.name, b.name) })
			one := Series{Name: bare(name), Endpoint: series.Endpoint, Labels: labelWords(labels)}
			switch {
			case metric.Type == "counter" && stats.Total != nil:
				one.Rise = *stats.Total
			case metric.Type == "gauge" && stats.Min != nil && stats.Max != nil && strings.HasSuffix(name, startTime):
				if *stats.Max > *stats.Min && counters.Restarted == "" {
					counters.Restarted = name + " changed in the run"
				}
				continue
			case metric.Type == "gauge" && stats.Min != nil && stats.Max != nil && known[bare(name)]:
				one.Rise, one.Gauge = *stats.Max-*stats.Min, true
			default:
				continue
			}
			counters.Series = append(counters.Series, one)
		}
	}
	counters.sort()
	for _, endpoint := range m.Summary.Configured {
		if !slices.Contains(m.Summary.Successful, endpoint) {
			r.note("no metrics came from %s", endpoint)
		}
	}
	r.Counters = counters
	return nil
}

// conversationIDs reads the session_ids of inputs.json, in its order, which is that of the file's conversations. It holds one payload at a
// time: the document can be larger than the memory.
func conversationIDs(stream io.Reader) ([]string, error) {
	d := json.NewDecoder(bufio.NewReaderSize(stream, 1<<20))
	expect := func(want json.Token) error {
		token, err := d.Token()
		if err != nil {
			return err
		}
		if token != want {
			return fmt.Errorf("it has %v where %v belongs", token, want)
		}
		return nil
	}
	if err := expect(json.Delim('{')); err != nil {
		return nil, err
	}
	var ids []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		if key != "data" {
			if err := skipValue(d); err != nil {
				return nil, err
			}
			continue
		}
		if err := expect(json.Delim('[')); err != nil {
			return nil, err
		}
		for d.More() {
			id, err := sessionOf(d)
			if err != nil {
				return nil, err
			}
			ids = append(ids, id)
		}
		if err := expect(json.Delim(']')); err != nil {
			return nil, err
		}
	}
	return ids, expect(json.Delim('}'))
}

// sessionOf reads an entry of inputs.json.
func sessionOf(d *json.Decoder) (id string, err error) {
	token, err := d.Token()
	if err != nil {
		return "", err
	}
	if token != json.Delim('{') {
		return "", fmt.Errorf("an entry is not an object")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return "", err
		}
		if key != "session_id" {
			if err := skipValue(d); err != nil {
				return "", err
			}
			continue
		}
		value, err := d.Token()
		if err != nil {
			return "", err
		}
		id, _ = value.(string)
	}
	_, err = d.Token()
	return id, err
}

// skipValue reads a value token by token, so that no more than a string of it is held.
func skipValue(d *json.Decoder) error {
	depth := 0
	for {
		token, err := d.Token()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth == 0 {
			return nil
		}
	}
}
