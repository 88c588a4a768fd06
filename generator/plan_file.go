package generator

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"sync"

	"mmjsonl/internal/files"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/stream"
)

// Shards of a plan sample the same slots and count the same figures. Of many slots that takes seconds, and so the first shard that has done it
// leaves both in a file beside its output, for those that begin later. Nothing depends on that file: it holds what a shard would compute
// itself, and one that finds none, or another than it needs, does so.
//
// The file's name has the digest of what the slots and figures follow from. It begins with planFileBegin and that digest, and ends in a digest
// of all before.

// planFileSlots is from how many slots on such a file pays: they take a tenth of a second.
const planFileSlots = 1 << 20

const (
	planFileBegin   = "mmjsonl plan 1\n"
	planFileInfix   = ".plan-"
	planFileAround  = 1 << 20 // bytes that the file may have beside its slots and rows
	planBytesOfSlot = 4       // at most
	planBytesOfRow  = 16      // at most
)

var planFileName = pattern(regexp.QuoteMeta(planFileInfix) + `[0-9a-f]{16}$`)

// sharesPlan reports whether the plan's shards have a file of its slots.
func (p *Plan) sharesPlan() bool {
	return p.Shard.Count > 1 && p.Shape().Slots >= p.leastShared
}

// planFileSize is at most how many bytes that file has.
func (p *Plan) planFileSize() int64 {
	return planFileAround + p.Shape().Slots*planBytesOfSlot + int64(p.Shape().Rows)*planBytesOfRow
}

// thisProgram is the digest of the program itself: another build may sample otherwise.
var thisProgram = sync.OnceValues(func() ([]byte, error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := newXXH3()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
})

// planKey is the digest of what slots and figures follow from.
func (p *Plan) planKey() ([]byte, error) {
	program, err := thisProgram()
	h := newXXH3()
	fmt.Fprintf(h, "%x %d %#v %#v %d %v", program, p.Seed, p.Stream, p.Targets, p.Concurrency, p.Weights)
	return h.Sum(nil), err
}

// readPlanFile returns the slots and the figures that another shard left, or nil.
func (p *Plan) readPlanFile() (*stream.Stream, *reuse.Figures) {
	if !p.sharesPlan() {
		return nil, nil
	}
	key, err := p.planKey()
	if err != nil {
		return nil, nil
	}
	place := p.Names.Output.Target().Folder().Join(p.planFileName(key))
	if info, err := place.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > p.planFileSize() {
		return nil, nil
	}
	f, err := place.Open()
	if err != nil {
		return nil, nil
	}
	defer f.Close()
	s, figures, err := p.decodePlan(f, key)
	if err != nil {
		return nil, nil
	}
	return s, figures
}

func (p *Plan) planFileName(key []byte) string {
	return p.joined + planFileInfix + hex.EncodeToString(key[:8])
}

// decodePlan reads such a file. Its end is checked before anything of it is used.
func (p *Plan) decodePlan(f *os.File, key []byte) (*stream.Stream, *reuse.Figures, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	h := newXXH3()
	content := bufio.NewReaderSize(io.TeeReader(io.LimitReader(f, info.Size()-int64(h.Size())), h), pieceBytes)
	begin := make([]byte, len(planFileBegin)+len(key))
	if _, err := io.ReadFull(content, begin); err != nil || string(begin) != planFileBegin+string(key) {
		return nil, nil, errors.Join(err, errors.New("it is of another plan"))
	}
	// Of the other rows only the figures matter, but for what images earlier rows hold.
	rows := p.Part.Rows
	if p.inline() {
		rows.From = 0
	}
	s, err := stream.Read(content, p.Shape(), rows.From, rows.To)
	if err != nil {
		return nil, nil, err
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return nil, nil, err
	}
	sum := make([]byte, h.Size())
	if _, err := io.ReadFull(f, sum); err != nil || !bytes.Equal(sum, h.Sum(nil)) {
		return nil, nil, errors.Join(err, errors.New("it is damaged"))
	}
	var figures reuse.Figures
	if err := json.Unmarshal(text, &figures); err != nil {
		return nil, nil, err
	}
	hits := len(figures.Capacities)
	if p.Weights != nil {
		hits = len(figures.InBytes)
	}
	if shape := p.Shape(); figures.Requests != int64(shape.Rows) || figures.Slots < shape.Slots || hits != len(p.Targets) {
		return nil, nil, errors.New("its figures are of another plan")
	}
	return s, &figures, p.checkTargets(s, &figures)
}

// leavePlanFile leaves the slots and the figures to other shards. That it cannot is no fault of the run.
func (p *Plan) leavePlanFile(folder *files.Folder, s *stream.Stream, figures *reuse.Figures) {
	if key, err := p.planKey(); err == nil {
		_ = p.writePlanFile(folder, key, s, figures)
	}
}

func (p *Plan) writePlanFile(folder *files.Folder, key []byte, s *stream.Stream, figures *reuse.Figures) error {
	text, err := json.Marshal(figures)
	if err != nil {
		return err
	}
	name := p.planFileName(key)
	folder.RemoveLeft(name)
	staged, err := folder.Stage(name)
	if err != nil {
		return err
	}
	h := newXXH3()
	content := bufio.NewWriterSize(io.MultiWriter(staged, h), pieceBytes)
	content.WriteString(planFileBegin)
	content.Write(key)
	if err = s.Write(content); err == nil {
		content.Write(text)
		err = content.Flush()
	}
	if err == nil {
		_, err = staged.Write(h.Sum(nil))
	}
	if err != nil {
		return errors.Join(err, staged.Discard())
	}
	return files.Publish(p.owner, staged)
}

// RemovePlanFiles removes what the shards of a file have left to each other beside them. output is the name that they have in common.
func RemovePlanFiles(place files.Place, output string) error {
	folder, err := place.OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	names, err := folder.Names()
	if err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		if before := planFileName().FindStringIndex(name); before == nil || name[:before[0]] != output {
			continue
		}
		if begin, err := beginning(place.Join(name), name); err == nil && bytes.HasPrefix(begin, []byte(planFileBegin)) {
			errs = append(errs, folder.Remove(name))
		}
	}
	return errors.Join(errs...)
}
