//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// bench runs jobs below a folder.
type bench struct {
	dir   string
	pairs int
	words map[string]string // what replaces what in a command
	runs  int
}

// measurement is what was found out about a job.
type measurement struct {
	took, other []float64 // seconds, pair by pair: of a clock, or of processors
	memory      int64     // peak of the program, bytes
	bytes       int64     // that it left in its folder
}

func (b *bench) measure(j job) (m measurement, err error) {
	pairs, uncounted := b.pairs, 1
	if j.once {
		pairs, uncounted = 1, 0
	}
	for pair := range pairs + uncounted {
		out, words, err := b.folder()
		if err != nil {
			return m, err
		}
		if j.prepare != "" {
			if _, err := b.timed(out, j.prepare, words); err != nil {
				return m, err
			}
		}
		took, err := b.timed(out, j.command, words)
		if err != nil {
			return m, err
		}
		if m.bytes, err = size(out); err != nil {
			return m, err
		}
		other, err := b.timed(b.dir, j.against, words)
		if err != nil {
			return m, err
		}
		if pair >= uncounted {
			m.took, m.other = append(m.took, took.of(j)), append(m.other, other.of(j))
			m.memory = max(m.memory, took.memory)
		}
		if err := empty([]string{out, words["COPY"], words["COPY"] + ".jsonl", words["COPY"] + "-own", words["PLAIN"]}); err != nil {
			return m, err
		}
	}
	return m, nil
}

// scale runs a job with so many workers each, in turns, and returns the median of their times in relation to the first.
func (b *bench) scale(j job, workers []int) ([]float64, error) {
	ratios := make([][]float64, len(workers))
	for range b.pairs {
		var first float64
		for i, n := range workers {
			out, words, err := b.folder()
			if err != nil {
				return nil, err
			}
			took, err := b.timed(out, fmt.Sprintf("env GOMAXPROCS=%d %s", n, j.command), words)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				first = took.seconds
			}
			ratios[i] = append(ratios[i], took.seconds/first)
			if err := empty([]string{out}); err != nil {
				return nil, err
			}
		}
	}
	medians := make([]float64, len(workers))
	for i := range medians {
		medians[i] = median(ratios[i])
	}
	return medians, nil
}

// folder makes a folder for a run and names what is beside it.
func (b *bench) folder() (out string, words map[string]string, err error) {
	b.runs++
	out = filepath.Join(b.dir, fmt.Sprintf("run-%d", b.runs))
	repository, err := os.Getwd()
	if err != nil {
		return "", nil, err
	}
	return out, map[string]string{"OUT": out, "COPY": out + "-copy", "PLAIN": out + "-plain.jsonl", "REPOSITORY": repository}, os.Mkdir(out, 0o755)
}

// usage is what a command took.
type usage struct {
	seconds    float64
	processors float64 // seconds of all processors, the kernel's and those of processes that it started among them
	memory     int64   // the most that a process had, in bytes
}

// of is what a job compares.
func (u usage) of(j job) float64 {
	if j.processors {
		return u.processors
	}
	return u.seconds
}

// timed runs a command.
func (b *bench) timed(dir, command string, words map[string]string) (usage, error) {
	b.runs++
	var pairs []string
	for name, value := range b.words {
		if name == "EMPTY" {
			value += fmt.Sprint(b.runs)
		}
		pairs = append(pairs, name, value)
	}
	for name, value := range words {
		pairs = append(pairs, name, value)
	}
	fields := strings.Fields(command)
	for i := range fields {
		fields[i] = strings.NewReplacer(pairs...).Replace(fields[i])
	}
	cmd := exec.Command(fields[0], fields[1:]...)
	cmd.Dir = dir
	begin := time.Now()
	err := cmd.Run()
	took := time.Since(begin)
	if err != nil {
		return usage{}, fmt.Errorf("failed to run %s: %w", strings.Join(fields, " "), err)
	}
	used := usage{seconds: took.Seconds(), processors: (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()}
	if rusage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		used.memory = rusage.Maxrss << 10
	}
	return used, nil
}

// size adds up the files below a folder.
func size(dir string) (bytes int64, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	return bytes, err
}

// empty truncates the files at and below paths, which need not be there.
func empty(paths []string) error {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			return os.Truncate(path, 0)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m measurement) ratio() string {
	var ratios []float64
	for i := range m.took {
		ratios = append(ratios, m.took[i]/m.other[i])
	}
	if len(ratios) == 1 {
		return fmt.Sprintf("%.3f", ratios[0])
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", median(ratios), slices.Min(ratios), slices.Max(ratios))
}

// noise is the slowest of the runs it was timed against in relation to the fastest: all of them did the same.
func (m measurement) noise() string {
	if len(m.other) == 1 {
		return ""
	}
	return fmt.Sprintf("%.2f", slices.Max(m.other)/slices.Min(m.other))
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func megabytes(n int64) string { return fmt.Sprintf("%.0f MB", float64(n)/1e6) }

// grouped writes a number with commas between thousands. The program's own is not imported: with it this process would be larger,
// and a child's peak of memory is never measured as less than its parent's.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// machine tells what is measured on and with.
func machine() string {
	name := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	var kernel string
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		version, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
		kernel = ", Linux " + version
	}
	return fmt.Sprintf("%s, %d processors%s, %s, %s", name, runtime.NumCPU(), kernel, runtime.Version(), time.Now().Format(time.DateOnly))
}
