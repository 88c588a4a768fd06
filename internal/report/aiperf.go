package report

import (
	"cmp"
	"net/netip"
	"net/url"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/escape"
	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
)

// Send are the commands that send a file of figures, which may be compressed, and see what it did, each for a shell.
func Send(kind format.Kind, file format.File, f *reuse.Figures) []string {
	path := file.Path
	file.Path, file.Requests, file.WarmUp, file.Model = readable(kind, path), f.Requests, f.WarmUp, anyModel
	return commands(path, kind, file, f.Slots > 0)
}

// SendAs are the commands that send a file of a kind and see what it did, each for a shell.
func SendAs(kind format.Kind, file format.File) []string {
	file.Model = cmp.Or(file.Model, anyModel)
	return commands(file.Path, kind, file, true)
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

// tokenizerHint is what aiperf trips over with a model that it does not find by its name.
const tokenizerHint = "# where MODEL is not a name on Hugging Face, add --tokenizer FOLDER, or --tokenizer builtin"

// commands are what to run next: to decompress the file at path, if its client does not do that, to send it, and if it has images, to compare what
// the server counted with what was predicted.
func commands(path string, kind format.Kind, file format.File, images bool) []string {
	var lines []string
	if path != file.Path {
		lines = append(lines, unpack(path, file.Path))
	}
	var send strings.Builder
	for i, word := range kind.Command(file) {
		switch {
		case word == "--input-file": // where aiperf-args begin
			send.WriteString(" \\\n  ")
		case i > 0:
			send.WriteString(" ")
		}
		send.WriteString(escape.Shell(word))
	}
	if kind.Client() != "aiperf" {
		if images && kind == format.KindCustomImage { // a batch is not sent to a server
			return append(lines, "mmjsonl compare "+escape.Shell(file.Path)+" --metrics-url URL/metrics -- \\\n  "+send.String())
		}
		return append(lines, send.String())
	}
	lines = append(lines, send.String(), tokenizerHint)
	if images {
		lines = append(lines, "mmjsonl compare "+escape.Shell(file.Artifacts()))
	}
	for _, words := range kind.OtherCommands(file) {
		for i, word := range words {
			words[i] = escape.Shell(word)
		}
		lines = append(lines, "# or "+strings.Join(words, " "))
	}
	return lines
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
