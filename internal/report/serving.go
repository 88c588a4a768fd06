package report

import (
	"fmt"
	"io"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/serve"
)

// Serving is what a media server says when it has started. Texts of it may be from outside.
type Serving struct {
	Address string // where it listens: 127.0.0.1:9999
	Base    string // of the URLs of all that it serves: http://127.0.0.1:9999
	Local   bool   // only this machine reaches it
	Memory  int64  // bytes of images that it keeps
	Sources []Served
	Send    []string // commands that send a file whose images are served
}

// Served is where images come from.
type Served struct {
	Name        string // the manifest or the folder, as it was given
	What        string // 100 images of 512x512, made on the fly
	Bytes       int64  // all images together, if they are made
	First, Last string // paths of images, escaped for URLs; Last is "" where there are not two
}

// Text writes it for a terminal.
func (s *Serving) Text(w io.Writer) error {
	var b strings.Builder
	made := int64(0)
	for _, served := range s.Sources {
		fmt.Fprintf(&b, "%s: %s", escape.Line(served.Name), served.What)
		if served.Bytes > 0 {
			fmt.Fprintf(&b, ", %s", bytesWords(served.Bytes))
		}
		b.WriteString("\n")
		made += served.Bytes
		if served.First != "" {
			fmt.Fprintf(&b, "  %s\n", escape.Line(s.Base+served.First))
		}
		if served.Last != "" {
			fmt.Fprintf(&b, "  to %s\n", escape.Line(s.Base+served.Last))
		}
	}
	if made > s.Memory && s.Memory > 0 {
		fmt.Fprintf(&b, "images that are fetched again are kept in %s of memory; --memory gives them more\n", bytesWords(s.Memory))
	}
	reached := "other machines reach it too"
	if s.Local {
		reached = "only this machine reaches it"
	}
	fmt.Fprintf(&b, "listening at %s: %s; Ctrl-C stops it\n", s.Address, reached)
	fmt.Fprintf(&b, "what is fetched is counted at %s/stats (JSON) and %[1]s/metrics (Prometheus)\n\nTry:\n", s.Base)
	for _, served := range s.Sources {
		if served.First != "" {
			fmt.Fprintf(&b, "  curl -sI %s\n", escape.Shell(s.Base+served.First))
			break
		}
	}
	fmt.Fprintf(&b, "  curl -s %s/stats\n", s.Base)
	for _, line := range s.Send {
		fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(line, "\n", "\n  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Counted writes what a server has counted, when it stops.
func Counted(w io.Writer, s serve.Stats) error {
	text := fmt.Sprintf("sent %s of %s: %s", counted(s.Fetches, "complete image"), counted(s.Distinct, "distinct image"), bytesWords(s.Bytes))
	for _, other := range []struct {
		n    int64
		what string
	}{
		{s.Partial, "answers with a range"}, {s.Unchanged, "to clients that had the image"}, {s.Heads, "HEAD"}, {s.Failed, "failed on purpose"},
		{s.Aborted, "not taken completely"}, {s.Rejected, "for what does not exist"},
	} {
		if other.n > 0 {
			text += fmt.Sprintf("; %s %s", grouped(other.n), other.what)
		}
	}
	_, err := fmt.Fprintln(w, text)
	return err
}
