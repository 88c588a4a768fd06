package command

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"time"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/measure"
)

const (
	// pollPause is how long counters are left alone between two readings.
	pollPause = 200 * time.Millisecond
	// mostSettling bounds how long counters may go on rising after a command has ended.
	mostSettling = 5 * time.Minute
	// stopTime is how long a command has to end after it was told to.
	stopTime = 2 * time.Second
)

// around reads the metrics, runs the command or waits for whatever sends the file, and reads them again once they stand still.
func (c *comparing) around(ctx context.Context, r *run, recorded *measure.Run) (before, after *measure.Scrape, err error) {
	url := c.in.MetricsURL.Get()
	fetch := func() (*measure.Scrape, error) {
		s, err := measure.Fetch(ctx, url)
		if err != nil {
			return nil, fmt.Errorf("the metrics of %.200q cannot be read: %w", url, err)
		}
		return s, nil
	}
	if before, err = fetch(); err != nil {
		return nil, nil, err
	}
	if len(c.command) > 0 {
		if err := c.runCommand(ctx, r, recorded); err != nil {
			return nil, nil, err
		}
	} else {
		fmt.Fprintf(r.process.Stderr, "waiting for requests: send the file now, the counters are read until they stand still for %s\n", c.in.Wait.Text())
	}
	after, err = c.settle(ctx, before, fetch)
	return before, after, err
}

// runCommand runs the command behind --. What it writes goes to standard error, so that standard output has the report alone.
func (c *comparing) runCommand(ctx context.Context, r *run, recorded *measure.Run) error {
	cmd := exec.CommandContext(ctx, c.command[0], c.command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = r.process.Stdin, r.process.Stderr, r.process.Stderr
	cmd.Cancel = func() error { return interrupt(cmd.Process) }
	cmd.WaitDelay = stopTime
	start := time.Now()
	err := cmd.Run()
	var ended *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &ended):
		recorded.Faults = append(recorded.Faults, fmt.Sprintf("the command %s failed: %s", escape.Shell(c.command[0]), ended))
	case err != nil:
		return fmt.Errorf("the command %.200q cannot be run: %w", c.command[0], err)
	}
	recorded.Took = time.Since(start)
	return nil
}

// settle reads the metrics until they have risen and then stood still for as long as is wanted.
func (c *comparing) settle(ctx context.Context, before *measure.Scrape, fetch func() (*measure.Scrape, error)) (*measure.Scrape, error) {
	wait := time.Duration(c.in.Wait.Get())
	last, err := fetch()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	still := begin
	for {
		risen := len(c.command) > 0 || measure.Moved(before, last)
		now := time.Now()
		if risen && now.Sub(still) >= wait || len(c.command) > 0 && now.Sub(begin) > mostSettling {
			return last, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(min(pollPause, max(wait, time.Millisecond))):
		}
		next, err := fetch()
		if err != nil {
			return nil, err
		}
		if measure.Moved(last, next) {
			still = time.Now()
		}
		last = next
	}
}
