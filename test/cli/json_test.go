package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"mmjsonl/test/program"
)

// document checks that a text is one JSON document that its schema allows, and returns it.
func document(t *testing.T, schema, text string) map[string]any {
	t.Helper()
	compiled, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", schema+".schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	read := func(text string) any {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%s: not one JSON document: %v\n%.300s", schema, err, text)
		}
		return value
	}
	value := read(text)
	if err := compiled.Validate(value); err != nil {
		t.Errorf("%s: %v", schema, err)
	}
	other := read(text).(map[string]any)
	other["new"] = true
	if compiled.Validate(other) == nil {
		t.Errorf("the schema %s allows anything", schema)
	}
	return value.(map[string]any)
}

// What --json prints is one document on standard output, as its schema says.
func TestJSONFollowsSchemas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	made := []string{"-n", "40", "--hit-rate", "0.3@8,0.5@16", "--image-size", "16", "--user-text-tokens", "5"}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("urls.txt", "http://h/a.png\nhttp://h/b.png\nhttp://h/c.png\n")
	write("bad.jsonl", `{"text":"a","images":["http://h/a.png"]}`+"\n{\n")
	write("words.jsonl", `{"text":"a"}`+"\n")
	write("before", "vllm:mm_cache_queries_total 0\nvllm:mm_cache_hits_total 0\n")
	write("after", "vllm:mm_cache_queries_total 120\nvllm:mm_cache_hits_total 36\n")
	with := func(args ...string) []string { return append(append([]string{}, made...), args...) }
	for _, test := range []struct {
		schema string
		args   []string
		code   int
	}{
		{"manifest", with("--json", "-o", "a.jsonl"), 0},
		{"manifest", with("--json", "-o", "b.jsonl.zst", "--image-mode", "datauri", "--sha256=false"), 0},
		{"manifest", []string{"--json", "-n", "3", "--images-per-request", "0", "-o", "none.jsonl"}, 0},
		{"manifest", []string{"--json", "-n", "3", "--images-per-request", "1", "--image-mode", "http", "--url-list", "urls.txt", "--images-pool", "2", "-o", "urls.jsonl"}, 0},
		{"manifest", []string{"--json", "-n", "40", "-o", "warm.jsonl", "--warm-up", "first", "--image-mode", "datauri", "--images-pool", "9", "--image-size", "16", "--concurrency", "4"}, 0},
		{"manifest", []string{"regenerate", "--json", "a.jsonl.manifest.json", "-o", "again.jsonl"}, 0},
		{"plan", with("--dry-run", "--json"), 0},
		{"plan", with("--dry-run", "--json", "-o", "-", "--image-mode", "datauri"), 0},
		{"inspect", []string{"inspect", "--json", "a.jsonl", "b.jsonl.zst", "none.jsonl", "warm.jsonl", "--cache-images", "8,16", "--replicas", "2", "--concurrency", "3"}, 0},
		{"inspect", []string{"inspect", "--json", "a.jsonl", "--server", "vllm", "--bytes-per-image", "3000", "--cache-gib", "0.001"}, 0},
		{"inspect", []string{"inspect", "--json", "bad.jsonl", "words.jsonl", "missing.jsonl"}, 1},
		{"capacity", []string{"capacity", "--json", "--server", "vllm", "--bytes-per-image", "3000"}, 0},
		{"capacity", []string{"capacity", "--json", "--server", "dynamo-aggregated", "--cache-tokens", "8192", "--cache-gib", "1", "--model-hidden", "2048", "--patch", "32", "--image-size", "512"}, 0},
		{"manifest", with("--json", "-o", "part.jsonl", "--shard", "0/1"), 0},
		{"manifest", []string{"join", "--json", "part.shard-000-of-001.jsonl"}, 0},
		{"manifest", []string{"sliding-window", "--json", "--num-users", "2", "--turns-per-user", "3", "--image-size", "16", "-o", "users.jsonl"}, 0},
		{"convert", []string{"convert", "--json", "users.jsonl", "--format", "openai-batch", "--model", "m", "-o", "bodies.jsonl"}, 0},
		{"compare", []string{"compare", "--json", "a.jsonl", "--before", "before", "--after", "after"}, 0},
		{"version", []string{"version", "--json"}, 0},
	} {
		got := program.Run(t, dir, nil, test.args...)
		if got.Code != test.code {
			t.Fatalf("%q: exit code %d\n%s", test.args, got.Code, got.Stderr)
		}
		said := document(t, test.schema, got.Stdout)
		if test.schema == "manifest" {
			if !strings.Contains(got.Stderr, "Wrote ") {
				t.Errorf("%q says nothing on standard error: %q", test.args, got.Stderr)
			}
			name := said["file"].(map[string]any)["name"].(string)
			if kept, err := os.ReadFile(filepath.Join(dir, name+".manifest.json")); err != nil || string(kept) != got.Stdout {
				t.Errorf("%q prints another document than the manifest (%v)", test.args, err)
			}
		}
	}
}

// serve --json prints a line when it listens and a line when it stops; with --quiet it prints nothing.
func TestServeJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "4", "--image-mode", "http", "--image-url-base", "http://127.0.0.1:9999", "--image-dir", "-", "--image-size", "8", "-o", "x.jsonl")
	cmd := program.Command(t, dir, nil, "serve", "--json", "--listen", "0", "x.jsonl.manifest.json")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	line := func(member string) map[string]any {
		if !lines.Scan() {
			t.Fatalf("no line %s: %v", member, lines.Err())
		}
		return document(t, "serve", lines.Text())[member].(map[string]any)
	}
	source := line("listening")["sources"].([]any)[0].(map[string]any)
	response, err := http.Get(source["last"].(string))
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	}
	size, err := io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	counted := line("counted")
	if counted["fetches"] != json.Number("1") || counted["bytes"] != json.Number(fmt.Sprint(size)) || lines.Scan() {
		t.Errorf("counted %v, and then %q", counted, lines.Text())
	}
	_ = cmd.Wait() // it was interrupted

	var said bytes.Buffer
	quiet := program.Command(t, dir, nil, "serve", "--quiet", "--listen", "0", "x.jsonl.manifest.json")
	quiet.Stdout = &said
	if err := quiet.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	_ = quiet.Process.Signal(os.Interrupt)
	_ = quiet.Wait()
	if said.Len() > 0 {
		t.Errorf("--quiet says %s", said.String())
	}
}

// A dry run writes nothing, and says before what the run then says.
func TestDryRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"-n", "60", "--hit-rate", "0.3@30,0.5@70", "--concurrency", "2", "--image-size", "100"},
		{"-n", "60", "--images-pool", "20", "--reuse-pattern", "zipf", "--image-size", "100", "--image-mode", "datauri"},
		{"-n", "60", "--images-per-request", "0"},
	} {
		planned := program.Succeed(t, dir, nil, append(args, "--dry-run", "--json", "--quiet")...)
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Fatalf("%q wrote %v (%v)", args, entries, err)
		}
		if planned.Stderr != "" {
			t.Errorf("%q: --quiet says %q", args, planned.Stderr)
		}
		words := program.Succeed(t, dir, nil, append(args, "--dry-run")...).Stdout
		if !strings.Contains(words, "Dry run: nothing is written.") || strings.Contains(words, "Wrote") || !strings.Contains(words, "  cost  ") {
			t.Errorf("%q says\n%s", args, words)
		}
		plan := document(t, "plan", planned.Stdout)
		there := t.TempDir()
		made := document(t, "manifest", program.Succeed(t, there, nil, append(args, "--json")...).Stdout)
		if !reflect.DeepEqual(plan["figures"], made["figures"]) {
			t.Errorf("%q: the plan's figures are not the run's", args)
		}
		number := func(value any) float64 {
			n, err := value.(json.Number).Float64()
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		bytes := func(value any, key string) float64 { return number(value.(map[string]any)[key]) }
		if about, is := bytes(plan["file"], "about_bytes"), bytes(made["file"], "bytes"); math.Abs(about-is) > is/20 {
			t.Errorf("%q: about %v bytes became %v", args, about, is)
		}
		if images, ok := plan["images"].(map[string]any); ok {
			var size, count float64
			files, err := filepath.Glob(filepath.Join(there, "images_*", "*.png"))
			for _, file := range files {
				info, err := os.Stat(file)
				if err != nil {
					t.Fatal(err)
				}
				size, count = size+float64(info.Size()), count+1
			}
			if err != nil || count == 0 || count != number(images["count"]) || math.Abs(size-number(images["about_bytes"])) > size/20 {
				t.Errorf("%q: %v became %v images of %v bytes (%v)", args, images, count, size, err)
			}
		}
	}
}

// Rows and the document do not mix.
func TestJSONNeedsStandardOutput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "x.jsonl"), `{"text":"a"}`+"\n")
	for _, args := range [][]string{{"-n", "2", "--images-per-request", "0", "-o", "-", "--json"}, {"convert", "x.jsonl", "-o", "-", "--json"}} {
		got := program.Run(t, dir, nil, args...)
		if got.Code != 2 || got.Stdout != "" || !strings.Contains(got.Stderr, "--json writes to standard output") {
			t.Errorf("%q: exit code %d, %q", args, got.Code, got.Stderr)
		}
	}
}

// --quiet leaves warnings and errors.
func TestQuiet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	args := []string{"-n", "9", "--images-pool", "9", "--image-size", "16", "-o", "x.jsonl", "--quiet"}
	if got := program.Succeed(t, dir, nil, args...); got.Stdout != "" || got.Stderr != "" {
		t.Errorf("it says %q and %q", got.Stdout, got.Stderr)
	}
	if got := program.Succeed(t, dir, nil, "regenerate", "x.jsonl.manifest.json", "-o", "y.jsonl", "--quiet"); got.Stdout != "" || got.Stderr != "" {
		t.Errorf("regenerate says %q and %q", got.Stdout, got.Stderr)
	}
	if got := program.Succeed(t, dir, nil, "convert", "x.jsonl", "--format", "raw-payload", "--model", "m", "-o", "z.jsonl", "--quiet"); got.Stdout != "" || got.Stderr != "" {
		t.Errorf("convert says %q and %q", got.Stdout, got.Stderr)
	}
	if got := program.Succeed(t, dir, nil, append(args, "--zipf-exponent", "2")...); !strings.Contains(got.Stderr, "warning: ") {
		t.Errorf("no warning: %q", got.Stderr)
	}
}

// A configuration file has the inputs that flags would have; flags and the environment go before it.
func TestConfigFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "run.yaml")
	write := func(text string) {
		if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	inputsOf := func(env []string, args ...string) string {
		text, err := json.Marshal(document(t, "plan", program.Succeed(t, dir, env, append(args, "--dry-run", "--json")...).Stdout)["inputs"])
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	write(`# a run
num-requests: 40
hit-rate: [0.3@8, 0.5@16]
image-mode: datauri
image-size: 16
prompt: |
  two: lines
  # of "text"
sha256: false
seed: 18446744073709551615
output: x.jsonl.zst
`)
	flags := []string{"-n", "40", "--hit-rate", "0.3@8,0.5@16", "--image-mode", "datauri", "--image-size", "16", "--prompt", "two: lines\n# of \"text\"\n",
		"--sha256=false", "--seed", "18446744073709551615", "-o", "x.jsonl.zst"}
	want := inputsOf(nil, flags...)
	if got := inputsOf(nil, "--config", "run.yaml"); got != want {
		t.Errorf("the file makes %s, want %s", got, want)
	}
	if got := inputsOf([]string{"INPUT_NUM_REQUESTS=41"}, "--config", "run.yaml", "--seed", "7"); !strings.Contains(got, `"num-requests":"41"`) || !strings.Contains(got, `"seed":"7"`) {
		t.Errorf("flags and the environment do not go before the file: %s", got)
	}
	// What --print-config prints is such a file, of the flags and of the file alike.
	for _, args := range [][]string{flags, {"--config", "run.yaml"}} {
		printed := program.Succeed(t, dir, nil, append(args, "--print-config")...)
		write(printed.Stdout)
		if got := inputsOf(nil, "--config", "run.yaml"); got != want || printed.Stderr != "" {
			t.Errorf("%q became\n%s\nwhich makes %s, want %s", args, printed.Stdout, got, want)
		}
		if again := program.Succeed(t, dir, nil, "generate", "--config", "run.yaml", "--print-config").Stdout; strings.ReplaceAll(again, "mmjsonl generate", "mmjsonl") != printed.Stdout {
			t.Errorf("printed again it is\n%s", again)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("something was written: %v (%v)", entries, err)
	}

	// Everything that is wrong with it is said at once, with its line.
	write("num-requests: x\nimage-sise: 5\nseed: 1\nseed: 2\noutput: {a: b}\n")
	got := program.Run(t, dir, nil, "--config", "run.yaml", "--images-per-request", "y")
	for _, want := range []string{`the configuration's num-requests "x" is not`, `line 2 of the configuration "run.yaml" has "image-sise"`, "did you mean image-size?",
		`line 4 of the configuration "run.yaml" gives seed again`, `line 5 of the configuration "run.yaml" gives output a value`, `--images-per-request "y" is not`} {
		if got.Code != 2 || !strings.Contains(got.Stderr, want) {
			t.Errorf("exit code %d, %q is missing:\n%s", got.Code, want, got.Stderr)
		}
	}
	for text, want := range map[string]string{"- a\n": "line 1 is not NAME: VALUE", "a: [\n": "it is not YAML", "seed: 1\n---\nseed: 2\n": "more than one document",
		"# " + strings.Repeat("x", 1<<20): "it has more than 1048576 bytes", "quiet: true\n": "is not an input of mmjsonl", "json: true\n": "is not an input of mmjsonl"} {
		write(text)
		if got := program.Run(t, dir, nil, "--config", "run.yaml", "--dry-run"); got.Code != 2 || !strings.Contains(got.Stderr, want) {
			t.Errorf("%.20q: exit code %d, %s", text, got.Code, got.Stderr)
		}
	}
	write("# nothing\n")
	program.Succeed(t, dir, nil, "--config", "run.yaml", "--dry-run")
	if got := program.Run(t, dir, nil, "inspect", "--config", "no.yaml", "x"); got.Code != 2 || !strings.Contains(got.Stderr, `--config "no.yaml" cannot be read`) {
		t.Errorf("exit code %d, %s", got.Code, got.Stderr)
	}
	write("cache-images: [4, 12]\n")
	write2 := filepath.Join(dir, "rows.jsonl")
	if err := os.WriteFile(write2, []byte(`{"text":"a","images":["http://h/a.png"]}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := program.Succeed(t, dir, nil, "inspect", "--config", "run.yaml", "rows.jsonl"); !strings.Contains(got.Stdout, "at 12 images") {
		t.Errorf("inspect says\n%s", got.Stdout)
	}
	if !bytes.Contains([]byte(want), []byte(`"hit-rate":"0.3@8,0.5@16"`)) {
		t.Errorf("the inputs are %s", want)
	}
}
