package report

import (
	"net/netip"
	"net/url"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
)

// Send are the commands that send a file, each a line for a shell.
func Send(path string, f *reuse.Figures) []string {
	kind := format.KindSingleTurn
	read := readable(kind, path)
	return commands(path, kind.Command(format.File{Path: read, Requests: f.Requests, WarmUp: f.WarmUp, Model: anyModel}), read)
}

// serveCommand is the command that serves the images of a file at the URLs that its rows name.
func serveCommand(manifest, base string) string {
	command := "mmjsonl serve " + escape.Shell(manifest)
	if u, err := url.Parse(base); err == nil {
		if !IsLoopback(u.Hostname()) {
			command += " --listen 0.0.0.0:" + PortOf(u)
		}
		if u.Scheme == "https" {
			command += " --tls-cert FILE --tls-key FILE"
		}
	}
	return command + "   # in another terminal"
}

// IsLoopback reports whether a host is this machine's loopback address, by its usual name or as an address.
func IsLoopback(host string) bool {
	address, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && address.IsLoopback()
}

// PortOf is the port of a URL, given or not.
func PortOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}

// anyModel stands for a model's name that is not known.
const anyModel = "MODEL"

// readable is the name that a file has once its kind's client can read it: decompressed, where the client does not do that.
func readable(kind format.Kind, path string) string {
	path = generator.CompressionZstd.Decompressed(path)
	if !kind.ReadsGzip() {
		path = generator.CompressionGzip.Decompressed(path)
	}
	return path
}

// commands are what to run next: a line for a shell, or two where the file has to be decompressed first, which gives it another name. send is
// the client's command.
func commands(path string, send []string, decompressed string) []string {
	var lines []string
	if path != decompressed {
		lines = append(lines, unpack(path, decompressed))
	}
	words := make([]string, len(send))
	for i, word := range send {
		words[i] = escape.Shell(word)
	}
	return append(lines, strings.Join(words, " "))
}

// unpack is the command that decompresses a file and leaves it.
func unpack(path, decompressed string) string {
	if generator.CompressionGzip.Decompressed(path) == decompressed {
		if !strings.HasSuffix(path, ".gz") {
			return "gzip -dc " + escape.Shell(path) + " > " + escape.Shell(decompressed)
		}
		return "gzip -dk " + escape.Shell(path)
	}
	command := "zstd -d " + escape.Shell(path)
	if !strings.HasSuffix(path, ".zst") { // in capitals, which zstd does not know
		command += " -o " + escape.Shell(decompressed)
	}
	return command
}
