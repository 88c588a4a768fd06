package serve

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Stats are what a server has counted. A fetch is a GET that was answered by a complete image, or file.
type Stats struct {
	Started     time.Time `json:"started"`
	Seconds     float64   `json:"seconds"` // since then
	Fetches     int64     `json:"fetches"`
	Distinct    int64     `json:"distinct"`    // images that were fetched, each counted once
	Bytes       int64     `json:"bytes"`       // of content, those of incomplete answers included
	Heads       int64     `json:"heads"`       // HEAD requests
	Partial     int64     `json:"partial"`     // answers with a range of an image
	Unchanged   int64     `json:"unchanged"`   // answers that the client's copy is the image
	Failed      int64     `json:"failed"`      // answers that were chosen to fail
	Aborted     int64     `json:"aborted"`     // answers that the client did not take completely
	Rejected    int64     `json:"rejected"`    // requests for what there is not
	Sending     int64     `json:"sending"`     // answers that are not complete yet
	Connections int64     `json:"connections"` // that are open
	Unlogged    int64     `json:"unlogged"`    // requests for which the log of LogLimit requests had no room
}

// settleTime is how long the stats wait for answers that are being sent.
const settleTime = 200 * time.Millisecond

// Stats returns what was counted so far. A client can have an answer a moment before that is counted: so it waits, for a moment at most,
// until nothing is being sent.
func (s *Server) Stats() Stats {
	for begin := time.Now(); s.counts.sending.Load() > 0 && time.Since(begin) < settleTime; {
		time.Sleep(time.Millisecond)
	}
	c := &s.counts
	_, _, unlogged := s.log.snapshot()
	return Stats{
		Started: s.started, Seconds: time.Since(s.started).Seconds(),
		Fetches: c.fetches.Load(), Distinct: c.distinct.Load(), Bytes: c.bytes.Load(), Heads: c.heads.Load(), Partial: c.partial.Load(),
		Unchanged: c.unchanged.Load(), Failed: c.failed.Load(), Aborted: c.aborted.Load(), Rejected: c.rejected.Load(),
		Sending: c.sending.Load(), Connections: c.connections.Load(), Unlogged: unlogged,
	}
}

// ImageStats are what was counted of an image that was requested.
type ImageStats struct {
	ID       uint32 `json:"id"`
	Path     string `json:"path"`
	Requests uint32 `json:"requests"` // GET requests, whatever came of them
	Fetches  uint32 `json:"fetches"`
}

// LogEntry is a GET request for an image.
type LogEntry struct {
	Seconds float64 `json:"seconds"` // when it came, since the server started
	ID      uint32  `json:"id"`      // of the image
	Status  uint32  `json:"status"`  // of the answer: 0 while it is being sent, 499 if the client did not take all of it
}

// Document is the answer at /stats: as [Server] writes it, piece by piece.
type Document struct {
	Stats
	Images []ImageStats `json:"images"`
	Order  []LogEntry   `json:"order,omitempty"` // at /stats?order: the requests in the order in which they came
}

// serveStats writes a [Document] without holding it.
func (s *Server) serveStats(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	numbers, err := json.Marshal(s.Stats())
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	// The log comes before the images, so that each image in it is among them.
	pages, length, _ := s.log.snapshot()
	out := bufio.NewWriterSize(w, 32<<10)
	controller := http.NewResponseController(w)
	out.Write(numbers[:len(numbers)-1])
	out.WriteString(`,"images":[`)
	written := 0
	image := func(i ImageStats) {
		if written > 0 {
			out.WriteString(",\n")
		}
		if written%1024 == 0 {
			controller.SetWriteDeadline(time.Now().Add(s.patience.write))
		}
		written++
		text, _ := json.Marshal(i)
		out.Write(text)
	}
	for _, set := range s.inTurn {
		set.records.requested(func(i uint32, r *record) {
			image(ImageStats{ID: set.first + i, Path: set.path(i), Requests: r.requests.Load(), Fetches: r.fetches.Load()})
		})
	}
	for _, f := range s.files.snapshot() {
		image(ImageStats{ID: f.item, Path: f.path, Requests: f.requests.Load(), Fetches: f.fetches.Load()})
	}
	if others := &s.files.others; others.requests.Load() > 0 {
		image(ImageStats{ID: others.item, Path: "", Requests: others.requests.Load(), Fetches: others.fetches.Load()})
	}
	out.WriteString("]")
	if r.URL.Query().Has("order") {
		out.WriteString(`,"order":[`)
		var line []byte
		for i := range length {
			if i%1024 == 0 {
				controller.SetWriteDeadline(time.Now().Add(s.patience.write))
			}
			entry := &pages[i/logPage][i%logPage]
			line = line[:0]
			if i > 0 {
				line = append(line, ",\n"...)
			}
			line = strconv.AppendFloat(append(line, `{"seconds":`...), entry.after.Seconds(), 'f', 6, 64)
			line = strconv.AppendUint(append(line, `,"id":`...), uint64(entry.item), 10)
			line = strconv.AppendUint(append(line, `,"status":`...), uint64(entry.status.Load()), 10)
			out.Write(append(line, '}'))
		}
		out.WriteString("]")
	}
	out.WriteString("}\n")
	out.Flush()
}

// metrics are what Prometheus sees of the stats.
var metrics = []struct {
	name, kind, help string
	value            func(*Stats) float64
}{
	{"mmjsonl_fetches_total", "counter", "Complete images that were sent.", func(s *Stats) float64 { return float64(s.Fetches) }},
	{"mmjsonl_fetched_images_total", "counter", "Distinct images that were sent completely.", func(s *Stats) float64 { return float64(s.Distinct) }},
	{"mmjsonl_sent_bytes_total", "counter", "Bytes of images that were sent.", func(s *Stats) float64 { return float64(s.Bytes) }},
	{"mmjsonl_heads_total", "counter", "HEAD requests for images.", func(s *Stats) float64 { return float64(s.Heads) }},
	{"mmjsonl_partial_total", "counter", "Answers with a range of an image.", func(s *Stats) float64 { return float64(s.Partial) }},
	{"mmjsonl_unchanged_total", "counter", "Answers that the client's copy is the image.", func(s *Stats) float64 { return float64(s.Unchanged) }},
	{"mmjsonl_failed_total", "counter", "Answers that were chosen to fail.", func(s *Stats) float64 { return float64(s.Failed) }},
	{"mmjsonl_aborted_total", "counter", "Answers that the client did not take completely.", func(s *Stats) float64 { return float64(s.Aborted) }},
	{"mmjsonl_rejected_total", "counter", "Requests for what does not exist here.", func(s *Stats) float64 { return float64(s.Rejected) }},
	{"mmjsonl_unlogged_total", "counter", "Requests for which the log had no room.", func(s *Stats) float64 { return float64(s.Unlogged) }},
	{"mmjsonl_sending", "gauge", "Images that are being sent.", func(s *Stats) float64 { return float64(s.Sending) }},
	{"mmjsonl_connections", "gauge", "Open connections.", func(s *Stats) float64 { return float64(s.Connections) }},
	{"mmjsonl_start_time_seconds", "gauge", "When the server started, in seconds since 1970.",
		func(s *Stats) float64 { return float64(s.Started.UnixMicro()) / 1e6 }},
}

// serveMetrics writes the stats in Prometheus's text format, version 0.0.4.
func (s *Server) serveMetrics(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	stats := s.Stats()
	var text []byte
	for _, m := range metrics {
		text = fmt.Appendf(text, "# HELP %s %s\n# TYPE %s %s\n%s ", m.name, m.help, m.name, m.kind, m.name)
		text = append(strconv.AppendFloat(text, m.value(&stats), 'g', -1, 64), '\n')
	}
	w.Write(text)
}
