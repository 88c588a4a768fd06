//go:build unix

// Command bench measures how near to the machine's limit the program is, and prints tables in Markdown:
//
//	go run ./bench
//
// Every job is timed against something that sets the limit, in turns: mostly a copy (cp, or cp -r) of the very bytes it wrote.
// Bytes per second vary from machine to machine and from minute to minute, and the ratio of two runs side by side much less.
//
// Three traps are avoided. Memory that was idle is slow at its first touch, above all in a virtual machine, so what a pair wrote is
// emptied as soon as it is timed: the next one gets the same memory. That is also before the kernel writes it to the disk. An ext4 without
// a journal passes over the inodes freed in the last minutes, one by one, with every new file, so the emptied files are deleted only at
// the end; and if thousands of files were deleted just before, by this program or another, wait six minutes. And a child's peak of memory,
// as the kernel tells it, is never less than its parent's, which is why this program keeps nothing.
//
// With -encoders it compares making images with encoding their pixels, see encode.go, and with -compression it says what other programs gain on them. With -serve it compares mmjsonl serve with nginx instead, see serve.go.
//
// It takes about ten minutes, 5 GB of disk and as much of memory; -python adds the reference generator, -docker the build of the
// container image, and -update writes the tables into docs/performance.md. README.md beside this file says what bounds each hot path.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	pairs := flag.Int("pairs", 5, "counted pairs of each job, after one that is not counted")
	only := flag.String("only", "", "run the jobs whose name holds this")
	dir := flag.String("dir", "", "where to write; by default a temporary folder")
	python := flag.String("python", "", "folder of the reference generator's main.py, to time it as well")
	docker := flag.Bool("docker", false, "also build the container image, which needs an engine and the base images")
	serve := flag.Bool("serve", false, "only compare mmjsonl serve with nginx, which needs nginx, wrk and two processors")
	encoders := flag.String("encoders", "", "only compare making images with encoding their pixels, by a Python interpreter that has Pillow and PyAV, or \"-\" for none")
	compression := flag.String("compression", "", "only say how much smaller zstd, oxipng and jpegtran make images, by a Python interpreter that has pyoxipng")
	update := flag.Bool("update", false, "write the tables into docs/performance.md")
	flag.Parse()
	var err error
	switch flag.Arg(0) {
	case partStatic:
		err = writeStatic(flag.Arg(1))
	case partShards:
		err = runShards(flag.Args()[1:])
	case partTurns:
		err = runTurns(flag.Args()[1:])
	default:
		err = run(*pairs, *only, *dir, *python, *encoders, *compression, *docker, *serve, *update)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(pairs int, only, dir, python, encoders, compression string, docker, serve, update bool) error {
	dir, err := os.MkdirTemp(dir, "mmjsonl-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	self, err := os.Executable()
	if err != nil {
		return err
	}
	b := bench{dir: dir, pairs: pairs, words: map[string]string{
		"SELF":    self,
		"PROGRAM": filepath.Join(dir, "mmjsonl"),
		"URLS":    filepath.Join(dir, "urls.txt"),
		"PYTHON":  filepath.Join(python, "main.py"),
		"EMPTY":   filepath.Join(dir, "empty-cache-"),
	}}
	build := exec.Command("go", "build", "-o", b.words["PROGRAM"], ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // as it is released: no library is loaded at its start
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("failed to build the program, from the repository's folder: %w\n%s", err, out)
	}
	if err := writeURLs(b.words["URLS"]); err != nil {
		return err
	}

	var page strings.Builder
	tee := func(format string, args ...any) {
		fmt.Printf(format, args...)
		fmt.Fprintf(&page, format, args...)
	}
	if serve {
		tee("%s.\n\n", machine())
		if err := b.measureServing(only, tee); err != nil || !update {
			return err
		}
		return updateTables("<!-- go run ./bench -serve -update -->\n", page.String())
	}
	if encoders != "" {
		if err := b.measureEncoders(only, strings.TrimPrefix(encoders, "-"), tee); err != nil || !update {
			return err
		}
		return updateTables("<!-- go run ./bench -encoders PYTHON -update -->\n", page.String())
	}
	if compression != "" {
		if err := b.measureCompression(only, compression, tee); err != nil || !update {
			return err
		}
		return updateTables("<!-- go run ./bench -compression PYTHON -update -->\n", page.String())
	}
	tee("%s; medians of %d pairs.\n\n", machine(), pairs)
	tee("| job | against | ratio (lowest to highest) | aim | noise | peak memory | bytes |\n|---|---|---|---|---|---|---|\n")
	for _, j := range jobs {
		if !strings.Contains(j.name, only) || j.needs == "python" && python == "" || j.needs == "docker" && !docker {
			continue
		}
		m, err := b.measure(j)
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		tee("| %s | %s | %s | %s | %s | %s | %s |\n", j.name, j.shown, m.ratio(), j.aim, m.noise(), megabytes(m.memory), grouped(m.bytes))
	}
	tee("\n| time, with one worker as 1 | 1 | 2 | 4 workers |\n|---|---|---|---|\n")
	for _, j := range scaled {
		if !strings.Contains(j.name, only) {
			continue
		}
		ratios, err := b.scale(j, []int{1, 2, 4})
		if err != nil {
			return fmt.Errorf("%s: %w", j.name, err)
		}
		tee("| %s | %.2f | %.2f | %.2f |\n", j.name, ratios[0], ratios[1], ratios[2])
	}
	if update {
		return updateTables("<!-- go run ./bench -update -->\n", page.String())
	}
	return nil
}

// writeURLs writes a list of a hundred thousand URLs.
func writeURLs(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	for i := range 100_000 {
		fmt.Fprintf(w, "http://images.example/%012d.jpg\n", i)
	}
	return w.Flush()
}

const (
	tablesFile = "docs/performance.md"
	tablesEnd  = "<!-- end -->\n"
)

// updateTables puts the tables between the mark and the next end.
func updateTables(mark, tables string) error {
	text, err := os.ReadFile(tablesFile)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(text), mark)
	_, after, ended := strings.Cut(rest, tablesEnd)
	if !begun || !ended {
		return fmt.Errorf(tablesFile+" has no place for the tables, between %q and %q", mark, tablesEnd)
	}
	return os.WriteFile(tablesFile, []byte(before+mark+tables+tablesEnd+after), 0o644)
}
