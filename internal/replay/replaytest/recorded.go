package replaytest

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"mmjsonl/internal/replay"
)

// Columns are those of the recorded table.
const Columns = "class seed requests k pool draw images weights capacity front largest : requests lookups hits whole front failed"

const counted = "%d %d %d %d %d %d"

// Line is the cell and what its class counted, as a line of the recorded table.
func Line(c Cell, counts replay.Counts) string {
	return fmt.Sprintf("%s : "+counted, c, counts.Requests, counts.Lookups, counts.Hits, counts.Whole, counts.Front, counts.Failed)
}

// Read reads a recorded table: the lines of Line, by the cell. Lines that begin with # are comments.
func Read(r io.Reader) (map[string]replay.Counts, error) {
	table := map[string]replay.Counts{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		cell, text, _ := strings.Cut(line, " : ")
		var c replay.Counts
		if _, err := fmt.Sscanf(text, counted, &c.Requests, &c.Lookups, &c.Hits, &c.Whole, &c.Front, &c.Failed); err != nil {
			return nil, fmt.Errorf("failed to read %q: %w", line, err)
		}
		table[cell] = c
	}
	return table, lines.Err()
}

// Options are what the rule needs to replay the cell.
func (c Cell) Options(rule replay.Rule) replay.Options {
	return replay.Options{Rule: rule, Capacity: c.Capacity, Weights: c.Weights(), Front: c.Front, LargestItem: c.Largest}
}
