//go:build unix && !linux

package main

import "errors"

func (b *bench) measureServing(string, func(string, ...any)) error {
	return errors.New("serving is measured on Linux alone")
}
