package command

import (
	"bufio"
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
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
)

func (r *run) convertCommand() *cobra.Command {
	in := new(inputs.Convert)
	return r.add(&command{
		use:   "convert FILE",
		short: "write the rows of a file for another client",
		long: `Writes the rows of a file, of any kind that inspect reads, as another client reads them. Images that are
local files go into bodies as data URIs. A row that the other client cannot hold ends it, with the line;
what rows say beside text and images and has no place is named. FILE is plain, gzip or zstd; - is standard
input.

For a client without sessions the rows are in the order in which aiperf sends them one at a time, and
each turn of a conversation is a row with the turns before it. --format aiperf keeps conversations.`,
		example: `  mmjsonl convert rows.jsonl --format raw-payload --model Qwen3-VL -o bodies.jsonl
  mmjsonl convert bodies.jsonl --format aiperf -o rows.jsonl`,
		inputs: in,
		words:  true,
		run: func(ctx context.Context, words []string, problems problem.List) error {
			return r.convert(ctx, in, words, problems)
		},
	})
}

// convertedFaults is how many bad rows are told one by one.
const convertedFaults = 10

// convertDocument is what convert --json prints. Names do not change once released.
type convertDocument struct {
	File     string `json:"file"`     // that was written
	Format   string `json:"format"`   // whose rows these are
	Requests int64  `json:"requests"` // in the rows that were written
	// Conversations is how many had their turns made rows of their own, each with those before it and without the server's answers to them.
	Conversations int64     `json:"conversations"`
	LeftOut       []leftOut `json:"left_out"` // what rows said and has no place in the format
}

// leftOut is a member that rows had.
type leftOut struct {
	What     string `json:"what"`
	Requests int64  `json:"requests"` // that had it
}

// convert writes a file's rows for another client.
func (r *run) convert(ctx context.Context, in *inputs.Convert, words []string, problems problem.List) error {
	places, err := r.places()
	if err != nil {
		return err
	}
	to := checkConversion(in, words, places, &problems)
	if len(problems) > 0 {
		return problems
	}
	source := &rowSource{stream: r.process.Stdin, name: words[0]}
	defer source.close()
	if words[0] != "-" {
		from, err := r.open(places, words[0])
		if err != nil {
			problems.Add("", "the file %q cannot be read: %s\ngive one that exists, or - for standard input", words[0], err)
			return problems
		}
		defer from.Close()
		source.stream = from
		if info, err := from.Stat(); err == nil && info.Mode().IsRegular() {
			source.file = from
		}
	}
	c := &format.Converter{To: generator.RowFormat(in.Format.Get()).Kind(), Model: in.Model.Get(), MaxTokens: in.MaxTokens.Get(), ReadFile: os.ReadFile}
	if in.Output.Get() == "-" {
		err = convertRows(ctx, c, source, r.process.Stdout)
	} else {
		source.scratch = filepath.Dir(to.Here)
		err = convertFile(ctx, c, source, to)
	}
	if err != nil {
		return err
	}
	document := convertDocument{File: to.Here, Format: in.Format.Get(), Requests: c.Requests, Conversations: c.Spread, LeftOut: []leftOut{}}
	for _, what := range slices.Sorted(maps.Keys(c.Dropped)) {
		r.warn(problem.New("format", "%d rows have %s, for which rows of %s %s have no place: left out", c.Dropped[what], what, problem.Name("format"), in.Format.Get()))
		document.LeftOut = append(document.LeftOut, leftOut{what, c.Dropped[what]})
	}
	switch {
	case in.JSON.Get():
		if err := r.writeJSON(document); err != nil {
			return fmt.Errorf("failed to say what was written: %w", err)
		}
	case in.Output.Get() != "-" && !in.Quiet.Get():
		sayConverted(r.process.Stdout, in, c, source, to)
	}
	return nil
}

// checkConversion checks the inputs, and returns the place of the output, unless that is standard output.
func checkConversion(in *inputs.Convert, words []string, places files.Places, problems *problem.List) (to files.Place) {
	if len(words) != 1 {
		problems.Add("", "convert takes one file, not %d\nsee mmjsonl convert --help", len(words))
	}
	problem.OneOf(problems, "format", generator.RowFormat(in.Format.Get()), generator.RowFormats)
	if tokens := in.MaxTokens.Get(); tokens < 0 {
		problems.Add("max-tokens", "%s %d is too small\ngive at least 0", problem.Name("max-tokens"), tokens)
	}
	output := in.Output.Get()
	switch output {
	case "":
		problems.Add("output", "%s is missing\ngive the name of a file that does not exist, or -", problem.Name("output"))
	case "-":
		if in.JSON.Get() {
			problems.Add("json", "%s writes to standard output, where %s %q writes the rows\nwrite the rows to a file", problem.Name("json"), problem.Name("output"), output)
		}
	default:
		var err error
		if to, err = places.Find(output); err != nil {
			problems.Add("output", "%s %q cannot be used: %s", problem.Name("output"), output, err)
		} else if _, err := os.Lstat(to.Here); !errors.Is(err, fs.ErrNotExist) {
			problems.Add("output", "%s %q exists\ngive another name, or delete it", problem.Name("output"), output)
		}
	}
	return to
}

// sayConverted says what was written, and how it is sent.
func sayConverted(out io.Writer, in *inputs.Convert, c *format.Converter, from *rowSource, to files.Place) {
	fmt.Fprintf(out, "Wrote %d requests to %s\n", c.Requests, escape.Printable(to.Here))
	if from.moved != "" {
		fmt.Fprintf(out, "The rows are in the order in which aiperf sends those of %s one at a time: %s\n", escape.Printable(from.name), from.moved)
	}
	if c.Spread > 0 {
		fmt.Fprintf(out, "Each has the turns before it in its conversation, without the server's answers to them, which are not in the file (conversations: %d)\n", c.Spread)
	}
	fmt.Fprintf(out, "\nNext:\n")
	for _, line := range report.SendAs(c.Made, format.File{Path: to.Here, Requests: c.Requests, Sessions: c.Sessions(), Scheduled: c.Scheduled(),
		Model: in.Model.Get(), MaxTokens: in.MaxTokens.Get()}) {
		fmt.Fprintln(out, "  "+strings.ReplaceAll(line, "\n", "\n  "))
	}
}

// convertFile converts the rows of a file into another one, which appears when it is complete.
func convertFile(ctx context.Context, c *format.Converter, from *rowSource, to files.Place) error {
	folder, err := to.Folder().OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	staged, err := folder.Stage(filepath.Base(to.Here))
	if err != nil {
		return err
	}
	if err := convertRows(ctx, c, from, staged); err != nil {
		return errors.Join(err, staged.Discard())
	}
	return files.Publish(nil, staged)
}

// convertRows converts the rows of a file. Bad rows are the error, as problems of their lines.
func convertRows(ctx context.Context, c *format.Converter, from *rowSource, to io.Writer) error {
	writer := bufio.NewWriterSize(to, 1<<20)
	faults := rowFaults{name: from.name}
	if err := from.order(ctx, c.To, &faults); err != nil {
		return err
	}
	if faults.count <= convertedFaults {
		err := from.each(ctx, func(number int64, line []byte, follows bool) error {
			if faults.has(number) {
				return nil
			}
			for row, fault := range c.Rows(line, follows) {
				if fault != nil {
					faults.add(number, fault.Error())
				} else if faults.count == 0 {
					if _, err := writer.Write(row); err != nil {
						return fmt.Errorf("failed to write the rows: %w", err)
					}
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	if faults.count == 0 && c.Requests == 0 {
		faults.problems.Add("", "the file %q has no rows\ngive one that has", from.name)
	}
	if problems := faults.all(); len(problems) > 0 {
		return problems
	}
	if err := writer.Flush(); err != nil {
		return fmt.Errorf("failed to write the rows: %w", err)
	}
	return nil
}

// rowFaults are why lines of a file cannot be converted.
type rowFaults struct {
	name     string
	problems problem.List // of the first lines
	lines    []int64      // that they are of
	count    int64
}

// add adds a line's, which is counted from 1.
func (f *rowFaults) add(number int64, why string) {
	f.count++
	at, _ := slices.BinarySearch(f.lines, number)
	if at == convertedFaults {
		return
	}
	f.lines = slices.Insert(f.lines, at, number)
	f.problems = slices.Insert(f.problems, at, problem.New("", "line %d of %q cannot be converted: %s", number, f.name, why))
	if len(f.lines) > convertedFaults {
		f.lines, f.problems = f.lines[:convertedFaults], f.problems[:convertedFaults]
	}
}

// has reports whether a line has been added, of the first.
func (f *rowFaults) has(number int64) bool {
	_, found := slices.BinarySearch(f.lines, number)
	return found
}

// all are the problems.
func (f *rowFaults) all() problem.List {
	if f.count > convertedFaults {
		f.problems.Add("", "%d more lines of %q cannot be converted", f.count-convertedFaults, f.name)
	}
	return f.problems
}
