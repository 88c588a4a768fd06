//go:build unix

package main

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
)

// partShards and partTurns are this program's first argument where it runs another in shards: SELF shards COUNT PROGRAM ARGUMENTS.
const (
	partShards = "shards" // all at once, and joined
	partTurns  = "turns"  // one after the other
)

// runTurns makes the shards of a file one after the other, in the working folder.
func runTurns(args []string) error {
	if len(args) < 2 {
		return errors.New("turns needs a count and a command")
	}
	count, err := strconv.Atoi(args[0])
	for index := 0; err == nil && index < count; index++ {
		err = exec.Command(args[1], append(args[2:], fmt.Sprintf("--shard=%d/%d", index, count))...).Run()
	}
	return err
}

// runShards makes a file in so many shards at once, and joins them, in the working folder.
func runShards(args []string) error {
	if len(args) < 2 {
		return errors.New("shards needs a count and a command")
	}
	count, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	command := args[1:]
	var all sync.WaitGroup
	errs := make([]error, count)
	for index := range count {
		all.Go(func() {
			args := append(append([]string{}, command[1:]...), fmt.Sprintf("--shard=%d/%d", index, count))
			errs[index] = exec.Command(command[0], args...).Run()
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	shards, err := filepath.Glob("*.shard-*")
	if err != nil {
		return err
	}
	return exec.Command(command[0], append([]string{"join", "--quiet"}, shards...)...).Run()
}
