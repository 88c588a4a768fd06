package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/format"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/inspect"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
)

func (r *run) convertCommand() *cobra.Command {
	in := new(inputs.Convert)
	return r.add(&command{
		use:   "convert FILE",
		short: "write the rows of a file for another client",
		long: `Writes the rows of a file, of any kind that inspect reads but conversations, as another client reads them.
Images that are local files go into bodies as data URIs. A row that the other client cannot hold ends it,
with the line; what rows say beside text and images and has no place is named.`,
		example: `  mmjsonl convert rows.jsonl --format raw-payload --model Qwen3-VL -o bodies.jsonl
  mmjsonl convert bodies.jsonl --format aiperf -o rows.jsonl`,
		inputs: in,
		words:  true,
		run: func(ctx context.Context, words []string, problems problem.List) error {
			return r.convert(ctx, in, words, problems)
		},
	})
}

// longestConverted bounds a row that is converted, in bytes: it is held in memory.
const longestConverted = 1 << 30

// convertedFaults is how many bad rows are told one by one.
const convertedFaults = 10

// convertDocument is what convert --json prints. Names do not change once released.
type convertDocument struct {
	File     string    `json:"file"`     // that was written
	Format   string    `json:"format"`   // whose rows these are
	Requests int64     `json:"requests"` // rows written
	LeftOut  []leftOut `json:"left_out"` // what rows said and has no place in the format
}

// leftOut is a member that rows had.
type leftOut struct {
	What     string `json:"what"`
	Requests int64  `json:"requests"` // that had it
}

// convert writes a file's rows for another client.
func (r *run) convert(ctx context.Context, in *inputs.Convert, words []string, problems problem.List) error {
	if len(words) != 1 {
		problems.Add("", "convert takes one file, not %d\nsee mmjsonl convert --help", len(words))
	}
	name := generator.RowFormat(in.Format.Get())
	kind := name.Kind()
	problem.OneOf(&problems, "format", name, generator.RowFormats)
	if tokens := in.MaxTokens.Get(); tokens < 0 {
		problems.Add("max-tokens", "%s %d is too small\ngive at least 0", problem.Name("max-tokens"), tokens)
	}
	places, err := r.places()
	if err != nil {
		return err
	}
	output := in.Output.Get()
	var to files.Place
	switch {
	case output == "":
		problems.Add("output", "%s is missing\ngive the name of a file that does not exist, or -", problem.Name("output"))
	case output != "-":
		if to, err = places.Find(output); err != nil {
			problems.Add("output", "%s %q cannot be used: %s", problem.Name("output"), output, err)
		} else if _, err := os.Lstat(to.Here); !errors.Is(err, fs.ErrNotExist) {
			problems.Add("output", "%s %q exists\ngive another name, or delete it", problem.Name("output"), output)
		}
	}
	if output == "-" && in.JSON.Get() {
		problems.Add("json", "%s writes to standard output, where %s %q writes the rows\nwrite the rows to a file", problem.Name("json"), problem.Name("output"), output)
	}
	if len(problems) > 0 {
		return problems
	}
	from, err := r.open(places, words[0])
	if err != nil {
		problems.Add("", "the file %q cannot be read: %s\ngive one that exists", words[0], err)
		return problems
	}
	defer from.Close()
	plain, err := inspect.Decompress(from)
	if err != nil {
		problems.Add("", "the file %q cannot be read: %s", words[0], err)
		return problems
	}
	defer plain.Close()

	c := &format.Converter{To: kind, Model: in.Model.Get(), MaxTokens: in.MaxTokens.Get(), ReadFile: os.ReadFile}
	if output == "-" {
		_, err := convertRows(ctx, c, plain, r.process.Stdout, words[0])
		return err
	}
	folder, err := to.Folder().OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	staged, err := folder.Stage(filepath.Base(to.Here))
	if err != nil {
		return err
	}
	rows, err := convertRows(ctx, c, plain, staged, words[0])
	if err != nil {
		return errors.Join(err, staged.Discard())
	}
	if err := files.Publish(nil, staged); err != nil {
		return err
	}
	document := convertDocument{File: to.Here, Format: in.Format.Get(), Requests: rows, LeftOut: []leftOut{}}
	for _, what := range slices.Sorted(maps.Keys(c.Dropped)) {
		document.LeftOut = append(document.LeftOut, leftOut{what, c.Dropped[what]})
		r.warn(problem.New("format", "%d rows have %s, for which rows of %s %s have no place: left out", c.Dropped[what], what, problem.Name("format"), in.Format.Get()))
	}
	if in.JSON.Get() {
		if err := r.writeJSON(document); err != nil {
			return fmt.Errorf("failed to say what was written: %w", err)
		}
		return nil
	}
	if in.Quiet.Get() {
		return nil
	}
	fmt.Fprintf(r.process.Stdout, "Wrote %d requests to %s\n\nNext:\n", rows, escape.Printable(to.Here))
	for _, line := range report.SendAs(kind, format.File{Path: to.Here, Requests: rows, Model: in.Model.Get(), MaxTokens: in.MaxTokens.Get()}) {
		fmt.Fprintln(r.process.Stdout, "  "+strings.ReplaceAll(line, "\n", "\n  "))
	}
	return nil
}

// convertRows converts the rows of a file. Bad rows are the error, as problems of their lines.
func convertRows(ctx context.Context, c *format.Converter, from io.Reader, to io.Writer, name string) (rows int64, err error) {
	reader, writer := bufio.NewReaderSize(from, 1<<20), bufio.NewWriterSize(to, 1<<20)
	var problems problem.List
	var bad int64
	var row []byte
	for number := int64(1); ; number++ {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		line, err := readLine(reader)
		if err != nil && err != io.EOF {
			return rows, fmt.Errorf("failed to read line %d of %q: %w", number, name, err)
		}
		if text := bytes.TrimSpace(bytes.TrimPrefix(line, []byte("\ufeff"))); len(text) > 0 {
			converted, fault := c.Append(row[:0], text)
			if fault != nil {
				if bad++; bad <= convertedFaults {
					problems.Add("", "line %d of %q cannot be converted: %s", number, name, escape.Printable(fault.Error()))
				}
			} else if bad == 0 {
				if _, err := writer.Write(converted); err != nil {
					return rows, fmt.Errorf("failed to write the rows: %w", err)
				}
				rows++
			}
			row = converted
		}
		if err == io.EOF {
			break
		}
	}
	if bad > convertedFaults {
		problems.Add("", "%d more lines of %q cannot be converted", bad-convertedFaults, name)
	}
	if rows == 0 && bad == 0 {
		problems.Add("", "the file %q has no rows\ngive one that has", name)
	}
	if len(problems) > 0 {
		return rows, problems
	}
	if err := writer.Flush(); err != nil {
		return rows, fmt.Errorf("failed to write the rows: %w", err)
	}
	return rows, nil
}

// readLine reads a line, with its end if it has one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		if len(line) > longestConverted {
			return nil, fmt.Errorf("it is longer than %d bytes", longestConverted)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
