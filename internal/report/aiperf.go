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
	read := generator.CompressionZstd.Decompressed(path) // aiperf does not read zstd
	return commands(path, read, format.SingleTurn{}.Arguments(format.File{Path: read, Requests: f.Requests, WarmUp: f.WarmUp}))
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

// commands are what to run next: a line for a shell, or two where the file has to be decompressed first, which gives it another name. args
// are the client's.
func commands(path, decompressed string, args []string) []string {
	var lines []string
	if path != decompressed {
		unpack := "zstd -d " + escape.Shell(path)
		if !strings.HasSuffix(path, ".zst") { // in capitals, which zstd does not know
			unpack += " -o " + escape.Shell(decompressed)
		}
		lines = append(lines, unpack)
	}
	words := make([]string, len(args))
	for i, word := range args {
		words[i] = escape.Shell(word)
	}
	return append(lines, "aiperf profile --model MODEL --url URL --endpoint-type chat --streaming "+strings.Join(words, " "))
}
