package format

import (
	"bytes"
	"net/netip"
	"regexp"
	"strings"
	"unicode/utf8"
)

// medium is what aiperf takes a string for.
type medium uint8

const (
	mediumImage medium = iota
	mediumVideo
	mediumAudio
)

// entryKind tells how aiperf understands a string by its beginning, or why it fails at it. aiperf asks Python's urllib.parse, release
// 3.11, whose rules these are.
func entryKind(entry []byte, of medium) (EntryKind, string) {
	if kind, ok := plainKind(entry); ok && of != mediumAudio && (kind != EntryPath || !bytes.ContainsAny(entry, "\t\r\n")) {
		return kind, ""
	}
	scheme, host, fault := splitURL(entry)
	switch {
	case fault != "":
		return EntryOther, fault
	case of == mediumAudio:
		if format, _, found := bytes.Cut(entry, []byte(",")); found && len(scheme) == 0 &&
			(bytes.EqualFold(format, []byte("wav")) || bytes.EqualFold(format, []byte("mp3"))) {
			return EntryDataURI, ""
		}
	case bytes.EqualFold(scheme, []byte("data")):
		return EntryDataURI, ""
	}
	if !bytes.Contains(entry, []byte("://")) {
		return EntryPath, ""
	}
	switch {
	case len(scheme) == 0 && len(host) == 0:
		return EntryPath, ""
	case len(scheme) == 0:
		return EntryOther, "has a host and no scheme"
	case len(host) == 0:
		return EntryOther, "has a scheme and no host"
	case bytes.EqualFold(scheme, []byte("http")), bytes.EqualFold(scheme, []byte("https")):
		return EntryHTTP, ""
	}
	return EntryOther, ""
}

// plainKind is entryKind for strings about which there can be no doubt, unless they are paths with a tab or a line's end.
func plainKind(entry []byte) (kind EntryKind, ok bool) {
	if len(entry) == 0 || entry[0] <= ' ' {
		return EntryPath, false
	}
	var host []byte
	switch {
	case len(entry) > 7 && string(entry[:7]) == "http://":
		host = entry[7:]
	case len(entry) > 8 && string(entry[:8]) == "https://":
		host = entry[8:]
	default:
		colon := bytes.IndexByte(entry, ':')
		if colon < 0 {
			return EntryPath, entry[0] != '/' || len(entry) < 2 || entry[1] != '/'
		}
		return EntryDataURI, string(entry[:colon]) == "data"
	}
	for i, c := range host {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == ':':
		case c == '/':
			return EntryHTTP, i > 0
		default:
			return EntryHTTP, false
		}
	}
	return EntryHTTP, len(host) > 0
}

// splitURL finds a URL's scheme and its host, with port and credentials.
func splitURL(url []byte) (scheme, host []byte, fault string) {
	for len(url) > 0 && url[0] <= ' ' {
		url = url[1:]
	}
	// Line feeds and tabs are taken out, wherever they are. They are rare, and matter only as far as scheme and host reach.
	if bytes.ContainsAny(url[:min(len(url), longestPath)], "\t\r\n") {
		url = bytes.Map(func(r rune) rune {
			if r == '\t' || r == '\r' || r == '\n' {
				return -1
			}
			return r
		}, url)
	}
	if i := bytes.IndexByte(url, ':'); i > 0 && isScheme(url[:i]) {
		scheme, url = url[:i], url[i+1:]
	}
	if !bytes.HasPrefix(url, []byte("//")) {
		return scheme, nil, ""
	}
	host = url[2:]
	if end := bytes.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	open, closed := bytes.IndexByte(host, '[') >= 0, bytes.IndexByte(host, ']') >= 0
	if open != closed || open && !bracketed(string(host)) {
		return scheme, host, "has a host that is not a valid IPv6 address"
	}
	for rest := host; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r >= utf8.RuneSelf && strings.ContainsRune(delimiters, r) {
			return scheme, host, "has a host with a character that stands for another one (Unicode form NFKC)"
		}
		rest = rest[size:]
	}
	return scheme, host, ""
}

// delimiters are the characters that Unicode's form NFKC turns into one of /?#@:, or more with one of these.
const delimiters = "\u2047\u2048\u2049\u2100\u2101\u2105\u2106\u2a74\ufe13\ufe16\ufe55\ufe56\ufe5f\ufe6b\uff03\uff0f\uff1a\uff1f\uff20"

var futureAddress = regexp.MustCompile(`^v[a-fA-F0-9]+\..+$`)

// bracketed reports whether what is in a host's brackets is an address, and nothing but credentials and a port is around them.
func bracketed(host string) bool {
	host = host[strings.LastIndexByte(host, '@')+1:]
	before, rest, found := strings.Cut(host, "[")
	if !found {
		return false
	}
	address, after, _ := strings.Cut(rest, "]")
	if before != "" || after != "" && after[0] != ':' {
		return false
	}
	if strings.HasPrefix(address, "v") {
		return futureAddress.MatchString(address)
	}
	ip, err := netip.ParseAddr(address)
	return err == nil && ip.Is6()
}

// isScheme reports whether the bytes can be the scheme of a URL (RFC 3986, section 3.1).
func isScheme(b []byte) bool {
	for i, c := range b {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	return len(b) > 0
}
