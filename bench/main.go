// Command bench measures how near to the machine's limit the program is, and prints a table in Markdown:
//
//	go run ./bench
//
// Every job is timed against copying the very bytes it wrote (cp, or cp -r), in turns, because bytes per second vary from machine to
// machine and from minute to minute, and the ratio of two runs side by side much less. Two traps are avoided: memory that was idle is
// slow at its first touch, so each command is run once uncounted; and files deleted just before make ext4 slow to create new ones,
// so what was written is moved aside and deleted at the end. It takes about ten minutes and 25 GB of disk.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// job is a row of the table.
type job struct {
	name    string
	args    []string
	against string // what it is timed against: a command line in which OUT is what the job wrote and COPY a new name
	bound   string // the ratio that the project aims at
}

var jobs = []job{
	{"the default: 1500 PNGs and the JSONL", nil, "cp -r OUT COPY", "0.8"},
	{"`datauri`, all unique", []string{"--image-mode=datauri", "--sha256=false", "-o=x.jsonl"}, "cp OUT/x.jsonl COPY", "1.0"},
	{"`datauri`, a pool of 200", []string{"--image-mode=datauri", "--images-pool=200", "--sha256=false", "-o=x.jsonl"}, "cp OUT/x.jsonl COPY", "1.0"},
	{"`datauri` with its digest", []string{"--image-mode=datauri", "-o=x.jsonl"}, "sha256sum OUT/x.jsonl", "1.1"},
	{"a million rows of 3 URLs", []string{"-n=1000000", "--image-mode=http", "--url-list=URLS", "--images-pool=1000", "--sha256=false", "-o=x.jsonl"}, "cp OUT/x.jsonl COPY", "1.1"},
	{"a million rows of 10 URLs, hit rate 0.6@20000", []string{"-n=1000000", "--images-per-request=10", "--image-mode=http", "--url-list=URLS", "--images-pool=100000", "--hit-rate=0.6@20000", "--sha256=false", "-o=x.jsonl"}, "cp OUT/x.jsonl COPY", ""},
	{"`datauri` to zstd, 256 rows, a pool of 64", []string{"-n=256", "--images-per-request=1", "--image-mode=datauri", "--images-pool=64", "--compression=zstd", "--sha256=false", "-o=x.jsonl.zst"}, "PLAIN", "1.0"},
	{"`--help`", []string{"--help"}, "true", "10"},
	{"ten text-only rows", []string{"-n=10", "--images-per-request=0", "-o=x.jsonl"}, "true", "10"},
}

func main() {
	pairs := flag.Int("pairs", 5, "counted pairs of each job, after one that is not counted")
	only := flag.String("only", "", "run the jobs whose name holds this")
	dir := flag.String("dir", "", "where to write; by default a temporary folder")
	flag.Parse()
	if err := run(*pairs, *only, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(pairs int, only, dir string) error {
	dir, err := os.MkdirTemp(dir, "mmjsonl-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "mmjsonl")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("failed to build the program, from the repository's folder: %w\n%s", err, out)
	}
	var urls strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&urls, "http://images.example/%012d.jpg\n", i)
	}
	if err := os.WriteFile(filepath.Join(dir, "urls.txt"), []byte(urls.String()), 0o644); err != nil {
		return err
	}
	urls.Reset()
	runtime.GC() // a child's peak memory is never less than its parent's

	fmt.Printf("%s, %d processors, %s, %s; medians of %d pairs\n\n", processor(), runtime.NumCPU(), runtime.Version(), time.Now().Format(time.DateOnly), pairs)
	fmt.Println("| job | against | ratio (lowest to highest) | at most | peak memory | bytes |\n|---|---|---|---|---|---|")
	for _, j := range jobs {
		if !strings.Contains(j.name, only) {
			continue
		}
		m, err := j.measure(dir, program, pairs)
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		slices.Sort(m.ratios)
		fmt.Printf("| %s | `%s` | %.2f (%.2f to %.2f) | %s | %d MB | %d |\n", j.name, m.against, m.ratios[len(m.ratios)/2],
			m.ratios[0], m.ratios[len(m.ratios)-1], j.bound, m.memory>>20, m.bytes)
	}
	return nil
}

// measurement is what was found out about a job.
type measurement struct {
	against string
	ratios  []float64
	memory  int64 // peak of the program, bytes
	bytes   int64 // written
}

func (j job) measure(dir, program string, pairs int) (m measurement, err error) {
	work, err := os.MkdirTemp(dir, "job-")
	if err != nil {
		return m, err
	}
	defer os.RemoveAll(work)
	args := append([]string{"--quiet"}, j.args...)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "URLS", filepath.Join(dir, "urls.txt"))
	}
	against, shown := j.against, strings.NewReplacer(" OUT/x.jsonl", "", " OUT", "", " COPY", "").Replace(j.against)
	if against == "PLAIN" {
		// Compressed, the job writes less than it makes: it is timed against copying the file without compression.
		plain := exec.Command(program, slices.Concat(args, []string{"--compression=none", "-o=" + filepath.Join(work, "plain.jsonl")})...)
		plain.Dir = work
		if out, err := plain.CombinedOutput(); err != nil {
			return m, fmt.Errorf("%w\n%s", err, out)
		}
		against, shown = "cp "+filepath.Join(work, "plain.jsonl")+" COPY", "cp of the plain file"
	}
	m.against = shown
	for pair := range pairs + 1 {
		out := filepath.Join(work, fmt.Sprintf("out-%d", pair))
		if err := os.Mkdir(out, 0o755); err != nil {
			return m, err
		}
		took, memory, err := timed(out, append([]string{program}, args...))
		if err != nil {
			return m, err
		}
		other, _, err := timed(work, strings.Fields(strings.NewReplacer("OUT", out, "COPY", out+"-copy").Replace(against)))
		if err != nil {
			return m, err
		}
		if pair == 0 {
			m.bytes = size(out)
		} else {
			m.ratios = append(m.ratios, took.Seconds()/other.Seconds())
			m.memory = max(m.memory, memory)
		}
		if pair > 1 { // one pair back: files that are deleted just before slow down the making of new ones
			for _, old := range []string{"", "-copy"} {
				os.RemoveAll(filepath.Join(work, fmt.Sprintf("out-%d", pair-2)) + old)
			}
		}
	}
	return m, nil
}

// timed runs a command and returns how long it took and the most memory it had, in bytes.
func timed(dir string, words []string) (time.Duration, int64, error) {
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir = dir
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	if err != nil {
		return 0, 0, fmt.Errorf("failed to run %s: %w", strings.Join(words, " "), err)
	}
	var memory int64
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		memory = usage.Maxrss << 10
	}
	return took, memory, nil
}

// size adds up the files below a folder.
func size(dir string) (bytes int64) {
	filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			if info, err := entry.Info(); err == nil {
				bytes += info.Size()
			}
		}
		return nil
	})
	return bytes
}

// processor is the processor's name, as Linux tells it.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
