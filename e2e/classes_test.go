//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"mmjsonl/internal/replay"
	"mmjsonl/internal/replay/replaytest"
	"mmjsonl/internal/servers"
)

var update = flag.Bool("update", false, "write the table of what servers' own classes count anew")

// The releases whose caches the rules are held to, and what their modules import that is not a stand-in of classes.py.
var (
	serverReleases = []string{"vllm==0.32.0", "sglang==0.5.23", "ai-dynamo==1.6.1"}
	classLibraries = []string{"cachetools==8.0.2", "msgspec==0.22.0", "typing_extensions==4.16.0"}
)

// cacheClasses installs the Python files of the servers' packages, and returns the folder. In it are the folders packages and venv.
var cacheClasses = sync.OnceValues(func() (string, error) {
	return installed(strings.Join(append(serverReleases, classLibraries...), " "), func(dir string) error {
		tools, err := python()
		if err != nil {
			return err
		}
		venv, wheels := filepath.Join(dir, "venv"), filepath.Join(dir, "wheels")
		if err := fillEnvironment(venv, classLibraries); err != nil {
			return err
		}
		if _, err := run(exec.Command(filepath.Join(tools, "pip"), append([]string{"download", "-q", "--no-deps", "-d", wheels}, serverReleases...)...)); err != nil {
			return err
		}
		files, err := filepath.Glob(filepath.Join(wheels, "*.whl"))
		if err != nil {
			return err
		}
		args := append([]string{filepath.Join(root, "e2e", "classes.py"), "unpack"}, files...)
		if _, err := run(exec.Command(filepath.Join(venv, "bin", "python"), append(args, filepath.Join(dir, "packages"))...)); err != nil {
			return err
		}
		return os.RemoveAll(wheels)
	})
})

// classCell is a cell as classes.py reads it.
type classCell struct {
	Class    string     `json:"class"`
	Capacity int64      `json:"capacity"`
	Front    int64      `json:"front"`
	Largest  int64      `json:"largest"`
	Rows     [][]uint32 `json:"rows"`
	Weights  []int64    `json:"weights"`
}

// replayClasses returns what the classes count, in the order of the cells.
func replayClasses(t *testing.T, cells []classCell) []replay.Counts {
	t.Helper()
	dir := tool(t, cacheClasses)
	var input bytes.Buffer
	for _, cell := range cells {
		if err := json.NewEncoder(&input).Encode(cell); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(dir, "venv", "bin", "python"), filepath.Join(root, "e2e", "classes.py"), "replay", filepath.Join(dir, "packages"))
	cmd.Stdin = &input
	output, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	var all []replay.Counts
	lines := bufio.NewScanner(strings.NewReader(output))
	for lines.Scan() {
		var counts replay.Counts
		if err := json.Unmarshal(lines.Bytes(), &counts); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		all = append(all, counts)
	}
	if len(all) != len(cells) {
		t.Fatalf("%d results of %d cells", len(all), len(cells))
	}
	return all
}

// TestCacheClasses has the servers' own classes count the cells of the table that TestRecorded in internal/replay holds the rules to:
//
//	go test -tags e2e -count=1 -run TestCacheClasses ./e2e -update
//
// writes it anew.
func TestCacheClasses(t *testing.T) {
	defer timed("11 caches, the servers' own classes")()
	name := filepath.Join(root, "internal", "replay", "testdata", "recorded.txt")
	var cells []replaytest.Cell
	var asked []classCell
	for _, class := range replaytest.Classes {
		for _, cell := range replaytest.Cells(class) {
			cells = append(cells, cell)
			asked = append(asked, classCell{cell.Class, cell.Capacity, cell.Front, cell.Largest, cell.Spec.Rows(), cell.Weights()})
		}
	}
	var table strings.Builder
	fmt.Fprintf(&table, "# What the classes of %s count.\n# %s\n", strings.Join(serverReleases, ", "), replaytest.Columns)
	for i, counts := range replayClasses(t, asked) {
		fmt.Fprintln(&table, replaytest.Line(cells[i], counts))
	}
	if *update {
		if err := os.WriteFile(name, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if recorded := must(os.ReadFile(name))(t); string(recorded) != table.String() {
		t.Errorf("the classes count otherwise than %s says: see what changed with -update", name)
	}
}

// profileOf is the profile that stands for each class.
var profileOf = map[string]string{
	"vllm": "vllm", "vllm-only": "vllm", "vllm-shm": "vllm-shm", "vllm-encoder": "vllm-encoder", "sglang": "sglang",
	"sglang-encoder": "sglang-encoder", "dynamo": "dynamo", "dynamo-aggregated": "dynamo-aggregated",
}

// TestCacheFiles has the classes and the profiles replay files that the program makes: designed hit rates, uniform and hot images, at
// capacities below, at and above the one designed for.
func TestCacheFiles(t *testing.T) {
	defer timed("13 caches, generated files")()
	dir := t.TempDir()
	program := filepath.Join(dir, "mmjsonl")
	mustRun(t, root, "go", "build", "-o", program, ".")
	var list strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&list, "https://example.org/%04d.jpg\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "urls.txt"), []byte(list.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	type file struct {
		name string
		k    int
		args string
		rows [][]uint32
	}
	var files []file
	for _, k := range []int{1, 3, 10, 20} {
		for _, args := range []string{"--hit-rate 0.6@100", "--hit-rate 0.2@50,0.5@150", "--images-pool 250", "--images-pool 250 --reuse-pattern zipf"} {
			name := filepath.Join(dir, fmt.Sprintf("%d.jsonl", len(files)))
			mustRun(t, dir, program, append(strings.Fields(fmt.Sprintf("-n %d --images-per-request %d --image-mode http --url-list urls.txt --user-text-tokens 3 --quiet -o %s", 1200/k, k, name)),
				strings.Fields(args)...)...)
			numbers := map[string]uint32{}
			f := file{name: name, k: k, args: args}
			for _, line := range strings.Split(strings.TrimSpace(string(must(os.ReadFile(name))(t))), "\n") {
				var row struct{ Images []string }
				if err := json.Unmarshal([]byte(line), &row); err != nil {
					t.Fatal(err)
				}
				images := make([]uint32, len(row.Images))
				for i, image := range row.Images {
					number, known := numbers[image]
					if !known {
						number = uint32(len(numbers))
						numbers[image] = number
					}
					images[i] = number
				}
				f.rows = append(f.rows, images)
			}
			files = append(files, f)
		}
	}
	var asked []classCell
	var what []string
	var want []replay.Counts
	for _, class := range replaytest.Classes {
		profile, ok := servers.Find(profileOf[class])
		if !ok {
			t.Fatalf("no profile for %s", class)
		}
		for _, f := range files {
			for _, images := range []int64{int64(f.k) + 1, 50, 99, 100, 101, 150, 400} {
				cell := replaytest.Cell{Class: class, Capacity: 50*images + 17}
				cell.Capacity *= cell.Unit()
				if class == "vllm-shm" {
					cell.Largest = 5 * 50 * cell.Unit()
				}
				if class == "dynamo-aggregated" {
					cell.Front = 50 * max(int64(f.k), 25)
				}
				weights := make([]int64, 2000)
				for i := range weights {
					weights[i] = 50 * cell.Unit()
				}
				asked = append(asked, classCell{class, cell.Capacity, cell.Front, cell.Largest, f.rows, weights})
				what = append(what, fmt.Sprintf("%s, %d images a request, %s, a cache of %d images", class, f.k, f.args, images))
				c := replay.New(replay.Options{Rule: profile.Rule, Capacity: cell.Capacity, Weights: weights, Front: cell.Front, LargestItem: cell.Largest})
				for _, row := range f.rows {
					c.Add(row)
				}
				want = append(want, c.Counts())
				if images == 100 && class != "vllm-shm" { // whose largest item is that of the server, and too large for a cache like this
					checkInspected(t, dir, program, f.name, profile, cell, c.Counts())
				}
			}
		}
	}
	for i, counts := range replayClasses(t, asked) {
		if counts != want[i] {
			t.Errorf("%s: the class counts %+v, the profile %+v", what[i], counts, want[i])
		}
	}
}

// checkInspected has the program inspect a file, of images of weight 50, and compares what it says of the cell's cache.
func checkInspected(t *testing.T, dir, program, name string, profile servers.Profile, cell replaytest.Cell, want replay.Counts) {
	t.Helper()
	args := []string{"inspect", name, "--json", "--server", profile.Name}
	switch {
	case profile.Holds == servers.Tokens:
		args = append(args, "--cache-tokens", fmt.Sprint(cell.Capacity), "--tokens-per-image", "50")
	case profile.Rule == replay.TwoTiers: // of two bytes a token
		args = append(args, "--cache-gib", fmt.Sprintf("%dB", 2*cell.Capacity), "--bytes-per-image", "100", "--cache-tokens", fmt.Sprint(cell.Front), "--tokens-per-image", "50")
	default:
		args = append(args, "--cache-gib", fmt.Sprintf("%dB", cell.Capacity), "--bytes-per-image", "50")
	}
	var document struct {
		Files []struct{ Server servers.Replayed }
	}
	if err := json.Unmarshal([]byte(mustRun(t, dir, program, args...)), &document); err != nil || len(document.Files) != 1 {
		t.Fatal(document, err)
	}
	if got := document.Files[0].Server; got.Hits != want.Hits || got.WholeRequests != want.Whole || got.Front != want.Front {
		t.Errorf("%q: %+v, want %+v", args, got, want)
	}
}

// processorLibraries are the image processors that package model is held to; they work without torch.
var processorLibraries = []string{"transformers==5.23.0", "pillow==13.0.0", "numpy==2.4.6"}

// imageProcessors installs them, and returns the environment's folder of programs.
var imageProcessors = sync.OnceValues(func() (string, error) { return environment(processorLibraries...) })

// TestProcessors has transformers' own image processors make the table that TestImage in internal/model holds the arithmetic to:
//
//	go test -tags e2e -count=1 -run TestProcessors ./e2e -update
//
// writes it anew.
func TestProcessors(t *testing.T) {
	defer timed("12 image processors, transformers' own")()
	bin := tool(t, imageProcessors)
	testdata := filepath.Join(root, "internal", "model", "testdata")
	configs := must(filepath.Glob(filepath.Join(testdata, "*", "config.json")))(t)
	args := []string{filepath.Join(root, "e2e", "processors.py")}
	for _, config := range configs {
		args = append(args, filepath.Dir(config))
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python"), args...)
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1")
	output, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(testdata, "images.txt")
	table := fmt.Sprintf("# What the image processors of %s make of images.\n# model width height tokens values\n%s\n", processorLibraries[0], output)
	if *update {
		if err := os.WriteFile(name, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if recorded := must(os.ReadFile(name))(t); string(recorded) != table {
		t.Errorf("the processors make something else than %s says: see what changed with -update", name)
	}
}

// TestProcessorsTakeImages has Qwen-VL's own image processor take generated images of several sizes, of every kind: each gives values of its own, as many
// as an image of its size has.
func TestProcessorsTakeImages(t *testing.T) {
	defer timed("3 kinds of images of several sizes, Qwen-VL's image processor")()
	program, bin := builtProgram(t), tool(t, imageProcessors)
	dir := t.TempDir()
	args := []string{filepath.Join(root, "e2e", "taken.py"), filepath.Join(root, "internal", "model", "testdata", "qwen3")}
	want := ""
	for _, kind := range []struct{ name, args string }{{"noise", ""}, {"photo", "--image-content photo"}, {"jpeg", "--image-format jpeg"}} {
		mustRun(t, dir, program, strings.Fields("-n 20 --images-per-request 2 --images-pool 40 --reuse-pattern zipf --popular-sizes --image-size 1280x720:1,640x360:5,37x501:2 --user-text-tokens 1 -o "+
			kind.name+".jsonl --image-dir "+kind.name+" "+kind.args)...)
		args = append(args, filepath.Join(dir, kind.name))
		want += fmt.Sprintf("%[1]s 37 501 10\n%[1]s 640 360 25\n%[1]s 1280 720 5\n", kind.name)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, "python"), args...)
	cmd.Env = append(os.Environ(), "HF_HUB_OFFLINE=1")
	output, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(output) != strings.TrimSpace(want) {
		t.Errorf("taken were\n%s\nwant\n%s", output, want)
	}
}
