package generator

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync"

	"golang.org/x/sync/errgroup"

	"mmjsonl/internal/files"
)

const (
	pieceBytes = 256 << 10 // of content that are read at once: few enough to be in the processor's cache until they were hashed and written
	morePieces = 16        // that are read before the whole's digest has seen them
)

// reading is the reading of all shards for a join.
type reading struct {
	*Join
	to       *output // what is read is written there, unless a shard is wrong; nil: nowhere
	progress *Progress

	mu    sync.Mutex
	wrong WrongShards

	whole         hash.Hash // sees the content in its order; nil if the plan does not want that
	free, waiting chan []byte
}

// read reads the content of all shards, and returns what is wrong with it. The digest of the whole is made in the same time. If the state of the
// first shard's SHA-256 is known, only what follows that shard has to be hashed so, and the first shard is read beside the others.
func (j *Join) read(ctx context.Context, to *output, progress *Progress) (WrongShards, error) {
	r := &reading{Join: j, to: to, progress: progress, wrong: WrongShards{}}
	behind := 0
	if j.plan.Output.Digest {
		if r.whole = r.shards[0].Digest.restore(); r.whole != nil {
			behind = 1
		} else {
			r.whole = sha256.New()
		}
	}
	r.free, r.waiting = make(chan []byte, morePieces), make(chan []byte, morePieces)
	for range morePieces {
		r.free <- make([]byte, pieceBytes)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		for i := range behind {
			if err := r.shard(ctx, i, false); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		defer close(r.waiting)
		for i := behind; i < len(r.shards); i++ {
			if err := r.shard(ctx, i, r.whole != nil); err != nil {
				return err
			}
		}
		return nil
	})
	group.Go(func() error {
		for piece := range r.waiting {
			r.whole.Write(piece)
			r.free <- piece[:pieceBytes]
		}
		return nil
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if r.whole != nil && len(r.wrong) == 0 {
		j.sum = hex.EncodeToString(r.whole.Sum(nil))
	}
	return r.wrong, nil
}

// shard reads one shard. If it is hashed, the whole's digest sees it.
func (r *reading) shard(ctx context.Context, i int, hashed bool) error {
	s := r.shards[i]
	own, want := s.Digest.Begin()
	content, fault := r.content(i)
	if fault != nil {
		r.blame(i, fault)
		return nil
	}
	defer content.Close()
	if own == nil && !hashed && r.to == nil {
		r.progress.add(s.Bytes)
		return nil
	}
	return r.follow(ctx, i, io.LimitReader(content, s.Bytes), own, want, hashed)
}

// follow reads the content of a shard, of which own is the digest that is to be as wanted; nil: that is not known.
func (r *reading) follow(ctx context.Context, i int, content io.Reader, own hash.Hash, want string, hashed bool) error {
	var buffer []byte
	if !hashed {
		buffer = make([]byte, pieceBytes)
	}
	total := int64(0)
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		piece := buffer
		if hashed {
			piece = <-r.free
		}
		n, err := io.ReadFull(content, piece)
		switch {
		case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
			more = false
		case err != nil:
			if hashed {
				r.free <- piece // or many shards that cannot be read would leave none
			}
			r.blame(i, fmt.Errorf("it cannot be read: %w", files.WithoutPath(err)))
			return nil
		}
		piece = piece[:n]
		if own != nil {
			own.Write(piece)
		}
		if r.to != nil && !r.isWrong() {
			if err := r.to.writeAt(piece, r.starts[i]+total); err != nil {
				return err
			}
		}
		if hashed {
			r.waiting <- piece
		}
		total += int64(n)
		r.progress.add(int64(n))
	}
	switch {
	case total != r.shards[i].Bytes:
		r.blame(i, fmt.Errorf("it has %d bytes and not %d", total, r.shards[i].Bytes))
	case own != nil && hex.EncodeToString(own.Sum(nil)) != want:
		r.blame(i, errors.New("it is damaged: its digest is not the one in its manifest"))
	}
	return nil
}

func (r *reading) blame(i int, fault error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong[i] = fault
}

// isWrong reports whether a shard is wrong, so that nothing will come of what is written.
func (r *reading) isWrong() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.wrong) > 0
}

// content opens all of a shard's content, in its own file and in the first. The error is what is wrong with the shard.
func (j *Join) content(i int) (io.ReadCloser, error) {
	rest, err := j.open(i)
	if err != nil || i == 0 {
		return rest, err
	}
	var parts []io.Reader
	var opened heldContent
	if held := j.held(i); held > 0 {
		first, err := j.shards[0].Place.Open()
		if err != nil {
			if rest != nil {
				rest.Close()
			}
			return nil, fmt.Errorf("the first shard, which holds a part of it, cannot be read: %w", files.WithoutPath(err))
		}
		parts, opened.files = append(parts, io.NewSectionReader(first, j.starts[i], held)), append(opened.files, first)
	}
	if rest != nil {
		parts, opened.files = append(parts, rest), append(opened.files, rest)
	}
	opened.Reader = io.MultiReader(parts...)
	return opened, nil
}

// heldContent is a shard's content, of which the first shard's file may hold the beginning.
type heldContent struct {
	io.Reader
	files []io.Closer
}

func (h heldContent) Close() error {
	var errs []error
	for _, f := range h.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}
