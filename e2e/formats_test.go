//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// sentRow is what a client should send for a row.
type sentRow struct {
	text   string
	images []image // without what is fetched
	tokens int     // of the answer at most; 0: not said
}

// builtProgram builds the program as it is here.
func builtProgram(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "mmjsonl")
	mustRun(t, root, "go", "build", "-o", program, ".")
	return program
}

// rowsInOrder reads a file of any format, and puts rows that name sessions into the order in which aiperf sends them, one session at a time.
func rowsInOrder(t *testing.T, name string) (rows []sentRow) {
	t.Helper()
	type body struct {
		MaxTokens int `json:"max_tokens"`
		Messages  []struct {
			Content []struct {
				Text     string
				ImageURL struct{ URL string } `json:"image_url"`
				UUID     string
			}
		}
	}
	var sessions []string
	bySession := map[string][]sentRow{}
	for i, line := range strings.Split(strings.TrimSuffix(string(must(os.ReadFile(name))(t)), "\n"), "\n") {
		var row struct {
			body
			Payload, Body *body
			SessionID     string `json:"session_id"`
			Text          string
			Images        []string
			UUIDs         []string `json:"image_uuids"`
			OutputLength  int      `json:"output_length"`
			Turns         []struct {
				Text         string
				Images       []string
				UUIDs        []string `json:"image_uuids"`
				OutputLength int      `json:"output_length"`
			}
			Prompt     string
			ImageFiles []string `json:"image_files"`
			Content    []struct {
				Text     string
				ImageURL struct{ URL string } `json:"image_url"`
			}
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		want := sentRow{text: row.Text + row.Prompt, tokens: row.OutputLength}
		for j, url := range append(row.Images, row.ImageFiles...) {
			each := image{url: url}
			if row.UUIDs != nil {
				each.uuid = row.UUIDs[j]
			}
			want.images = append(want.images, each)
		}
		for _, part := range row.Content {
			want.text += part.Text
			if part.ImageURL.URL != "" {
				want.images = append(want.images, image{url: part.ImageURL.URL})
			}
		}
		b := &row.body
		if row.Payload != nil {
			b = row.Payload
		} else if row.Body != nil {
			b = row.Body
		}
		for _, message := range b.Messages {
			want.tokens = b.MaxTokens
			for _, part := range message.Content {
				want.text += part.Text
				if part.ImageURL.URL != "" {
					want.images = append(want.images, image{url: part.ImageURL.URL, uuid: part.UUID})
				}
			}
		}
		session := row.SessionID
		if session == "" {
			session = fmt.Sprint(i)
		}
		if !slices.Contains(sessions, session) {
			sessions = append(sessions, session)
		}
		if row.Turns == nil {
			bySession[session] = append(bySession[session], want)
		}
		for _, turn := range row.Turns { // each is sent with those before it
			want.text, want.tokens, want.images = want.text+turn.Text, turn.OutputLength, slices.Clone(want.images)
			for i, url := range turn.Images {
				each := image{url: url}
				if turn.UUIDs != nil {
					each.uuid = turn.UUIDs[i]
				}
				want.images = append(want.images, each)
			}
			bySession[session] = append(bySession[session], want)
		}
	}
	for _, session := range sessions {
		rows = append(rows, bySession[session]...)
	}
	return rows
}

func (r sentRow) String() string { return fmt.Sprintf("%d %q %.300v", r.tokens, r.text, r.images) }

// TestFormats has aiperf send each of its formats by the command that a run prints, one request at a time: what arrives is what the rows hold, in
// the order that was predicted, with uuids and lengths; and what arrives of a file that was converted is what the file held before.
func TestFormats(t *testing.T) {
	defer timed("14 formats, aiperf")()
	program, bin := builtProgram(t), tool(t, aiperf)
	tokenizer := filepath.Join(t.TempDir(), "tokenizer")
	mustRun(t, root, filepath.Join(bin, "python"), "e2e/tokenizer.py", tokenizer)
	client := aiperfClient{bin: bin, args: []string{"--no-server-metrics", "--tokenizer", tokenizer, "--ui", "none", "--workers-max", "1", "--record-processors", "1",
		"--concurrency", "1"}}
	const small = "--user-text-tokens 6 --model test"
	for name, args := range map[string]string{
		"single_turn":                  "-n 14 --images-pool 9 --uuid",
		"single_turn, uuid of content": "-n 14 --images-pool 9 --uuid-of content",
		"raw_payload":                  "-n 14 --images-pool 9 --format raw-payload --uuid",
		"raw_payload, text alone":      "-n 14 --images-per-request 0 --format raw-payload",
		"mooncake_trace":               "-n 14 --images-pool 9 --format mooncake --uuid",
		"sessions":                     "sliding-window --num-users 3 --turns-per-user 5 --window-size 2 --uuid",
		"sessions of mooncake_trace":   "sliding-window --num-users 3 --turns-per-user 5 --window-size 2 --format mooncake",
		"windows in the file's order":  "sliding-window --num-users 3 --turns-per-user 5 --window-size 2 --session-id=false",
		"schedule":                     "-n 14 --images-pool 9 --request-rate 4 --arrival constant --output-tokens uniform:5-9",
		"schedule of mooncake_trace":   "-n 14 --images-pool 9 --request-rate 4 --arrival constant --output-tokens uniform:5-9 --format mooncake",
		"multi_turn":                   "multi-turn --num-users 3 --turns-per-user 4 --images-per-turn 2,0,1 --uuid",
		"multi_turn of a pool":         "multi-turn --num-users 5 --turns-per-user uniform:1-4 --images-pool 5",
		"windows with a hit rate":      "sliding-window --num-users 9 --turns-per-user uniform:2-4 --window-size 3 --shared-images 1 --hit-rate 0.45@8 --uuid",
		"windows behind a warm-up":     "sliding-window --num-users 3 --turns-per-user 4 --window-size 2 --session-id=false --warm-up held-out:2",
		"multi_turn as raw_payload":    "multi-turn --num-users 3 --turns-per-user 4 --images-per-turn 2,0,1 --uuid",
		"multi_turn as mooncake_trace": "multi-turn --num-users 3 --turns-per-user uniform:1-4 --images-pool 5",
		"sessions as raw_payload":      "sliding-window --num-users 3 --turns-per-user 5 --window-size 2 --uuid",
		"held-out warm-up":             "-n 12 --images-per-request 0:1,1:2,3:3 --images-pool 9 --warm-up held-out:2",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "rows.jsonl")
			words := strings.Fields(args + " " + small)
			if !strings.Contains(name, "text alone") {
				words = append(words, "--image-size", "8", "--image-mode", "datauri")
			}
			scheduled := strings.Contains(args, "--request-rate")
			if !scheduled {
				words = append(words, "--max-tokens", "7")
			}
			said := mustRun(t, dir, program, append(words, "-o", file)...)
			if _, kind, converted := strings.Cut(name, " as "); converted {
				format := map[string]string{"raw_payload": "raw-payload", "mooncake_trace": "mooncake"}[kind]
				said = mustRun(t, dir, program, "convert", file, "--format", format, "--model", "test", "-o", filepath.Join(dir, "converted.jsonl"))
			}
			command := regexp.MustCompile(`(?m)^  (aiperf profile --model test .*)$`).FindStringSubmatch(strings.ReplaceAll(said, "\\\n", ""))
			if command == nil {
				t.Fatalf("no command for aiperf in\n%s", said)
			}
			server := newServer(t)
			line := strings.ReplaceAll(command[1], "--url URL", "--url "+server.URL)
			client.run(t, exec.CommandContext(t.Context(), "sh", append([]string{"-c", line + ` "$@"`, "sh"}, client.args...)...))
			checkArrived(t, server, rowsInOrder(t, file))
			if n := len(server.requests); scheduled && n > 1 {
				// At four a second, give or take what a busy machine does to the first and the last.
				if span := server.requests[n-1].at.Sub(server.requests[0].at); span < time.Duration(n-1)*200*time.Millisecond {
					t.Errorf("%d requests arrived within %s", n, span)
				}
				for i, got := range server.requests {
					if got.minTokens != got.maxTokens || !got.ignoreEOS {
						t.Errorf("request %d has %d to %d tokens, and ignore_eos %v", i, got.minTokens, got.maxTokens, got.ignoreEOS)
					}
				}
			}
		})
	}
}

// checkArrived compares the requests that a server got with what should have been sent.
func checkArrived(t *testing.T, server *server, want []sentRow) {
	t.Helper()
	if len(server.faults) > 0 {
		t.Errorf("the server refused: %q", server.faults)
	}
	if len(server.requests) != len(want) {
		t.Fatalf("%d requests arrived, want %d", len(server.requests), len(want))
	}
	for i, got := range server.requests {
		arrived := sentRow{text: got.text, tokens: got.maxTokens}
		for _, each := range got.images {
			arrived.images = append(arrived.images, image{url: each.url, uuid: each.uuid})
		}
		if fmt.Sprint(arrived.tokens, arrived.text, arrived.images) != fmt.Sprint(want[i].tokens, want[i].text, want[i].images) {
			t.Errorf("request %d is\n%s\nwant\n%s", i, arrived, want[i])
		}
		if got.model != "test" {
			t.Errorf("request %d is for the model %q", i, got.model)
		}
	}
}

// TestFormatsOfClients has guidellm's and evalscope's own data set classes read chat bodies, and make their requests of them.
func TestFormatsOfClients(t *testing.T) {
	defer timed("15 formats, guidellm and evalscope")()
	program := builtProgram(t)
	for _, client := range []struct {
		name    string
		install func() (string, error)
		lengths bool // it keeps the length of answers that a row has
	}{{"guidellm", guidellm, false}, {"evalscope", evalscope, true}} {
		t.Run(client.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "rows.jsonl")
			mustRun(t, root, program, strings.Fields("-n 14 --images-per-request 1:1,3:1 --images-pool 9 --image-size 8 --image-mode datauri --user-text-tokens 6 --format raw-payload --model test --max-tokens 7 -o "+file)...)
			want := rowsInOrder(t, file)
			lines := strings.Split(mustRun(t, root, filepath.Join(tool(t, client.install), "python"), "e2e/formats.py", client.name, file), "\n")
			if len(lines) != len(want) {
				t.Fatalf("%d requests, want %d", len(lines), len(want))
			}
			for i, line := range lines {
				got, err := readRequest(strings.NewReader(line))
				if err != nil {
					t.Fatal(err)
				}
				if !client.lengths {
					want[i].tokens = 0
				}
				if got.text != want[i].text || fmt.Sprint(got.images) != fmt.Sprint(want[i].images) || got.maxTokens != want[i].tokens {
					t.Errorf("request %d is %d %q %v, want %s", i, got.maxTokens, got.text, got.images, want[i])
				}
			}
		})
	}
}

// TestFormatsOfServers has vLLM's and SGLang's own data set classes read the rows made for them.
func TestFormatsOfServers(t *testing.T) {
	defer timed("15 formats, vLLM's and SGLang's data sets")()
	program, dir, packages := builtProgram(t), t.TempDir(), tool(t, cacheClasses)
	for _, test := range []struct{ class, args string }{
		{"custom_image", "--format vllm-custom-image --image-mode datauri"},
		{"custom_image", "--format vllm-custom-image --images-per-request 1"},
		{"custom_image", "multi-turn --num-users 3 --turns-per-user 4 --images-per-turn 2,0,1"}, // converted
		{"openai", "--format raw-payload --image-mode datauri --max-tokens 7 --model test"},
	} {
		t.Run(test.class+" "+test.args, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "rows.jsonl")
			if strings.HasPrefix(test.args, "multi-turn") {
				conversations := filepath.Join(filepath.Dir(file), "conversations.jsonl")
				mustRun(t, dir, program, append(strings.Fields(test.args), "--image-size", "8", "--user-text-tokens", "6", "-o", conversations)...)
				mustRun(t, dir, program, "convert", conversations, "--format", "vllm-custom-image", "-o", file)
			} else {
				mustRun(t, dir, program, append(strings.Fields("-n 14 --images-pool 9 --image-size 8 --user-text-tokens 6 -o "+file), strings.Fields(test.args)...)...)
			}
			read := mustRun(t, dir, "python3", filepath.Join(root, "e2e", "formats.py"), test.class, filepath.Join(packages, "packages"), file)
			lines := strings.Split(read, "\n")
			want := rowsInOrder(t, file)
			if len(lines) != len(want) {
				t.Fatalf("%d requests, want %d", len(lines), len(want))
			}
			for i, line := range lines {
				got, err := readRequest(strings.NewReader(line))
				if err != nil {
					t.Fatal(err)
				}
				for j := range want[i].images {
					if url := &want[i].images[j].url; strings.HasPrefix(*url, "/") {
						*url = "file://" + *url
					}
				}
				if got.text != want[i].text || fmt.Sprint(got.images) != fmt.Sprint(want[i].images) || got.maxTokens != want[i].tokens {
					t.Errorf("request %d is %d %q %v, want %s", i, got.maxTokens, got.text, got.images, want[i])
				}
			}
		})
	}
}
