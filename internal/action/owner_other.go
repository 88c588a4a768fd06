//go:build !unix

package action

import "mmjsonl/generator"

// ownerOf returns nobody: container actions run on Linux.
func ownerOf(string) *generator.Owner { return nil }
