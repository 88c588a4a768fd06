// Package serve is a media server for requests whose images a model server fetches by URL. It makes the images of a file on the fly from
// their seed, or sends files of folders, and counts what is fetched: behind a cache of media, each fetch is a miss.
//
// There are two ways through the server, with the same answers. A request that holds nothing but a plain GET of an image takes the fast
// lane: it is read from the connection's buffer, and answered with one or two system calls and without an allocation. At the first
// request that holds anything else, net/http takes over the connection for good: HEAD, ranges, conditions, TLS, and whatever is hostile.
// The tests compare the two.
//
// What the server holds in memory is bounded: images that were fetched before, up to [Config.Memory]; 24 bytes for each image that was
// ever fetched; the log of fetches, up to its limit; and buffers for as many connections as it accepts.
package serve
