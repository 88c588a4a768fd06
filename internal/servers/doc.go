// Package servers knows how inference servers cache images, as far as that was read in their code: what a cache holds, by
// which key, how large it is unless told otherwise, and which counters show its hits. From that and the size of an image it says how
// many images a cache of so many bytes holds, which is what a hit rate depends on.
//
// The releases read are vLLM 0.33.0, SGLang 0.5.23, Dynamo 1.6.1 and TensorRT-LLM's main branch of autumn 2026. No server was
// run: compare with its counters before relying on a capacity.
package servers
