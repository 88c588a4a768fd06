// Package manifest keeps what a file was made from: a few kilobytes of JSON beside the output, from which the same bytes can be
// made again anywhere, and checked.
package manifest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/reuse"
)

// Format is the format of manifests that this version writes and reads.
const Format = 1

// maxBytes bounds a manifest that is read.
const maxBytes = 16 << 20

// foreign are the inputs that no manifest holds: where files are written, and what may be read, is for whoever makes the file again to say,
// who may have the manifest from somebody else.
var foreign = []string{"output", "image-dir", "report", "allow-local-urls", "force"}

// Manifest is what a file was made from, and what came out.
type Manifest struct {
	Format  int               `json:"format"`
	Version string            `json:"mmjsonl"` // of the program
	Inputs  map[string]string `json:"inputs"`  // by name: what decides the bytes, with the seed that was drawn
	File    File              `json:"file"`
	Images  *Images           `json:"images,omitempty"` // generated images
	URLs    *URLs             `json:"urls,omitempty"`   // images of others
	Figures *reuse.Figures    `json:"figures"`
}

// File is the output.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // missing if the run was told not to compute it
}

// Images is the set of generated images.
type Images struct {
	Count int64 `json:"count"`
	// SHA256 is of the CRC-32 that each image carries of its pixels, four bytes each, highest first, in the images' order.
	SHA256 string `json:"crc32s_sha256"`
}

// URLs is the choice of URLs.
type URLs struct {
	Source    string `json:"source"`
	Available int64  `json:"available"`
	// SHA256 is of the URLs chosen, a line each, in the images' order.
	SHA256 string `json:"chosen_sha256"`
}

// New returns the manifest of a file called name. inputs are the run's, by name.
func New(version, name string, inputs map[string]string, p *generator.Plan, s *generator.Stats) *Manifest {
	m := &Manifest{
		Format:  Format,
		Version: version,
		Inputs:  inputs,
		File:    File{Name: name, Bytes: s.Bytes, SHA256: s.SHA256},
		Figures: s.Figures,
	}
	if s.ImagesSHA256 != "" {
		m.Images = &Images{Count: int64(p.Shape().Pool), SHA256: s.ImagesSHA256}
	}
	if p.URLs != nil {
		m.URLs = &URLs{Source: p.URLs.Name, Available: p.URLs.Available, SHA256: p.URLs.SHA256}
	}
	return m
}

// Encode returns the manifest as it is written to a file.
func (m *Manifest) Encode() ([]byte, error) {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("failed to encode the manifest: %w", err)
	}
	return append(text, '\n'), nil
}

// Read reads a manifest.
func Read(f io.Reader) (*Manifest, error) {
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("it has more than %d bytes: it is not a manifest", maxBytes)
	}
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("it is not a manifest: %.300s: give the name of the file that ends in .manifest.json", err)
	}
	switch {
	case m.Format > Format:
		return nil, fmt.Errorf("it has format %d, and this version of the program reads up to %d: use a newer version", m.Format, Format)
	case m.Format < 1 || m.Inputs == nil || m.File.Name == "":
		return nil, errors.New("it is not a manifest: format, inputs or the file's name are missing: give the name of the file that ends in .manifest.json")
	case m.File.Name != filepath.Base(m.File.Name):
		return nil, fmt.Errorf("its file is called %.100q, which is not a plain name", m.File.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Inputs)) {
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return nil, fmt.Errorf("it gives the input %.100q, which does not exist", name)
		}
		if slices.Contains(foreign, name) {
			return nil, fmt.Errorf("it gives the input %s: a manifest does not say where files go, or what may be read: take that out, and give --%s yourself", name, name)
		}
	}
	return &m, nil
}

// Arguments are the inputs as flags.
func (m *Manifest) Arguments() []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(m.Inputs)) {
		args = append(args, "--"+name+"="+m.Inputs[name])
	}
	return args
}

// CheckPlan returns an error if a plan cannot make what the manifest promises.
func (m *Manifest) CheckPlan(p *generator.Plan) error {
	if m.URLs != nil && (p.URLs == nil || p.URLs.SHA256 != m.URLs.SHA256) {
		return fmt.Errorf("the URLs chosen from %.200q are not those of the manifest: the source has changed since", m.URLs.Source)
	}
	return nil
}

// Check returns an error if what was made is not what the manifest promises.
func (m *Manifest) Check(s *generator.Stats) error {
	var wrong []error
	differ := func(what string, got, want any) {
		wrong = append(wrong, fmt.Errorf("%s: %v was made, the manifest says %v", what, got, want))
	}
	quoted := func(digest string) string { return fmt.Sprintf("%.100q", digest) } // it can be anything
	if s.Bytes != m.File.Bytes {
		differ("bytes", s.Bytes, m.File.Bytes)
	}
	if m.File.SHA256 != "" && s.SHA256 != m.File.SHA256 {
		differ("sha256", s.SHA256, quoted(m.File.SHA256))
	}
	if m.Images != nil && s.ImagesSHA256 != m.Images.SHA256 {
		differ("the images' checksums", s.ImagesSHA256, quoted(m.Images.SHA256))
	}
	if m.Figures != nil && (s.Slots != m.Figures.Slots || s.Distinct != m.Figures.Distinct) {
		differ("image slots and distinct images", []int64{s.Slots, s.Distinct}, []int64{m.Figures.Slots, m.Figures.Distinct})
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("the file made is not the manifest's, which version %.100q made:\n%w", m.Version, errors.Join(wrong...))
}
