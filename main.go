// Command mmjsonl makes request files for benchmarks of multimodal LLM servers: JSONL rows of text and images in which
// the reuse of images between requests is what was requested. See README.md.
package main

import "mmjsonl/internal/command"

// version is set when a release is built.
var version string

func main() { command.Run(version) }
