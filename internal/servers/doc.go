// Package servers knows the caches of images that inference servers have: what they hold, how large they are unless told otherwise, by which
// key, in which order they work on requests, and which counters show their hits. A [Profile] is that as data; a [Cache] is one of a size, for
// a model, that says how many images it holds and replays requests.
//
// vLLM 0.32.0 was run, and the classes of vLLM 0.32.0, SGLang 0.5.23 and Dynamo 1.6.1 are what the rules are compared with. TensorRT-LLM's
// cache is known from its source.
package servers
