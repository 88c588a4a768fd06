package inspect

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"mmjsonl/internal/format"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
	"mmjsonl/internal/tokenizer"
)

// Options are what a user asks of a file.
type Options struct {
	Reuse   reuse.Options // Images need not be given; Concurrency is that of the client
	Sending Sending
	// Identities are what makes two references the same image. The first is what the figures are about; of the others there are figures too
	// if they differ. By default these are ByUUID and ByContent.
	Identities []servers.Identity
	Dir        string // the working directory, in which relative paths are looked for
	// Open opens a local file that a row names. By default any file is opened that is a regular one. An error that is ErrOutside says that
	// the file must not be looked for.
	Open func(path string) (*os.File, error)
	// Tokenizer counts the tokens of texts; nil: they are not counted. Digest is that of its file.
	Tokenizer *tokenizer.Tokenizer
	Digest    string
}

// Sending says how a client sends the file.
type Sending struct {
	FixedSchedule bool  // by timestamps
	Requests      int64 // to send behind the warm-up, with another pass where the file ends; 0: the file once
	WarmUp        int64 // requests to send before, from the file's beginning
}

// Read reads a stream to its end and returns what is in it. name is for the Result and for errors. Bad rows are no error; an error
// means that the stream could not be read or understood to its end, or that ctx was cancelled.
func Read(ctx context.Context, name string, stream io.Reader, options Options) (*Result, error) {
	return read(ctx, name, stream, options, defaultLimits)
}

func read(ctx context.Context, name string, stream io.Reader, options Options, limits limits) (*Result, error) {
	compression, plain, err := decompress(stream, limits.unpacked.bytes)
	if err != nil {
		return nil, fmt.Errorf("failed to read %q: %w", name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t := newTally(name, options)
	l := readLines(ctx, plain, limits, options.Tokenizer)
	var requests, images int64
	for {
		var c *chunk
		var ok bool
		select {
		case c, ok = <-l.order:
		case <-ctx.Done():
			return nil, ctx.Err() // the reader may hang in its stream; it ends when that does
		}
		if !ok {
			break
		}
		select {
		case <-c.parsed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if err := t.add(ctx, &c.batch, &c.tokens, l.kind); err != nil {
			return nil, err
		}
		requests += int64(len(c.batch.Requests))
		images += int64(len(c.batch.References))
		l.counted(c)
		if packed, ok := plain.(*unpacked); ok {
			compressed := packed.from.bytes.Load()
			if err := cmp.Or(limits.unpacked.lines.exceeded(max(t.result.Lines, requests), "lines", compressed),
				limits.unpacked.images.exceeded(images, "images", compressed)); err != nil {
				return nil, fmt.Errorf("failed to read %q: %w", name, err)
			}
		}
	}
	switch {
	case l.err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("failed to read %q: the %s data is cut short after %d lines", name, compression, t.result.Lines)
	case l.err != nil && t.result.Lines == 0:
		return nil, fmt.Errorf("failed to read %q: %w", name, l.err)
	case l.err != nil:
		return nil, fmt.Errorf("failed to read %q after %d lines: %w", name, t.result.Lines, l.err)
	}
	t.result.File, t.result.Compression = name, compression
	if err := t.end(ctx); err != nil {
		return nil, err
	}
	return t.result, nil
}

// Kind is the kind of a file's rows.
type Kind = format.Kind

// identityNames are what identities are called in documents.
var identityNames = map[servers.Identity]string{servers.ByUUID: "uuid", servers.ByContent: "content", servers.ByURL: "url"}
