// Package vllm has a real vLLM count what mmjsonl predicts. It installs vLLM for CPUs and aiperf, makes tiny models with random weights, sends files
// by aiperf and by a plain client, and has mmjsonl compare say what came of it.
//
// It needs no GPU, about 10 GB of disk, 8 GB of memory and, on two cores, half an hour:
//
//	go test -tags vllm -count=1 -v -timeout 90m ./e2e/vllm
//
// What it installs stays in the user's cache folder, beside that of the other end-to-end tests.
package vllm
