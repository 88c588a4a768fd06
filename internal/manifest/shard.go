package manifest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"mmjsonl/generator"
)

// Shard is what the manifest of a part says beside what it was made from, which is the same for all parts. Figures are those of all rows.
type Shard struct {
	Index  int64  `json:"index"`
	Count  int64  `json:"count"`
	Output string `json:"output"` // name of the file that all parts make together
	// URLRepeats is [generator.URLSource.Repeats].
	URLRepeats int64 `json:"url_repeats,omitempty"`
	// Reference is the usual length of a reference to an image that rows name by a URL of a list.
	Reference int64 `json:"url_length,omitempty"`
	// Folder is a digest of the names and lengths of a person's own images, of which the rows show some.
	Folder string `json:"images_from_digest,omitempty"`
	// SHA256State is, of the first part, where the SHA-256 of all parts goes on: as Go's crypto/sha256 writes its state.
	SHA256State []byte `json:"sha256_state,omitempty"`
	// Checksums are those of the images that this part is the one to make. Of each: how far its number is from the one before, as a varint
	// (encoding/binary), the first from -1; and its CRC-32, highest byte first.
	Checksums []byte `json:"image_crc32s,omitempty"`
}

// shardOf is what a plan's manifest says of its part; nil if that is everything.
func shardOf(p *generator.Plan, s *generator.Stats) *Shard {
	if p.Shard.Count == 0 {
		return nil
	}
	shard := &Shard{Index: p.Shard.Index, Count: p.Shard.Count, Output: p.JoinedName(), SHA256State: s.SHA256State}
	if p.URLs != nil {
		shard.URLRepeats, shard.Reference = p.URLs.Repeats, p.Reference.Length
	}
	if p.Folder != nil {
		shard.Folder = p.Media.Set()
	}
	last := int64(-1)
	for _, c := range s.Checksums {
		shard.Checksums = binary.AppendUvarint(shard.Checksums, uint64(int64(c.Image)-last))
		shard.Checksums = binary.BigEndian.AppendUint32(shard.Checksums, c.CRC32)
		last = int64(c.Image)
	}
	return shard
}

// check returns what is wrong with a part that a manifest was read of.
func (s *Shard) check() error {
	switch {
	case s.Count < 1 || s.Count > generator.MaxShards || s.Index < 0 || s.Index >= s.Count:
		return fmt.Errorf("it is of shard %d/%d, which there cannot be", s.Index, s.Count)
	case s.Output == "" || s.Output != filepath.Base(s.Output):
		return fmt.Errorf("its shards make the file %.100q, which is not a plain name", s.Output)
	}
	_, err := s.ImageChecksums()
	return err
}

// ImageChecksums returns the checksums of the images that the part is the one to make.
func (s *Shard) ImageChecksums() (checksums []generator.Checksum, err error) {
	image := int64(-1)
	for left := s.Checksums; len(left) > 0; {
		gap, n := binary.Uvarint(left)
		if n <= 0 || gap < 1 || gap > 1<<32 || len(left) < n+4 || image+int64(gap) >= 1<<32 {
			return nil, errors.New("its checksums of images are damaged")
		}
		image += int64(gap)
		checksums = append(checksums, generator.Checksum{Image: uint32(image), CRC32: binary.BigEndian.Uint32(left[n:])})
		left = left[n+4:]
	}
	return checksums, nil
}

// Differs returns in what the manifest of a shard is of another plan than that of the first, or "".
func (m *Manifest) Differs(first *Manifest) string {
	switch {
	case m.Version != first.Version:
		return fmt.Sprintf("was made by version %.100q, and the first by %.100q", m.Version, first.Version)
	case m.Shard.Count != first.Shard.Count:
		return fmt.Sprintf("is one of %d shards, and the first one of %d", m.Shard.Count, first.Shard.Count)
	case m.Shard.Output != first.Shard.Output:
		return fmt.Sprintf("is a part of %.100q, and the first of %.100q", m.Shard.Output, first.Shard.Output)
	}
	names := maps.Clone(first.Inputs)
	maps.Copy(names, m.Inputs)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if got, want := m.Inputs[name], first.Inputs[name]; got != want {
			return fmt.Sprintf("has %s %.100q, and the first has %.100q", name, got, want)
		}
	}
	switch {
	case !reflect.DeepEqual(m.URLs, first.URLs):
		return "has other URLs than the first: the source has changed between them"
	case m.Shard.Folder != first.Shard.Folder:
		return "has other images of the folder than the first: it has changed between them"
	case !reflect.DeepEqual(m.Figures, first.Figures):
		return "has other figures than the first"
	}
	return ""
}
