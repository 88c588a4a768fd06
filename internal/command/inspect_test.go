package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/servers"
)

// inspectFiles runs `mmjsonl inspect` and returns what it printed.
func inspectFiles(t *testing.T, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	var out, errOut bytes.Buffer
	r := run{process: Process{Stdout: &out, Stderr: &errOut}}
	err = r.execute(t.Context(), append([]string{"inspect"}, args...))
	return out.String(), errOut.String(), err
}

// inspectionOf understands a command line of inspect.
func inspectionOf(t *testing.T, args ...string) (*inputs.Set, inspection, problem.List) {
	t.Helper()
	in := new(inputs.Inspect)
	set := inputs.Bind("mmjsonl inspect", in)
	flags := pflag.NewFlagSet("inspect", pflag.ContinueOnError)
	for _, group := range set.Groups() {
		flags.AddFlagSet(group)
	}
	args, problems := set.Arguments(args, flags, true, func(string) string { return "" })
	if err := errors.Join(flags.Parse(args), set.ReadEnvironment(t.Context(), nil, false)); err != nil {
		t.Fatal(err)
	}
	problems = append(problems, set.Problems()...)
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	asked := checkInspection(in, flags.Args(), files.Places{Dir: dir}, &problems)
	return set, asked, problems
}

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

const fourRows = `{"text":"a","images":["http://h/a.png","http://h/b.png"]}
{"text":"a","images":["http://h/b.png","http://h/a.png"],"session_id":"s"}
{"text":"a","images":["http://h/c.png"]}
{"text":"a","images":["http://h/a.png"]}
`

func TestInspectText(t *testing.T) {
	path := writeFile(t, "rows.jsonl", fourRows)
	out, _, err := inspectFiles(t, path, "--cache-images", "2, 3", "--concurrency=2", "--replicas", "2")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		path + "\n", "  requests              4\n", "  sessions              1\n", "  image slots           6 (at most 2 in a request)\n",
		"  distinct images       3\n", "  reuse rate            50.00 % (3 of 6 slots)\n", "  references            6 HTTP URLs\n", "  order                 as in the file, as no two rows have the same session_id\n",
		"give it --request-count 4\n", "  at 2 images           50.00 % (3 of 6 slots", "Popularity: top 1 % (1 image) = 50.00 % of the slots; Gini coefficient 0.22\n",
		"            3  http://h/a.png\n            2  http://h/b.png\n            1  http://h/c.png\n",
		"                       1            2    66.67 %\n                  2 to 3            1    33.33 %\n",
		"  server        slots     distinct  reuse rate           @2           @3\n       1            3            3      0.00 %       0.00 %       0.00 %\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

func TestInspectJSON(t *testing.T) {
	good, bad := writeFile(t, "good.jsonl", fourRows), writeFile(t, "bad.jsonl", fourRows+"{}\n[\n")
	out, stderr, err := inspectFiles(t, "--json", good, bad, "--server", "sglang", "--bytes-per-image=1048576", "--cache-images", "2")
	if err == nil || !strings.Contains(err.Error(), `bad.jsonl" has bad rows, which aiperf rejects: 2, the first of which is line 5: no text`) || stderr != "" {
		t.Errorf("error %v, %q", err, stderr)
	}
	var document struct {
		Server struct {
			Server   string
			Capacity int64 `json:"capacity_images"`
		}
		Files []struct {
			File       string
			Slots      int64 `json:"image_slots"`
			BadRows    int64 `json:"bad_row_count"`
			Capacities []struct {
				Capacity int64
				Hits     int64 `json:"hits_by_request"`
			}
			Popularity struct{ Top []struct{ Name string } }
			Server     struct {
				Hits     int64
				Whole    int64 `json:"requests_all_hit"`
				Counters map[string]int64
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	if d := document; d.Server.Server != "sglang" || d.Server.Capacity != 100 || len(d.Files) != 2 {
		t.Fatalf("%+v", d)
	}
	for i, f := range document.Files {
		if f.File != []string{good, bad}[i] || f.Slots != 6 || f.BadRows != []int64{0, 2}[i] || f.Popularity.Top[0].Name != "http://h/a.png" ||
			len(f.Capacities) != 2 || f.Capacities[0].Hits != 3 || f.Capacities[1].Capacity != 100 ||
			f.Server.Hits != 3 || f.Server.Whole != 2 || f.Server.Counters == nil {
			t.Errorf("%+v", f)
		}
	}
}

// TestInspectMixedSizes: images are replayed by what each takes, as their files say.
func TestInspectMixedSizes(t *testing.T) {
	dir := t.TempDir()
	for i, size := range []image.Point{{64, 64}, {512, 512}, {640, 480}, {512, 512}} {
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("%d.png", i)))
		img := image.NewGray(image.Rectangle{Max: size})
		img.Pix[0] = uint8(i) // files with the same bytes are the same image
		if err == nil {
			err = errors.Join(png.Encode(f, img), f.Close())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// Of Qwen3-VL with its least pixels they take 393,240, 1,572,888, 1,843,224 and 1,572,888 bytes, of which 4 MB hold 0 to 2, and not 3 too.
	var rows strings.Builder
	for _, row := range [][]int{{0, 1}, {2}, {0, 1}, {3}, {2}, {0}, {1}} {
		var names []string
		for _, i := range row {
			names = append(names, filepath.Join(dir, fmt.Sprintf("%d.png", i)))
		}
		text, err := json.Marshal(names)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&rows, `{"text":"a","images":%s}`+"\n", text)
	}
	file := writeFile(t, "rows.jsonl", rows.String())
	args := []string{file, "--server", "vllm", "--cache-gib", "4000000B", "--model", "../model/testdata/qwen3"}
	out, _, err := inspectFiles(t, append(args, "--json")...)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Files []struct{ Server servers.Replayed }
	}
	if err := json.Unmarshal([]byte(out), &document); err != nil {
		t.Fatal(err)
	}
	// 0 and 1 hit in the third row. Then 3 drops 2, and 2 drops 0 and 1.
	got := document.Files[0].Server
	if got.Hits != 2 || got.WholeRequests != 1 || got.LeastBytes != 393_240 || got.MostBytes != 1_843_224 || got.Counters["vllm:mm_cache_queries"] != 9 || len(got.Needed) != 5 {
		t.Errorf("%+v", got)
	}
	if out, _, err = inspectFiles(t, args...); err != nil || !strings.Contains(out, "an image              393,240 to 1,843,224 bytes") || !strings.Contains(out, "size needed           25 %: ") {
		t.Errorf("%v\n%s", err, out)
	}
	same := writeFile(t, "same.jsonl", strings.Split(rows.String(), "\n")[3]+"\n")
	if out, _, err = inspectFiles(t, same, "--server", "vllm", "--model", "../model/testdata/qwen3"); err != nil ||
		!strings.Contains(out, "capacity              2,730 images\n  an image              1,572,888 bytes (1.5 MiB)\n") {
		t.Errorf("%v\n%s", err, out)
	}
	// Of a URL nothing is known.
	file = writeFile(t, "urls.jsonl", `{"text":"a","images":["http://h/a.png"]}`+"\n")
	if _, _, err = inspectFiles(t, file, "--server", "vllm", "--model", "../model/testdata/qwen3"); err == nil ||
		!strings.Contains(err.Error(), "the size of 1 of 1 images is not known, and so is not what they take in the cache: give --image-size") {
		t.Error(err)
	}
	if _, _, err = inspectFiles(t, file, "--server", "vllm", "--model", "../model/testdata/qwen3", "--image-size", "5"); err != nil {
		t.Error(err)
	}
}

// TestInspectFaults: what cannot be read does not keep the others from being read, and all faults are told.
func TestInspectFaults(t *testing.T) {
	good := writeFile(t, "good.jsonl", fourRows)
	out, stderr, err := inspectFiles(t, filepath.Join(t.TempDir(), "missing"), good, t.TempDir())
	if !strings.Contains(out, "6 (at most 2 in a request)") || !strings.Contains(stderr, `missing": no such file or directory: give the name`) ||
		err == nil || !strings.Contains(err.Error(), "it is a folder") {
		t.Errorf("%s\n%s\n%v", out, stderr, err)
	}
	var problems problem.List
	if errors.As(err, &problems) {
		t.Error("the fault of a file is told as a bad flag")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := (&run{process: Process{Stdout: &bytes.Buffer{}}}).execute(ctx, []string{"inspect", good}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestInspectReport(t *testing.T) {
	page := filepath.Join(t.TempDir(), "page.html")
	if _, _, err := inspectFiles(t, writeFile(t, "rows.jsonl", fourRows), "--report", page); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(page); err != nil || !bytes.Contains(text, []byte("rows.jsonl")) || !bytes.Contains(text, []byte("http://h/a.png")) {
		t.Errorf("%v: %.300s", err, text)
	}
}

// TestInspectHostile: what a file holds reaches a terminal only as text.
func TestInspectHostile(t *testing.T) {
	row := `{"images":["\u001b[2J.png","\u001b[2J.png","x\n::error::y"]}` + "\n" + `{"type":"##[error]\u001b","text":"a"}` + "\n"
	out, _, err := inspectFiles(t, writeFile(t, "rows.jsonl", row))
	if err == nil || strings.ContainsAny(out+err.Error(), "\x1b\r") || strings.Contains(out, "::error::") || strings.Contains(out, "##") {
		t.Errorf("%q, %v", out, err)
	}
}

func TestInspectFlags(t *testing.T) {
	for _, test := range []struct {
		args       string
		capacities []int64
		problems   []string // what each holds
		warnings   []string
	}{
		{args: "f"},
		{args: "f --cache-images 50,200 --cache-gib=", capacities: []int64{50, 200}},
		{args: "f --image-size 512x512", warnings: []string{"--image-size has no effect: it belongs to --server"}},
		{args: "f --server vllm --image-size 512x512 --patch 32", capacities: []int64{2730}},
		{args: "f --server vllm --cache-gib 1 --bytes-per-image 1073741824 --cache-images 7", capacities: []int64{7, 1}},
		{args: "f --server sglang --model-hidden 4096 --image-size 512 --patch 32", capacities: []int64{12}},
		{args: "f --server sglang --model-hidden 4096 --tokens-per-image 256 --deepstack 3", capacities: []int64{12}},
		{args: "f --server sglang --model-hidden 4096 --tokens-per-image 256", capacities: []int64{50}},
		{args: "f --server dynamo --cache-gib 0.5 --model-hidden 3584 --image-size 512X512 --patch 28", capacities: []int64{231}},
		{args: "f --server trtllm --model-hidden 2048 --image-size 512x512 --patch 32 --deepstack 0", capacities: []int64{128}},

		{args: "", problems: []string{"inspect needs a file"}},
		{args: "--nonsense f", problems: []string{`there is no flag "--nonsense": see mmjsonl inspect --help`}},
		{args: "- -", problems: []string{"standard input can be read once, not 2 times"}},
		{args: "a b --report x.html"},
		{args: "f --cache-images 5,x,0 --concurrency 0 --replicas 1.5", problems: []string{
			`--cache-images "5,x,0" has "x", which is not a whole number`, `--replicas "1.5" is not a whole number`, `--concurrency 0 is out of range: give a whole number from 1`}},
		{args: "f --cache-images 5,0,-1", problems: []string{"--cache-images has the capacity 0, which is out of range", "--cache-images has the capacity -1, which is out of range"}},
		{args: "f --cache-images ,", problems: []string{`--cache-images "," has no number`}},
		{args: "f --server trtllm --model-hidden 2048 --image-size 512×512 --patch 32 --deepstack 0", capacities: []int64{128}},
		{args: "f --server trtllm --model-hidden 2048 --image-size 512 512 --patch 32 --deepstack 0", capacities: []int64{128}},
		{args: "f --server sglang --cache-gib 512MiB --bytes-per-image 4MiB", capacities: []int64{128}},
		{args: "f --cache-gib 4 --patch 28", problems: []string{"--cache-gib is about the cache of a server", "--patch is about the cache of a server"}},
		{args: "f --server ollama", problems: []string{`--server "ollama" is not known: give one of vllm, vllm-shm, vllm-encoder,`}},
		{args: "f --server dynamo --bytes-per-image 5", problems: []string{"is off unless --multimodal-embedding-cache-capacity-gb is set"}},
		{args: "f --server vllm", problems: []string{"what an image takes in vLLM, processor cache is not known: give --model"}},
		{args: "f --server vllm-encoder --cache-tokens 8192 --patch 32 --image-size 512", capacities: []int64{32}},
		{args: "f --server vllm --model ../model/testdata/qwen3 --image-size 512", capacities: []int64{2730}},
		{args: "f --server vllm --model ../model/testdata/qwen3 --image-size 512 --pixel-bytes 2", capacities: []int64{1365}},
		{args: "f --server vllm --model ../model/testdata/llava", capacities: []int64{6340}},
		{args: "f --server vllm --model nowhere", problems: []string{`--model "nowhere" cannot be used: failed to read the model's config.json`}},
		{args: "f --server vllm --model-hidden 5 --image-size 512 --patch 32", problems: []string{"--model-hidden does not apply to vLLM"}},
		{args: "f --server sglang", problems: []string{"SGLang, embedding cache holds embeddings, and their size is not known: give --model, or --model-hidden"}},
		{args: "f --server sglang --model-hidden 4096", problems: []string{"what an image takes in SGLang, embedding cache is not known"}},
		{args: "f --server sglang --model-hidden 4096 --image-size 512", problems: []string{"give --model, the model's folder, or --bytes-per-image"}},
		{args: "f --server sglang --model-hidden 4096 --patch 28"}, // the file says how large images are
		{args: "f --server sglang --model-hidden 4096 --image-size 0x9 --patch 30", problems: []string{`--image-size 0x9 is out of range`, `--patch 30 is not known`}},
		{args: "f --server sglang --bytes-per-image 5 --model-hidden 4096", problems: []string{"--model-hidden adds nothing to --bytes-per-image"}},
		{args: "f --server sglang --model-hidden 4096 --tokens-per-image 5 --image-size 9", problems: []string{"--image-size adds nothing to --tokens-per-image"}},
		{args: "f --server sglang --bytes-per-image 0 --cache-gib NaN", problems: []string{`--cache-gib "NaN" is not`, `--bytes-per-image 0 is out of range`}},
	} {
		set, asked, problems := inspectionOf(t, strings.Fields(test.args)...)
		if len(problems) != len(test.problems) {
			t.Errorf("%q: %d problems, want %d: %v", test.args, len(problems), len(test.problems), problems)
			continue
		}
		for i, want := range test.problems {
			if got := problems[i].Text(set.Typed); !strings.Contains(got, want) {
				t.Errorf("%q: problem %q, want %q", test.args, got, want)
			}
		}
		var warnings []string
		for _, w := range asked.warnings {
			warnings = append(warnings, w.Text(set.Typed))
		}
		if !slices.Equal(warnings, test.warnings) {
			t.Errorf("%q: warnings %q, want %q", test.args, warnings, test.warnings)
		}
		if len(problems) == 0 && !slices.Equal(asked.options.Reuse.Capacities, test.capacities) {
			t.Errorf("%q: capacities %v, want %v", test.args, asked.options.Reuse.Capacities, test.capacities)
		}
	}
}
