//go:build !unix

package action

import "mmjsonl/internal/files"

// ownerOf returns nobody: container actions run on Linux.
func ownerOf(string) *files.Owner { return nil }
