package inspect

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

// Kinds of files as people's reports had them. What is expected was seen of aiperf 0.13.0.

// windows are rows of sessions whose windows of five images move by one from row to row, turn by turn or session by session.
func windows(sessions, turns int, turnByTurn bool, id func(session int) string) string {
	var rows []string
	row := func(session, turn int) {
		var images []string
		for i := range 5 {
			images = append(images, fmt.Sprintf(`"http://media.example/s%d/%d.png"`, session, turn+i))
		}
		rows = append(rows, fmt.Sprintf(`{"session_id": %q, "text": "t%d", "images": [%s]}`, id(session), turn, strings.Join(images, ", ")))
	}
	for a := range max(sessions, turns) {
		for b := range max(sessions, turns) {
			session, turn := a, b
			if turnByTurn {
				session, turn = b, a
			}
			if session < sessions && turn < turns {
				row(session, turn)
			}
		}
	}
	return strings.Join(rows, "\n")
}

// rates are the hit rates at the capacities, in percent.
func rates(r *Result) (percent []float64) {
	for _, p := range r.Capacities {
		percent = append(percent, math.Round(p.HitRate*10000)/100)
	}
	return percent
}

// F01: rows with a session_id are sent session by session.
func TestSessionsAreSentOneByOne(t *testing.T) {
	named := func(s int) string { return fmt.Sprint("operator-", s) }
	empty := func(int) string { return "" }
	at := func(concurrency int, capacities ...int64) Options {
		return Options{Reuse: reuse.Options{Capacities: capacities, Concurrency: concurrency}}
	}
	for name, test := range map[string]struct {
		text    string
		options Options
		by      string
		want    []float64
	}{
		"interleaved":           {windows(4, 5, true, named), at(1, 5, 10, 20), "sessions", []float64{64, 64, 64}},
		"session by session":    {windows(4, 5, false, named), at(1, 5, 10, 20), "sessions", []float64{64, 64, 64}},
		"empty names":           {windows(4, 5, true, empty), at(1, 5, 10, 20), "file", []float64{0, 0, 64}},
		"one row each":          {windows(9, 1, true, named), at(1, 5), "file", []float64{0}},
		"two at once, large":    {windows(4, 5, true, named), at(2, 10), "sessions", []float64{64}},
		"of two, all at once":   {windows(2, 9, true, named), at(8, 18), "sessions", []float64{math.Round(2*8*4/90.*10000) / 100}},
		"of two, with an extra": {windows(2, 3, true, named) + "\n" + `{"images":["http://media.example/s0/0.png"]}`, at(1, 100), "sessions", []float64{math.Round(17/31.*10000) / 100}},
	} {
		r := inspectText(t, test.text, test.options, defaultLimits)
		if r.Order.By != test.by || !slices.Equal(rates(r), test.want) {
			t.Errorf("%s: %+v, %v; want %v", name, r.Order, rates(r), test.want)
		}
	}
	// Two at once take turns, more or less, so neighbours are sometimes of the same session. aiperf was seen between 8 and 20 %.
	r := inspectText(t, windows(4, 5, true, named), at(2, 5), defaultLimits)
	typical := r.Capacities[0].Typical
	if got := rates(r)[0]; got < 8 || got > 20 {
		t.Errorf("two at once: %v %%", got)
	}
	if typical == nil || typical.Replays < 24 || typical.Hits < 8 || typical.Hits > 20 || typical.LowHits > 12 || typical.HighHits < 16 || typical.LowHits < 4 || typical.HighHits > 28 {
		t.Errorf("two at once: typically %+v", typical)
	}
}

// F02: the client sends another number of requests than there are rows.
func TestRequestCount(t *testing.T) {
	one := `{"images":["http://h/a","http://h/a","http://h/a"]}`
	r := inspectText(t, one, Options{Reuse: reuse.Options{Capacities: []int64{9}}, Sending: Sending{Requests: 100, WarmUp: 2}}, defaultLimits)
	if r.Requests != 102 || r.Order.WarmUp != 2 || rates(r)[0] != 99.02 || r.Capacities[0].MeasuredHits != 300 || r.Order.Rows != 1 || len(r.Order.Notes) != 1 || !strings.Contains(r.Order.Notes[0], "starts again") {
		t.Errorf("one row: %d requests, %v, %+v", r.Requests, rates(r), r.Order)
	}
	var rows strings.Builder
	for i := range 20 {
		fmt.Fprintf(&rows, `{"text":"q","images":["http://h/%d"]}`+"\n", i%10)
	}
	for requests, want := range map[int64]struct {
		hits int64
		note string
	}{
		0:  {10, "aiperf sends 10 requests if it is not told how many: give it --request-count 20"},
		10: {0, "stops before the last"}, 20: {10, ""}, 45: {35, "starts again"},
	} {
		r := inspectText(t, rows.String(), Options{Reuse: reuse.Options{Capacities: []int64{10}}, Sending: Sending{Requests: requests}}, defaultLimits)
		sent := requests
		if sent == 0 {
			sent = 20
		}
		if r.Requests != sent || r.Capacities[0].HitsByRequest != want.hits || (want.note != "") != (len(r.Order.Notes) == 1) || want.note != "" && !strings.Contains(r.Order.Notes[0], want.note) {
			t.Errorf("%d requests: %d, %+v, %+v", requests, r.Requests, r.Capacities, r.Order)
		}
	}
	session := windows(3, 4, true, func(s int) string { return fmt.Sprint(s) })
	if r := inspectText(t, session, Options{}, defaultLimits); len(r.Order.Notes) != 1 || !strings.Contains(r.Order.Notes[0], "--num-conversations 3") {
		t.Errorf("sessions: %+v", r.Order)
	}
}

// F04: which images are the same depends on the server.
func TestIdentities(t *testing.T) {
	var perSession, objects strings.Builder
	for i := range 6 {
		fmt.Fprintf(&perSession, `{"text":"q","images":["http://h/logo.png"],"image_uuids":["s%d"]}`+"\n", i)
		fmt.Fprintf(&objects, `{"texts":["q"],"images":[{"contents":["http://h/logo.png"],"uuids":["s%d"]}]}`+"\n", i)
	}
	shared := `{"images":["http://h/1"],"image_uuids":["a"]}` + "\n" + `{"images":["http://h/2"],"image_uuids":["a"]}`
	agree := `{"images":["http://h/1"],"image_uuids":["a"]}` + "\n" + `{"images":["http://h/1"],"image_uuids":["a"]}`
	late := strings.Repeat(`{"images":["http://h/1"]}`+"\n", 3) + `{"images":["http://h/1"],"image_uuids":["a"]}`
	only := `{"text":"q","image_uuids":["a"]}` + "\n" + `{"text":"q","image_uuids":["b"]}` + "\n" + `{"text":"q","image_uuids":["a"]}`
	types := `{"images":["data:image/png;base64,AAAA"]}` + "\n" + `{"images":["data:image/jpeg;base64,AAAA"]}`
	for name, test := range map[string]struct {
		text               string
		uuid, content, url int64 // different images
	}{
		"uuid for each session": {perSession.String(), 6, 1, 1}, "in objects": {objects.String(), 6, 1, 1}, "one uuid of two images": {shared, 1, 2, 2},
		"agreed": {agree, 1, 1, 1}, "a uuid at last": {late, 2, 1, 1}, "uuids alone": {only, 2, 2, 2}, "types of data URIs": {types, 1, 1, 2},
	} {
		for identity, want := range map[servers.Identity]int64{servers.ByUUID: test.uuid, servers.ByContent: test.content, servers.ByURL: test.url} {
			r := inspectText(t, test.text, Options{Identities: []servers.Identity{identity}}, defaultLimits)
			if r.Distinct != want || len(r.Others) != 0 {
				t.Errorf("%s, %s: %d images, want %d", name, identityNames[identity], r.Distinct, want)
			}
		}
		r := inspectText(t, test.text, Options{Reuse: reuse.Options{Capacities: []int64{3}}}, defaultLimits)
		switch {
		case r.Distinct != test.uuid, (len(r.Others) == 1) != (test.uuid != test.content):
			t.Errorf("%s: %d images, others %+v", name, r.Distinct, r.Others)
		case len(r.Others) == 1 && (r.Others[0].Identity != "content" || r.Others[0].Distinct != test.content || len(r.Others[0].Capacities) != 1 || r.Others[0].Capacities[0].Capacity != 3):
			t.Errorf("%s: others %+v", name, r.Others)
		}
		all := inspectText(t, test.text, Options{Identities: []servers.Identity{servers.ByURL, servers.ByUUID}}, defaultLimits)
		if all.Distinct != test.url || (len(all.Others) == 1) != (test.uuid != test.url) {
			t.Errorf("%s, two at once: %d images, others %+v", name, all.Distinct, all.Others)
		}
	}
}

// F06: rows that aiperf takes and no server does.
func TestRowsForNoServer(t *testing.T) {
	dir := writeFiles(t, map[string][]byte{"a.png": picture(t, "png", 3, 3)})
	for line, want := range map[string]string{
		`{"texts":[{"contents":["compare"]}],"images":[{"name":"left","contents":["a.png"]},{"contents":["http://h/b.png"]}]}`: `images[0].contents holds "a.png", which is sent as a URL without being opened, and a server cannot read`,
		`{"text":"q","images":[{"contents":["nowhere.png"],"uuids":["u"]}]}`:                                                   `images[0].contents holds "nowhere.png"`,
		`{"text":"q","images":[{"contents":["file:///data/a.png"]}]}`:                                                          `images[0].contents holds "file:///data/a.png", which is sent as a URL without being opened, and names a file of the server's machine`,
		`{"text":"q","images":[{"contents":["http:///a.png"]}]}`:                                                               `images[0].contents holds "http:///a.png", which has a scheme and no host`,
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"a.png"}}]}]}`:                          `image_url holds "a.png"`,
	} {
		r := inspectText(t, line, Options{Dir: dir}, defaultLimits)
		if r.BadRowCount != 1 || r.BadRows[0].RefusedBy != "server" || !strings.HasPrefix(r.BadRows[0].Reason, want) || r.Requests != 0 || r.Files.LookedFor != 0 {
			t.Errorf("%s: %+v", line, r.BadRows)
		}
	}
}

// A file that the client fails at comes before a reference that a server would not take.
func TestRowsForNoServerWithoutFiles(t *testing.T) {
	line := `{"text":"a","video":"none.mp4","images":[{"contents":["a.png"]}]}`
	r := inspectText(t, line, Options{Dir: t.TempDir()}, defaultLimits)
	if r.BadRowCount != 1 || r.BadRows[0].RefusedBy != "client" || r.Requests != 0 {
		t.Errorf("%+v, %d requests", r.BadRows, r.Requests)
	}
}

// F08: keys that aiperf does not read hold the text or the images.
func TestUnreadKeys(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		without int64
		keys    []UnreadKey
	}{
		"swift": {strings.Repeat(`{"messages":[{"role":"user","content":"<image>what"}],"images":["http://h/0"]}`+"\n", 3), 3, []UnreadKey{{"messages", 3, true}}},
		"llava": {`{"id":"0","image":"http://h/0","conversations":[{"from":"human","value":"<image>"}]}`, 1, []UnreadKey{{"conversations", 1, true}, {"id", 1, false}}},
		"typos": {`{"text":"q","image_url":"http://h/1"}` + "\n" + `{"text":"q","Images":["http://h/1"]}` + "\n" + `{"text":"q","Images":[],"Images":[]}`, 0,
			[]UnreadKey{{"Images", 2, true}, {"image_url", 1, true}}},
		"good":             {`{"text":"q","texts":null,"session_id":"s","extra":{"prompt":"p"}}`, 0, nil},
		"text in messages": {`{"images":["http://h/0"],"extra":{"messages":[{"role":"user","content":"q"}]}}`, 0, nil},
	} {
		r := inspectText(t, test.text, Options{}, defaultLimits)
		if r.Kind != "single_turn" || r.BadRowCount != 0 || r.WithoutText != test.without || !slices.Equal(r.UnreadKeys, test.keys) {
			t.Errorf("%s: %s, %d without text, %+v; want %d, %+v", name, r.Kind, r.WithoutText, r.UnreadKeys, test.without, test.keys)
		}
	}
}

// F09: other kinds of files are known by name, and read if there can be images in them.
func TestKindsOfFiles(t *testing.T) {
	part := `{"type":"image_url","image_url":{"url":"http://h/%s"}}`
	body := func(images ...string) string {
		parts := []string{`{"type":"text","text":"q"}`}
		for _, image := range images {
			parts = append(parts, fmt.Sprintf(part, image))
		}
		return `{"model":"m","messages":[{"role":"system","content":"be short"},{"role":"user","content":[` + strings.Join(parts, ",") + `]}],"max_tokens":5}`
	}
	for name, test := range map[string]struct {
		text            string
		kind            string
		requests, slots int64
		distinct        int64
		by              string
	}{
		"multi_turn, which grows": {`{"session_id":"s","turns":[{"text":"a","images":["http://h/1"]},{"text":"b","image":"http://h/2"},{"text":"c"}]}` + "\n" +
			`{"session_id":"t","turns":[{"text":"a","images":["http://h/1","http://h/3"]}]}` + "\n" + `{"session_id":"s","turns":[{"image":"http://h/4"}]}`, "multi_turn", 5, 1 + 2 + 2 + 3 + 2, 4, "sessions"},
		"multi_turn without names":    {`{"turns":[{"image":"http://h/1"},{"image":"http://h/2"}]}` + "\n" + `{"turns":[{"image":"http://h/1"},{"text":"q"}]}`, "multi_turn", 4, 1 + 2 + 1 + 1, 2, "sessions"},
		"multi_turn, a system prompt": {`{"turns":[{"role":"system","text":"be short"},{"image":"http://h/1"},{"text":"q"}]}`, "multi_turn", 2, 2, 1, "sessions"},
		"bodies":                      {body("1", "2") + "\n" + body("2") + "\n" + body(), "raw_payload", 3, 3, 2, "file"},
		"batch":                       {`{"custom_id":"r1","method":"POST","url":"/v1/chat/completions","body":` + body("1", "1") + `}` + "\n" + `{"custom_id":"r2","body":{"input":"q"}}`, "batch", 2, 2, 1, "file"},
		"custom_image":                {`{"prompt":"q","image_files":["http://h/1","http://h/2"]}` + "\n" + `{"content":[{"type":"text","text":"q"},` + fmt.Sprintf(part, "1") + `]}`, "custom_image", 2, 3, 2, "file"},
		"mooncake, payloads":          {`{"session_id":"s","payload":` + body("1") + `}` + "\n" + `{"session_id":"t","payload":` + body("2") + `}` + "\n" + `{"session_id":"s","payload":` + body("1", "2") + `}`, "mooncake_trace", 3, 4, 2, "sessions"},
		"mooncake, by time":           {`{"timestamp":20,"messages":[{"role":"user","content":[` + fmt.Sprintf(part, "1") + `]}]}` + "\n" + `{"timestamp":10,"text_input":"q"}`, "mooncake_trace", 2, 1, 1, "timestamps"},
		"mooncake, lengths":           {`{"timestamp":0,"input_length":655,"output_length":52,"hash_ids":[1,2]}`, "mooncake_trace", 1, 0, 0, "timestamps"},
		"a type that says it":         {`{"type":"multi_turn","turns":[{"text":"a"}]}`, "multi_turn", 1, 0, 0, "file"},
		"Responses":                   {`{"model":"m","messages":[{"role":"user","content":[{"type":"input_image","image_url":"http://h/1"},{"type":"image_url","image_url":{"url":"http://h/1"},"uuid":"u"}]}]}`, "raw_payload", 1, 2, 2, "file"},
	} {
		r := inspectText(t, test.text, Options{}, defaultLimits)
		if r.Kind != test.kind || r.BadRowCount != 0 || r.Requests != test.requests || r.Slots != test.slots || r.Distinct != test.distinct || r.Order.By != test.by || r.SendWith == "" {
			t.Errorf("%s: %s, %d requests, %d slots, %d images, by %s, bad %+v", name, r.Kind, r.Requests, r.Slots, r.Distinct, r.Order.By, r.BadRows)
		}
	}

	mixed := inspectText(t, `{"text":"q","images":["http://h/1"]}`+"\n"+`{"session_id":"s","turns":[{"text":"q"}]}`+"\n"+body("1")+"\n"+`{}`, Options{}, defaultLimits)
	if mixed.Requests != 1 || mixed.BadRowCount != 3 || !strings.Contains(mixed.BadRows[0].Reason, "a row of multi_turn, and the file's first is one of single_turn") ||
		!strings.Contains(mixed.BadRows[1].Reason, "a row of raw_payload") || !strings.HasPrefix(mixed.BadRows[2].Reason, "no text") {
		t.Errorf("mixed: %+v", mixed.BadRows)
	}
	bad := inspectText(t, body("1")+"\n"+`{"text":"q"}`+"\n"+`{"messages":7}`, Options{}, defaultLimits)
	if bad.Requests != 1 || bad.BadRowCount != 2 {
		t.Errorf("bodies: %+v", bad.BadRows)
	}

	for name, test := range map[string]struct{ text, want string }{
		"array":         {`[{"text":"a"}]`, "it is a JSON array, and each row has to be a line of its own: jq -c '.[]'"},
		"array, pretty": {"[\n {\n  \"text\": \"a\"\n }\n]", "it is a JSON array"},
		"pretty":        {"{\n \"text\": \"a\",\n \"images\": [\n  \"http://h/1\"\n ]\n}\n", "it is JSON over several lines, and each row has to be one line: jq -c ."},
		"pretty, long":  {"{\n \"text\": \"a\",\n \"images\": [" + strings.Repeat("\n  \"http://h/1\",", 20_000), "it is JSON over several lines"},
		"inputs.json":   {`{"data":[{"session_id":"s","payloads":[{}]}]}`, "it is aiperf's inputs.json"},
		"CSV":           {"id,text,image\n1,hello,http://h/a.png\n", "it is CSV, not JSONL"},
		"TSV":           {"text\timage\nhello\thttp://h/a.png\n", "it is TSV, not JSONL"},
		"xz":            {"\xfd7zXZ\x00\x00\x04", "it is compressed with xz: unpack it, xz -dk"},
		"bzip2":         {"BZh91AY&SY", "it is compressed with bzip2: unpack it, bzip2 -dk"},
		"zip":           {"PK\x03\x04\x14\x00\x00\x00", "it is a zip: unpack it"},
		"Parquet":       {"PAR1\x15\x04\x15\x00", "it is Parquet, not JSONL"},
		"UTF-16":        {"\xff\xfe{\x00}\x00", "it is text in UTF-16"},
		"HTML":          {"<!DOCTYPE html>\n<html>", "it is HTML or XML"},
		"Git LFS":       {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "it is a pointer of Git LFS"},
	} {
		_, err := Read(t.Context(), "file", strings.NewReader(test.text), Options{})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	for name, text := range map[string]string{
		"one bad row": "{\n", "a list for a row": `["a"]`, "text": "hello, world", "first row cut off": `{"text":"a"` + "\n" + `{"text":"b"}`, "number": "7\n7",
	} {
		if r, err := Read(t.Context(), "file", strings.NewReader(text), Options{}); err != nil || r.BadRowCount == 0 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// F17: what aiperf reads is read.
func TestReadsWhatAiperfReads(t *testing.T) {
	row := `{"text":"a","images":["http://h/1"]}`
	for name, test := range map[string]struct {
		text            string
		requests, slots int64
		lines           int64
	}{
		"keys twice":           {`{"text":"a","images":["http://h/1"],"text":"b"}` + "\n" + `{"images":[7],"images":["http://h/1"]}`, 2, 2, 2},
		"empty objects":        {`{"text":"a","images":[{"name":"none","contents":[]}]}` + "\n" + `{"text":"b","images":[{"contents":["http://h/1",""]}]}`, 2, 1, 2},
		"lines of old Macs":    {row + "\r" + row + "\r", 2, 2, 2},
		"all kinds of lines":   {row + "\r\n" + row + "\r\r\n" + row + "\n\r" + row, 4, 4, 6},
		"no-break spaces":      {row + "\u00a0\n\f\n\u2003" + row + "\x1f\n\u00a0 \n", 2, 2, 4},
		"numbers in strings":   {`{"text":"a","output_length":" 5 "}` + "\n" + `{"text":"b","output_length":"1_000","timestamp":"nan"}`, 2, 0, 2},
		"a number of 2 kB":     {`{"text":"a","x":0.` + strings.Repeat("0", 2000) + `1}`, 1, 0, 1},
		"deep in what is read": {`{"text":"a","extra":` + strings.Repeat(`{"a":`, 1000) + "1" + strings.Repeat("}", 1000) + "}", 1, 0, 1},
	} {
		for _, limits := range []limits{{16, 1 << 20, defaultUnpacked}, {41, 1 << 20, defaultUnpacked}, defaultLimits} {
			r := inspectText(t, test.text, Options{}, limits)
			if r.BadRowCount != 0 || r.Requests != test.requests || r.Slots != test.slots || r.Lines != test.lines {
				t.Errorf("%s, %+v: %d requests, %d slots, %d lines, bad %+v", name, limits, r.Requests, r.Slots, r.Lines, r.BadRows)
			}
		}
	}

	var packed bytes.Buffer
	for range 2 {
		w := gzip.NewWriter(&packed)
		w.Write([]byte(row + "\n"))
		w.Close()
		packed.Write(make([]byte, 700))
	}
	if r, err := Read(t.Context(), "file", &packed, Options{}); err != nil || r.Requests != 2 || r.Compression != "gzip" {
		t.Errorf("padded gzip: %+v, %v", r, err)
	}
	packed.Reset()
	w := gzip.NewWriter(&packed)
	w.Write([]byte(row + "\n"))
	w.Close()
	packed.WriteString("\x00\x00" + row)
	if _, err := Read(t.Context(), "file", &packed, Options{}); err == nil || !strings.Contains(err.Error(), "it goes on behind the gzip data with something else") {
		t.Errorf("gzip with something behind: %v", err)
	}
}

// TestTimestamps: with a fixed schedule rows are sent by their timestamps, and every conversation needs one.
func TestTimestamps(t *testing.T) {
	text := `{"images":["http://h/1"],"timestamp":30}` + "\n" + `{"images":["http://h/2"],"timestamp":10}` + "\n" + `{"images":["http://h/1"],"timestamp":5}` + "\n" + `{"text":"none"}`
	r := inspectText(t, text, Options{Reuse: reuse.Options{Capacities: []int64{1}}, Sending: Sending{FixedSchedule: true}}, defaultLimits)
	if r.Order.By != "timestamps" || r.Requests != 3 || r.Capacities[0].HitsByRequest != 0 || r.BadRowCount != 1 || r.BadRows[0].Line != 4 || !strings.Contains(r.BadRows[0].Reason, "--fixed-schedule") {
		t.Errorf("%+v, %d hits, %+v", r.Order, r.Capacities[0].HitsByRequest, r.BadRows)
	}
	var got []uint32
	r.Sent().Each(func(request []uint32) bool { got = append(got, request...); return true })
	if !slices.Equal(got, []uint32{0, 1, 0}) {
		t.Errorf("sent %v", got)
	}
	two := inspectText(t, text, Options{Sending: Sending{FixedSchedule: true, Requests: 2}}, defaultLimits)
	if two.Requests != 2 || two.Distinct != 2 {
		t.Errorf("two of them: %d, %d images", two.Requests, two.Distinct)
	}
	if r := inspectText(t, text, Options{}, defaultLimits); r.Order.By != "file" || r.Requests != 4 {
		t.Errorf("without: %+v", r.Order)
	}
}

// TestOpenFault: what keeps a file from being opened is not taken for another fault.
func TestOpenFault(t *testing.T) {
	open := func(string) (*os.File, error) { return nil, errors.New("the disk is on fire") }
	r := inspectText(t, `{"images":["a.png"]}`, Options{Open: open}, defaultLimits)
	if r.BadRowCount != 1 || !strings.Contains(r.BadRows[0].Reason, `the image "a.png" cannot be read`) || r.MissingCounted {
		t.Errorf("%+v", r.BadRows)
	}
}

// TestReturnsWithinLines: what stands between carriage returns is read once, whatever was met before the first of them.
func TestReturnsWithinLines(t *testing.T) {
	row := `{"id":1,"text":"a","images":["http://h/1","data:image/png;base64,AAAA"],"image_uuids":["u","v"]}`
	for _, limits := range []limits{{16, 1 << 20, defaultUnpacked}, {300, 1 << 20, defaultUnpacked}, defaultLimits} {
		r := inspectText(t, "x\r"+row+"\r"+row+"\n"+row+"\r[\r\n"+row, Options{}, limits)
		if r.Requests != 4 || r.Slots != 8 || r.Distinct != 2 || r.BadRowCount != 2 || r.Lines != 6 || r.BadRows[0].Line != 1 || r.BadRows[1].Line != 5 ||
			len(r.UnreadKeys) != 1 || r.UnreadKeys[0].Rows != 4 {
			t.Errorf("%+v: %d requests, %d slots, %d images, %d lines, bad %+v, %+v", limits, r.Requests, r.Slots, r.Distinct, r.Lines, r.BadRows, r.UnreadKeys)
		}
	}
}
