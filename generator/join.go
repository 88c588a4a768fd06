package generator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"mmjsonl/internal/files"
)

// Joined is what is known beforehand of a file whose rows exist in shards: its plan reads no source of URLs and makes nothing.
type Joined struct {
	URLs      *URLSource // where the rows' URLs came from; nil if they come from no list
	Reference int64      // the plan's Reference.Length
	Bytes     int64      // of all shards
	InPlace   bool       // the shards go as they are joined, so that no more room is needed
}

// ShardFile is the file of one shard.
type ShardFile struct {
	Place  files.Place
	Bytes  int64 // that it should have
	Digest ShardDigest
}

// Join is files of shards that are about to become one.
type Join struct {
	plan    *Plan
	shards  []ShardFile
	inPlace bool
	starts  []int64 // where each shard's rows begin in the whole, and where the last one's end
	step    int64   // of what is copied: see copyStep
	first   int64   // bytes that the first file has: in place, it is the one that grows, and may hold more than its own
	sum     string  // SHA-256 of the whole in hexadecimal, once it was read; "" if the plan does not want it
}

// NewJoin looks at the files of all shards, in their order. With inPlace the first file becomes the whole, and each other one goes when it
// was appended; a join that was stopped goes on where it was.
func NewJoin(p *Plan, shards []ShardFile, inPlace bool) *Join {
	j := &Join{plan: p, shards: shards, inPlace: inPlace, step: copyStep, starts: []int64{0}}
	for i, s := range shards {
		j.starts = append(j.starts, j.starts[i]+s.Bytes)
	}
	if info, err := shards[0].Place.Stat(); err == nil {
		j.first = info.Size()
	}
	return j
}

// Bytes are those of the whole.
func (j *Join) Bytes() int64 { return j.starts[len(j.shards)] }

// WrongShards is what is wrong with the files of shards, by index.
type WrongShards map[int]error

func (w WrongShards) Error() string {
	var lines []string
	for _, i := range slices.Sorted(maps.Keys(w)) {
		lines = append(lines, fmt.Sprintf("shard %d cannot be joined: %s", i, w[i]))
	}
	return strings.Join(lines, "\n")
}

// Check returns what is wrong with the shards' files, and how many images of each have no file. Nothing has been written then. It reads what the
// shards hold only if something is wrong already, to tell all at once, and in place, where nothing could be taken back; else [Join.Run] does
// that while it copies.
func (j *Join) Check(ctx context.Context, progress *Progress) (wrong WrongShards, missing map[int]int, err error) {
	missing, err = j.missingImages()
	if err != nil {
		return nil, nil, err
	}
	thorough := j.inPlace || len(missing) > 0
	for i := range j.shards {
		f, fault := j.open(i)
		if fault != nil {
			thorough = true
		} else if f != nil {
			f.Close()
		}
	}
	if thorough {
		progress.begin("bytes checked", j.Bytes())
		wrong, err = j.read(ctx, nil, progress)
	}
	return wrong, missing, err
}

// held is how many bytes of a shard the first file holds already.
func (j *Join) held(i int) int64 {
	switch {
	case i == 0:
		return min(j.first, j.shards[0].Bytes)
	case !j.inPlace || j.first < j.starts[i]:
		return 0
	}
	return min(j.first-j.starts[i], j.shards[i].Bytes)
}

// open opens what is left of a shard's file behind what the first file holds of it. It is nil if nothing is left.
func (j *Join) open(i int) (io.ReadCloser, error) {
	s := j.shards[i]
	if i > 0 && j.held(i) == s.Bytes {
		return nil, nil
	}
	// Before it is opened, as opening a pipe waits for its writer.
	info, err := s.Place.Stat()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("it is missing")
	case err != nil:
		return nil, fmt.Errorf("it cannot be looked at: %w", files.WithoutPath(err))
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a plain file")
	case i == 0 && info.Size() > s.Bytes && !j.inPlace && info.Size() <= j.Bytes():
		return nil, fmt.Errorf("it has %d bytes and not %d, as if a join in place had been stopped: go on with that", info.Size(), s.Bytes)
	case info.Size() != s.Bytes && !(i == 0 && j.inPlace && info.Size() > s.Bytes && info.Size() <= j.Bytes()):
		return nil, fmt.Errorf("it has %d bytes and not %d", info.Size(), s.Bytes)
	}
	f, err := s.Place.Open()
	if err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", files.WithoutPath(err))
	}
	if i > 0 {
		if _, err := f.Seek(j.held(i), io.SeekStart); err != nil {
			f.Close()
			return nil, err
		}
	}
	return f, nil
}

// missingImages returns how many of the plan's images have no file, of each of so many shards that should have made them.
func (j *Join) missingImages() (map[int]int, error) {
	p := j.plan
	if !p.WritesImages() {
		return nil, nil
	}
	content, err := p.lookAtImages()
	if err != nil {
		return nil, err
	}
	there := newImageBits(content.images, p.Shape().Pool)
	for _, image := range content.aliases {
		there[image/64] |= 1 << (image % 64)
	}
	missing := map[int]int{}
	for i := range j.shards {
		part := Shard{Index: int64(i), Count: int64(len(j.shards))}.Of(p.Shape().Pool)
		for image := part.From; image < part.To; image++ {
			if !there.has(uint32(image)) {
				missing[i]++
			}
		}
	}
	return missing, nil
}

// copyStep is how much is copied between two looks at the context, and in place between two points where a join that is stopped can go on.
const copyStep = 64 << 20

// Run puts the shards together, after [Join.Check] found nothing wrong with them. stats are the figures of the whole,
// to which it adds its size and digest. finish is as for [Run]. An error that is [WrongShards] says which shards are damaged.
func (j *Join) Run(ctx context.Context, stats *Stats, progress *Progress, finish func(*Stats) ([]Companion, error)) error {
	stats.Bytes = j.Bytes()
	progress.begin("bytes joined", j.Bytes())
	if j.inPlace {
		stats.SHA256 = j.sum
		return j.runInPlace(ctx, stats, progress, finish)
	}
	plain := *j.plan
	plain.Output.Compression, plain.Output.Digest = CompressionNone, false // what the shards hold is copied as it is
	out, err := createOutput(&plain, nil)
	if err != nil {
		return err
	}
	if err = j.copyAll(ctx, out, progress); err == nil {
		stats.SHA256 = j.sum
		err = out.companions(stats, j.plan.owner, finish)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = j.plan.checkReplaced()
	}
	if err != nil {
		return errors.Join(err, out.discard())
	}
	return out.commit(j.plan.owner)
}

// copyAll fills the output with the content of all shards, and reads that for its digests in the same time. Where the kernel can do no better
// than to copy each page, what was read is written, as that takes two thirds of the time; else the kernel copies beside the reading.
func (j *Join) copyAll(ctx context.Context, out *output, progress *Progress) error {
	reads := j.plan.Output.Digest || slices.ContainsFunc(j.shards, func(s ShardFile) bool { return s.Digest.isKnown() })
	if reads && !files.CopiesWell(out.temp.File) {
		files.Preallocate(out.temp.File, 0, j.Bytes())
		wrong, err := j.read(ctx, out, progress)
		if err == nil && len(wrong) > 0 {
			err = wrong
		}
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		for i := range j.shards {
			if err := j.copy(ctx, out, i, progress); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		wrong, err := j.read(ctx, nil, &Progress{})
		if err == nil && len(wrong) > 0 {
			err = wrong
		}
		return err
	})
	return group.Wait()
}

// copy appends a shard to the output. On Linux the kernel copies, and where the file system can, the two files share their blocks
// (copy_file_range).
func (j *Join) copy(ctx context.Context, out *output, i int, progress *Progress) error {
	shard, err := j.open(i)
	if err != nil {
		return fmt.Errorf("failed to read %q: %w", j.shards[i].Place.Here, err)
	}
	if shard == nil {
		return nil
	}
	defer shard.Close()
	for left := j.shards[i].Bytes; left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.CopyN(out.temp.File, shard, min(left, j.step))
		progress.add(n)
		if left -= n; err != nil {
			return files.Explain("write", out.final, err)
		}
	}
	return nil
}

// runInPlace appends each shard to the first one's file, step by step, and frees what was copied, so that the disk needs room for a step and
// no more. At any moment the first file and what is left of the others are the whole: when the process is stopped, the next one goes on.
func (j *Join) runInPlace(ctx context.Context, stats *Stats, progress *Progress, finish func(*Stats) ([]Companion, error)) error {
	folder, err := j.shards[0].Place.Folder().OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	whole, err := folder.Adopt(filepath.Base(j.shards[0].Place.Here), filepath.Base(j.plan.Names.Output.Here))
	if err != nil {
		return err
	}
	defer whole.Close()
	if info, err := whole.Stat(); err != nil || info.Size() != j.first {
		return fmt.Errorf("failed to append to %q: another join goes on: wait for it", j.shards[0].Place.Here)
	}
	progress.add(j.shards[0].Bytes)
	for i := 1; i < len(j.shards); i++ {
		if err := j.move(ctx, whole, i, progress); err != nil {
			return err
		}
	}
	out := &output{staged: nil, final: j.plan.Names.Output.Here}
	err = out.companions(stats, j.plan.owner, finish)
	if err == nil {
		err = j.plan.checkReplaced()
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return errors.Join(err, out.discard())
	}
	out.temp = whole
	return out.commit(j.plan.owner)
}

// move appends what is left of a shard to the whole, and removes its file.
func (j *Join) move(ctx context.Context, whole *files.Staged, i int, progress *Progress) error {
	s, at := j.shards[i], j.held(i)
	progress.add(at)
	folder, err := s.Place.Folder().OpenFolder()
	if err != nil {
		return err
	}
	defer folder.Close()
	name := filepath.Base(s.Place.Here)
	if at < s.Bytes {
		shard, err := folder.OpenToWrite(name)
		if err != nil {
			return files.Explain("open", s.Place.Here, err)
		}
		defer shard.Close()
		if _, err := shard.Seek(at, io.SeekStart); err != nil {
			return files.Explain("read", s.Place.Here, err)
		}
		if _, err := whole.Seek(j.starts[i]+at, io.SeekStart); err != nil {
			return files.Explain("write", whole.Path(), err)
		}
		for at < s.Bytes {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := io.CopyN(whole.File, shard, min(s.Bytes-at, j.step))
			if err == nil {
				err = files.Sync(whole.File)
			}
			if err != nil {
				return fmt.Errorf("%w; nothing is lost: the same command goes on from here", files.Explain("write", j.shards[0].Place.Here, err))
			}
			files.Punch(shard, at, n)
			at += n
			progress.add(n)
		}
	}
	if err := folder.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return files.Explain("remove", s.Place.Here, err)
	}
	return nil
}
