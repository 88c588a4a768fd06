package serve

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// What was fetched is counted by image, in order and time, whichever lane it came through.
func TestStatsDocument(t *testing.T) {
	t.Parallel()
	sets := []Images{images("/x", 4, 2000), images(`/"y`, 5, 10)}
	s := New(Config{Images: sets, Folders: []Folder{{Path: "/f", Root: folderOf(t, map[string]string{"a": "a"})}}})
	url := "http://" + start(t, s)
	client := &http.Client{Transport: &http.Transport{}}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	want := map[string]uint32{}
	var order []string
	for range 300 {
		path := []string{fmt.Sprintf("/x/img_%04d.png", random.IntN(1300)), fmt.Sprintf(`/"y/img_%04d.png`, random.IntN(10)), "/f/a"}[random.IntN(3)]
		lines := plainHeader
		if random.IntN(5) == 0 {
			lines = slowHeader
		}
		get(t, client, "GET", url+strings.ReplaceAll(path, `"`, "%22"), lines...)
		want[path]++
		order = append(order, path)
	}
	get(t, client, "GET", url+"/x/img_0001.png", "Range", "bytes=1-2")
	order = append(order, "/x/img_0001.png")

	_, text := get(t, client, "GET", url+"/stats?order")
	var document Document
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil {
		t.Fatalf("seed %d: %v\n%.300s", seed, err, text)
	}
	paths := map[uint32]string{}
	for _, image := range document.Images {
		if image.Fetches != want[image.Path] || image.Requests < image.Fetches {
			t.Errorf("seed %d: %s has %d fetches and %d requests, want %d", seed, image.Path, image.Fetches, image.Requests, want[image.Path])
		}
		delete(want, image.Path)
		paths[image.ID] = image.Path
	}
	if len(want) > 0 {
		t.Errorf("seed %d: missing are %v", seed, want)
	}
	if document.Fetches != 300 || document.Partial != 1 || len(document.Order) != len(order) {
		t.Errorf("seed %d: %+v, %d in order", seed, document.Stats, len(document.Order))
	}
	before := 0.0
	for i, entry := range document.Order {
		status := uint32(200)
		if i == 300 {
			status = 206
		}
		if paths[entry.ID] != order[i] || entry.Seconds < before || entry.Status != status {
			t.Fatalf("seed %d: entry %d is %+v of %s, want %s", seed, i, entry, paths[entry.ID], order[i])
		}
		before = entry.Seconds
	}
	_, text = get(t, client, "GET", url+"/stats")
	document = Document{}
	if err := json.Unmarshal(text, &document); err != nil || document.Order != nil {
		t.Errorf("%v, %d in order", err, len(document.Order))
	}
}

// Prometheus's own parser reads the metrics.
func TestMetricsParse(t *testing.T) {
	t.Parallel()
	s := New(Config{Images: []Images{images("/x", 4, 5)}})
	for i := range 7 {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest("GET", fmt.Sprintf("/x/img_%04d.png", i), nil))
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if len(families) != len(metrics) {
		t.Errorf("%d families of %d", len(families), len(metrics))
	}
	for name, want := range map[string]float64{"mmjsonl_fetches_total": 5, "mmjsonl_fetched_images_total": 5, "mmjsonl_rejected_total": 2, "mmjsonl_sending": 0, "mmjsonl_sent_bytes_total": float64(s.Stats().Bytes)} {
		family := families[name]
		if family == nil || family.GetHelp() == "" {
			t.Fatalf("there is no %s with a help", name)
		}
		got := family.Metric[0].GetCounter().GetValue()
		if strings.HasSuffix(name, "_total") != (family.Metric[0].Counter != nil) {
			t.Errorf("%s is a %v", name, family.GetType())
		}
		if family.Metric[0].Gauge != nil {
			got = family.Metric[0].GetGauge().GetValue()
		}
		if got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if format := expfmt.ResponseFormat(w.Result().Header); format.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("the content type is %q", w.Result().Header.Get("Content-Type"))
	}
}

// The log is bounded, and says what it had no room for.
func TestLogBounded(t *testing.T) {
	t.Parallel()
	var l log
	for i := range LogLimit + 10 {
		entry := l.add(uint32(i), 0)
		if (entry == nil) != (i >= LogLimit) {
			t.Fatalf("entry %d: %v", i, entry)
		}
	}
	pages, length, missed := l.snapshot()
	if length != LogLimit || missed != 10 || pages[1][1].item != logPage+1 {
		t.Errorf("%d entries, %d missed", length, missed)
	}
}

func TestOverview(t *testing.T) {
	t.Parallel()
	s := New(Config{Images: []Images{images("/x", 4, 5)}, Folders: []Folder{{Path: "/f", Root: folderOf(t, map[string]string{"a": "a"})}}})
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if got := w.Body.String(); !strings.Contains(got, "/x/img_0000.png to /x/img_0004.png: 5 images") || !strings.Contains(got, "/f/") || !strings.Contains(got, "/stats") {
		t.Error(got)
	}
}
