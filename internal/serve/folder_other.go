//go:build !unix

package serve

const nonblocking = 0
