package generator

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"mmjsonl/internal/files"
)

// output is the file being made. Workers render sections of it side by side; the sections go out in order.
//
// A plain file has its sections written at their offsets, several at once. Anything else (a pipe, a compressed stream) has
// them written in turn, through one writer.
type output struct {
	temp    *files.Staged // the file under its temporary name; nil where no file has to be renamed
	final   string
	staged  []*files.Staged // files about the output, which appear with it
	folders []*files.Folder // of all these

	file    *placedWriter // a plain file, or nil
	stream  io.Writer     // anything else, or nil
	closers []io.Closer   // of the stream, outermost first
	again   func()        // has a compressor that was closed begin anew behind its end; nil without one

	digest *digests // nil if none is requested
	count  int64    // bytes that went out
	room   int64    // up to where room on the disk is reserved, or 0

	last <-chan struct{} // closed when the last section handed out has passed its turn
}

// createOutput opens the output of a plan, under a temporary name in its folder if it is a file.
func createOutput(p *Plan, stdout io.Writer) (*output, error) {
	begin := make(chan struct{})
	close(begin)
	out := &output{last: begin, digest: newDigests(p)}

	var sink io.Writer
	switch {
	case p.Output.Stdout:
		sink = stdout
	case p.Output.device:
		device, err := p.openDevice()
		if err != nil {
			return nil, files.Explain("open", p.Names.Output.Here, err)
		}
		sink, out.closers = device, []io.Closer{device}
	default:
		// A link stays, and what it leads to is replaced, with the permissions it had.
		final := p.Names.Output.Target()
		folder, err := final.Folder().MakeFolder(p.owner)
		if err != nil {
			return nil, err
		}
		out.folders = append(out.folders, folder)
		name := filepath.Base(final.Here)
		folder.RemoveLeft(name)
		temp, err := folder.Stage(name)
		if err != nil {
			folder.Close()
			return nil, err
		}
		out.temp, out.final = temp, final.Here
		if old, err := folder.Stat(name); err == nil {
			if err := temp.Chmod(old.Mode().Perm()); err != nil {
				return nil, errors.Join(files.Explain("set the permissions of", final.Here, err), out.discard())
			}
		}
		if p.Output.Compression == CompressionNone {
			out.file = newPlacedWriter(temp)
			return out, nil
		}
		sink = temp
	}

	counted := &countedWriter{out: out, w: sink}
	if p.Output.Compression == CompressionNone || p.framed() {
		out.stream = counted
		return out, nil
	}
	// Compressors write little by little.
	buffered := bufio.NewWriterSize(counted, 1<<20)
	compressor, err := newCompressor(buffered, p)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("failed to set up %s: %w", p.Output.Compression, err), out.discard())
	}
	out.stream, out.again = compressor, func() { compressor.Reset(buffered) }
	out.closers = append([]io.Closer{compressor, closeFunc(buffered.Flush)}, out.closers...)
	return out, nil
}

// openDevice opens what is there already and not to be replaced.
func (p *Plan) openDevice() (*os.File, error) {
	if p.Output.stream != 0 {
		return files.Stream(p.Output.stream)
	}
	return os.OpenFile(p.Names.Output.Here, os.O_WRONLY|os.O_APPEND, 0)
}

// companions writes the files about the output, to appear with it, if there are any.
func (o *output) companions(stats *Stats, owner *files.Owner, finish func(*Stats) ([]Companion, error)) error {
	if finish == nil {
		return nil
	}
	all, err := finish(stats)
	for _, c := range all {
		if err == nil {
			err = o.stage(c, owner)
		}
	}
	return err
}

// stage writes a file about the output, to appear with it.
func (o *output) stage(c Companion, owner *files.Owner) error {
	if o.temp != nil {
		if err := o.temp.CheckFolder(); err != nil {
			return err
		}
	}
	target := c.Place.Target()
	folder, err := o.folderOf(target, owner)
	if err != nil {
		return err
	}
	name := filepath.Base(target.Here)
	folder.RemoveLeft(name)
	staged, err := folder.StageContent(name, c.Content)
	if err == nil {
		o.staged = append(o.staged, staged)
	}
	return err
}

// folderOf returns the folder of a file about the output. The output's own folder is there, or somebody has removed it: then it is not for the
// run to make it again.
func (o *output) folderOf(place files.Place, owner *files.Owner) (*files.Folder, error) {
	for _, folder := range o.folders {
		if folder.Path == filepath.Dir(place.Here) {
			return folder, nil
		}
	}
	folder, err := place.Folder().MakeFolder(owner)
	if err == nil {
		o.folders = append(o.folders, folder)
	}
	return folder, err
}

// countedWriter is where the bytes of a stream leave for good: they are counted and hashed as they lie in the file.
type countedWriter struct {
	out *output
	w   io.Writer
}

func (c *countedWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.out.account(p[:n])
	return n, err
}

type closeFunc func() error

func (f closeFunc) Close() error { return f() }

// nextPiece ends a piece of a compressed stream: what follows is one of its own.
func (o *output) nextPiece() error {
	if o.again == nil {
		return nil // rows_zstd.go makes frames by itself
	}
	err := o.closers[0].Close()
	o.again()
	return o.explain(err)
}

// compressor can be used again after it was closed.
type compressor interface {
	io.WriteCloser
	Reset(io.Writer)
}

// newCompressor returns a compressor whose bytes depend only on the plan and the version of the library, not on the machine.
func newCompressor(w io.Writer, p *Plan) (compressor, error) {
	if p.Output.Compression == CompressionGzip {
		levels := map[Level]int{"fastest": gzip.BestSpeed, "default": gzip.DefaultCompression, "better": 8, "best": gzip.BestCompression}
		return gzip.NewWriterLevel(w, levels[p.Output.Level])
	}
	levels := map[Level]zstd.EncoderLevel{"fastest": zstd.SpeedFastest, "default": zstd.SpeedDefault,
		"better": zstd.SpeedBetterCompression, "best": zstd.SpeedBestCompression}
	options := []zstd.EOption{
		zstd.WithEncoderLevel(levels[p.Output.Level]),
		zstd.WithEncoderConcurrency(2), // a constant, not the number of cores
	}
	if p.inline() {
		// Base64 of noise is smaller by a quarter only if literals are always entropy-coded.
		options = append(options, zstd.WithAllLitEntropyCompression(true))
	}
	return zstd.NewWriter(w, options...)
}

// section is a stretch of the output that one worker renders.
type section struct {
	out    *output
	before <-chan struct{} // closed when it is this section's turn
	after  chan struct{}   // closed when its turn is over
	held   bool

	reserved bool  // its place in the file is known, and its turn is over
	at, end  int64 // of what is left of that place
}

// next hands out the section after the one handed out last. It must not be called by two workers at once.
func (o *output) next() section {
	after := make(chan struct{})
	s := section{out: o, before: o.last, after: after}
	o.last = after
	return s
}

// wait returns when the sections before this one are all accounted for.
func (s *section) wait(ctx context.Context) error {
	if s.held {
		return nil
	}
	select {
	case <-s.before:
		s.held = true
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// canReserve reports whether sections can be given their places in the file before they are rendered: if nothing has to see their
// bytes in order.
func (o *output) canReserve() bool { return o.file != nil && o.digest == nil }

// reserve gives a section that can be its place in the file, and passes the turn on: the section will be of exactly that length.
func (s *section) reserve(ctx context.Context, length int64) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	s.reserved, s.at = true, s.out.place(length)
	s.end = s.out.count
	close(s.after)
	return nil
}

// writeReserved writes the next part of a section that has its place.
func (s *section) writeReserved(p []byte) error {
	err := s.out.writeAt(p, s.at)
	s.at += int64(len(p))
	return err
}

// write writes the beginning of the section, or its next part; more follows.
func (s *section) write(ctx context.Context, p []byte) error {
	if err := ctx.Err(); err != nil { // a single row may be gigabytes long
		return err
	}
	if s.reserved {
		return s.writeReserved(p)
	}
	if err := s.wait(ctx); err != nil {
		return err
	}
	if s.out.file == nil {
		_, err := s.out.stream.Write(p)
		return s.out.explain(err)
	}
	return s.out.writeAt(p, s.out.account(p))
}

// finish takes the section's end, which is written then or soon, and passes the turn on. It returns an empty buffer for the next section.
func (s *section) finish(ctx context.Context, p []byte) ([]byte, error) {
	if s.reserved {
		err := s.writeReserved(p)
		if err == nil && s.at != s.end {
			err = fmt.Errorf("failed to write %q: a row is %d bytes longer than it was going to be: this is a bug, please report it", s.out.final, s.at-s.end)
		}
		return p[:0], err
	}
	if err := s.wait(ctx); err != nil {
		return nil, err
	}
	if s.out.file == nil {
		if _, err := s.out.stream.Write(p); err != nil {
			return nil, s.out.explain(err)
		}
		close(s.after)
		return p[:0], nil
	}
	at := s.out.account(p)
	close(s.after)
	empty, err := s.out.file.write(placed{p, at})
	return empty, s.out.explain(err)
}

// writeAt writes bytes of a plain file whose place is known.
func (o *output) writeAt(p []byte, at int64) error {
	_, err := o.temp.WriteAt(p, at)
	return o.explain(err)
}

// account counts and hashes bytes in the order of the file, and returns the offset of the first.
func (o *output) account(p []byte) int64 {
	at := o.place(int64(len(p)))
	if o.digest != nil {
		o.digest.write(p)
	}
	return at
}

// place returns the offset of the next n bytes in the order of the file, and sees to it that a long plain file has room for them.
func (o *output) place(n int64) int64 {
	const step = 16 << 20
	at := o.count
	o.count += n
	if o.file != nil && o.count > step && o.count > o.room {
		from := max(at, o.room)
		o.room = max(from+step, o.count)
		files.Preallocate(o.temp.File, from, o.room-from)
	}
	return at
}

func (o *output) explain(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.EPIPE) {
		return fmt.Errorf("failed to write the output: %w: what read it has gone before its end", err)
	}
	if o.final == "" {
		return fmt.Errorf("failed to write the output: %w", err)
	}
	return files.Explain("write", o.final, err)
}

// endRows ends a stream, so that all its bytes are accounted for, and gives room that a plain file does not need back to the disk: the
// files about it may need it.
func (o *output) endRows() error {
	var errs []error
	for _, c := range o.closers {
		errs = append(errs, c.Close())
	}
	o.closers = nil
	if o.room > o.count {
		errs = append(errs, o.temp.Truncate(o.count))
	}
	o.room = 0
	return o.explain(errors.Join(errs...))
}

// commit ends the output: the file appears under its name, and with it the files about it.
func (o *output) commit(owner *files.Owner) error {
	if err := o.endRows(); err != nil {
		return errors.Join(err, o.discard())
	}
	defer o.closeFolders()
	return files.Publish(owner, o.takeStaged()...)
}

// takeStaged returns the files that have yet to appear, the output last. The output has none after that.
func (o *output) takeStaged() []*files.Staged {
	all := o.staged
	if o.temp != nil {
		all = append(all, o.temp)
	}
	o.staged, o.temp = nil, nil
	return all
}

func (o *output) closeFolders() {
	for _, folder := range o.folders {
		folder.Close()
	}
	o.folders = nil
}

// discard ends an output that failed: nothing is left of it.
func (o *output) discard() error {
	defer o.closeFolders()
	var errs []error
	for _, file := range o.takeStaged() {
		errs = append(errs, file.Discard())
	}
	return errors.Join(errs...)
}
