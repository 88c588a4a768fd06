// Package manifest keeps what a file was made from: a few kilobytes of JSON beside the output, from which the same bytes can be
// made again anywhere, and checked.
package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mmjsonl/generator"
	"mmjsonl/internal/files"
	"mmjsonl/internal/reuse"
)

// Format is the newest format of manifests that this version reads. It writes the oldest one that has a file made again: see formatOf.
const Format = formatPhotos

// What versions have changed of the files of some inputs, by the format that manifests of such files have since then.
const (
	formatHits   = 2 // the places of images in files with a hit rate
	formatPhotos = 3 // the bytes of photographs
)

// formatOf is the format that a plan's manifest has: that of the last change of what it makes, else 1.
func formatOf(p *generator.Plan) int {
	switch {
	case p.Photos:
		return formatPhotos
	case len(p.Targets) > 0:
		return formatHits
	}
	return 1
}

// maxBytes bounds a manifest that is read.
const maxBytes = 16 << 20

// maxValue bounds the value of an input that a manifest gives, in bytes; prompts are longer.
const maxValue = 64 << 10

// maxInputs bounds the inputs of a manifest that is read: each that does not exist would be a message. There are far fewer.
const maxInputs = 200

// foreign are the inputs that no manifest holds: where files are written, and what may be read, is for whoever makes the file again to say,
// who may have the manifest from somebody else. What a cache of so many bytes holds of a model's images is a number in the manifest.
var foreign = []string{"output", "image-dir", "report", "allow-local-urls", "force", "shard", "server", "model", "bytes-per-image"}

// Manifest is what a file was made from, and what came out.
type Manifest struct {
	Format  int               `json:"format"`
	Version string            `json:"mmjsonl"` // of the program
	Inputs  map[string]string `json:"inputs"`  // by name: what decides the bytes, with the seed that was drawn
	File    File              `json:"file"`
	Images  *Images           `json:"images,omitempty"` // generated images
	URLs    *URLs             `json:"urls,omitempty"`   // images of others
	// Tokenizer is the SHA-256 of the tokenizer.json that the words were chosen by.
	Tokenizer string         `json:"tokenizer_sha256,omitempty"`
	Figures   *reuse.Figures `json:"figures"`
	Shard     *Shard         `json:"shard,omitempty"` // of a file that is a part

	figures json.RawMessage // as a manifest that was read has them
}

// File is the output.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	Pieces int64  `json:"pieces,omitempty"` // frames or members of a compressed file that was joined, each of a shard; missing if it is one
	SHA256 string `json:"sha256,omitempty"` // missing if the run was told not to compute it, and of a shard that is not the first
	XXH3   string `json:"xxh3,omitempty"`   // of a shard: 128 bits, by which damage is noticed
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
		Format:  formatOf(p),
		Version: version,
		Inputs:  inputs,
		File:    File{Name: name, Bytes: s.Bytes, SHA256: s.SHA256, XXH3: s.XXH3},
		Figures: s.Figures,
		Shard:   shardOf(p, s),
	}
	if p.Output.Compression != generator.CompressionNone && p.Output.Pieces > 1 {
		m.File.Pieces = p.Output.Pieces
	}
	if s.ImagesSHA256 != "" {
		m.Images = &Images{Count: int64(p.Shape().Pool), SHA256: s.ImagesSHA256}
	}
	if p.URLs != nil {
		m.URLs = &URLs{Source: p.URLs.Name, Available: p.URLs.Available, SHA256: p.URLs.SHA256}
	}
	m.Tokenizer = p.Text.Tokenizer
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

// Read reads a manifest. It may be somebody else's. What it says is checked where that is possible without making anything; of a file that
// is not a manifest, errors show no text.
func Read(f io.Reader) (*Manifest, error) {
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxBytes {
		return nil, fmt.Errorf("it has more than %d bytes: it is not a manifest", maxBytes)
	}
	const remedy = "give the name of the file that ends in .manifest.json"
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return nil, fmt.Errorf("it is not a manifest: it is not JSON, at byte %d: %s", syntax.Offset, remedy)
		}
		return nil, fmt.Errorf("it is not a manifest: its JSON has values of other kinds than a manifest: %s", remedy)
	}
	switch {
	case m.Format > Format:
		return nil, fmt.Errorf("it has format %d, and this version of the program reads up to %d: use a newer version", m.Format, Format)
	case m.Format < 1 || m.Inputs == nil || m.File.Name == "":
		return nil, fmt.Errorf("it is not a manifest: format, inputs or the file's name are missing: %s", remedy)
	case m.File.Name != filepath.Base(m.File.Name):
		return nil, fmt.Errorf("its file is called %.100q, which is not a plain name", m.File.Name)
	}
	if m.Shard != nil {
		if err := m.Shard.check(); err != nil {
			return nil, err
		}
	}
	if err := m.checkInputs(); err != nil {
		return nil, err
	}
	var again struct{ Figures json.RawMessage }
	if err := json.Unmarshal(text, &again); err != nil {
		return nil, err // it was read once already
	}
	m.figures = again.Figures
	return &m, nil
}

// checkInputs returns what is wrong with the inputs.
func (m *Manifest) checkInputs() error {
	if len(m.Inputs) > maxInputs {
		return fmt.Errorf("it gives %d inputs: at most %d can be right", len(m.Inputs), maxInputs)
	}
	for _, name := range slices.Sorted(maps.Keys(m.Inputs)) {
		value := m.Inputs[name]
		switch {
		case name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != "":
			return fmt.Errorf("it gives the input %.100q, which does not exist", name)
		case slices.Contains(foreign, name):
			return fmt.Errorf("it gives the input %s: a manifest does not say where files go, or what may be read: take that out, and give --%s yourself", name, name)
		case name != "prompt" && len(value) > maxValue:
			return fmt.Errorf("it gives the input %.100q a value of %d bytes: at most %d can be right", name, len(value), maxValue)
		}
		if _, err := strconv.ParseUint(value, 10, 64); name == "seed" && err != nil {
			return fmt.Errorf("it gives the seed %.100q: a manifest has the number that was drawn", value)
		}
	}
	return nil
}

// CheckName returns why a file must not get the name that a manifest gives, without anybody's having chosen it: other programs may read a file
// of that name, like a shell's start-up file, or take the name for something else than a file's.
func (f File) CheckName() error {
	plain := generator.CompressionZstd.Decompressed(generator.CompressionGzip.Decompressed(f.Name))
	switch {
	case !strings.HasSuffix(plain, ".jsonl"):
		return errors.New("does not end in .jsonl, .jsonl.gz or .jsonl.zst")
	case len(f.Name) > files.MaxName:
		return fmt.Errorf("has more than %d bytes", files.MaxName)
	case !filepath.IsLocal(f.Name):
		return errors.New("does not name a file on this system")
	}
	for i, r := range f.Name {
		letter := unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_'
		if r == utf8.RuneError || !letter && (i == 0 || !strings.ContainsRune("-.+,=@%", r)) {
			return fmt.Errorf("has the character %q where a plain name has a letter or a digit", r)
		}
	}
	return nil
}

// Digest is what the manifest knows of the file's content.
func (m *Manifest) Digest() generator.ShardDigest {
	d := generator.ShardDigest{XXH3: m.File.XXH3, SHA256: m.File.SHA256}
	if m.Shard != nil {
		d.SHA256State = m.Shard.SHA256State
	}
	return d
}

// CheckPlan returns an error if a plan cannot make what the manifest promises.
func (m *Manifest) CheckPlan(p *generator.Plan) error {
	if m.Format < formatOf(p) {
		change := "images have other places in files with a hit rate"
		if p.Photos {
			change = "photographs have other bytes"
		}
		return fmt.Errorf("version %.100q made the file, and since then %s: make it with that version, or make a new file with the manifest's inputs", m.Version, change)
	}
	if p.Shard.Index > 0 && m.File.SHA256 != "" {
		return fmt.Errorf("version %.100q made the shard, with a SHA-256 that this one does not compute: make it with that version, or make all shards with the manifest's inputs", m.Version)
	}
	if m.URLs != nil && (p.URLs == nil || p.URLs.SHA256 != m.URLs.SHA256) {
		return fmt.Errorf("the URLs chosen from %.200q are not those of the manifest: the source has changed since", m.URLs.Source)
	}
	if m.Shard != nil && p.Folder != nil && p.Media.Set() != m.Shard.Folder {
		return fmt.Errorf("the images in %.200q are not those of the manifest: the folder has changed since", p.Folder.Name)
	}
	if m.Tokenizer != "" && p.Text.Tokenizer != m.Tokenizer {
		return errors.New("the tokenizer is not the one that the manifest was made with: its SHA-256 is another")
	}
	// What is known before the work is compared before it: a claim of a few bytes must not fill a disk first.
	shape, claims := p.Shape(), map[string][2]int64{}
	if m.Images != nil {
		claims["images"] = [2]int64{int64(shape.Pool), m.Images.Count}
	}
	if m.Figures != nil && m.Figures.Requests > 0 { // else they are not compared
		claims["requests"] = [2]int64{int64(shape.Rows), m.Figures.Requests}
	}
	for _, what := range slices.Sorted(maps.Keys(claims)) {
		if claim := claims[what]; claim[0] != claim[1] {
			return fmt.Errorf("the manifest's inputs make %d %s, and it says that there are %d: get the manifest again", claim[0], what, claim[1])
		}
	}
	return nil
}

// Check returns an error if what was made is not what the manifest promises.
func (m *Manifest) Check(p *generator.Plan, s *generator.Stats) error {
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
	if m.File.XXH3 != "" && s.XXH3 != m.File.XXH3 {
		differ("xxh3", s.XXH3, quoted(m.File.XXH3))
	}
	if m.Images != nil && !p.LeavesOutImages() && s.ImagesSHA256 != m.Images.SHA256 {
		differ("the images' checksums", s.ImagesSHA256, quoted(m.Images.SHA256))
	}
	if pool := int64(p.Shape().Pool); m.Images != nil && pool != m.Images.Count {
		differ("images", pool, m.Images.Count)
	}
	differences, _, err := m.compareFigures(s.Figures)
	if err != nil {
		return err
	}
	for _, d := range differences {
		differ(fmt.Sprintf("figures, %.100q", d.name), d.made, quoted(d.says))
	}
	if len(wrong) == 0 {
		return nil
	}
	return fmt.Errorf("the file made is not the manifest's, which version %.100q made:\n%w", m.Version, errors.Join(wrong...))
}

// Verdict says of a file that was checked in which respects it is the manifest's, and in which it was not compared because the manifest does
// not say what it should be.
func (m *Manifest) Verdict(p *generator.Plan, s *generator.Stats) (string, error) {
	same, missing := []string{"size"}, []string{}
	say := func(compared bool, what, none string) {
		if compared {
			same = append(same, what)
		} else {
			missing = append(missing, none)
		}
	}
	whole := m.File.SHA256 != "" || m.File.XXH3 != ""
	if !whole {
		missing = append(missing, "SHA-256")
	}
	if s.ImagesSHA256 != "" {
		say(m.Images != nil, "images", "digest of images")
	}
	if whole {
		if len(missing) > 0 {
			return "The output matches the manifest byte for byte. The manifest has no digest of images to compare.", nil
		}
		return "The output matches the manifest byte for byte.", nil
	}
	if p.Text.Tokenizer != "" {
		say(m.Tokenizer != "", "tokenizer", "digest of the tokenizer")
	}
	if p.URLs != nil {
		say(m.URLs != nil, "URLs", "digest of URLs")
	}
	_, all, err := m.compareFigures(s.Figures)
	if err != nil {
		return "", err
	}
	say(all, "figures", "complete figures")
	return fmt.Sprintf("The output has the %s of the manifest, which has no %s to compare.", list(same, "and"), list(missing, "or")), nil
}

// list is words as a sentence has them: a, b and c.
func list(words []string, and string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " " + and + " " + words[last]
}

// difference is one figure that differs.
type difference struct{ name, made, says string }

// maxDifferences bounds the figures that an error lists.
const maxDifferences = 5

// compareFigures compares the figures of a run with those of the manifest, which an earlier version may have written with fewer. all says
// that the manifest has every one.
func (m *Manifest) compareFigures(made *reuse.Figures) (differences []difference, all bool, err error) {
	says := m.figures
	if says == nil && m.Figures != nil {
		if says, err = json.Marshal(m.Figures); err != nil {
			return nil, false, fmt.Errorf("failed to encode the manifest's figures: %w", err)
		}
	}
	text, err := json.Marshal(made)
	if err != nil {
		return nil, false, fmt.Errorf("failed to encode the figures: %w", err)
	}
	var got, want map[string]any
	for _, document := range []struct {
		text []byte
		into *map[string]any
	}{{text, &got}, {says, &want}} {
		decoder := json.NewDecoder(bytes.NewReader(document.text))
		decoder.UseNumber()
		if err := decoder.Decode(document.into); err != nil && err != io.EOF { // at the end, where the manifest has none
			return nil, false, fmt.Errorf("failed to read figures: %w", err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !within(want[name], got[name]) && len(differences) < maxDifferences {
			differences = append(differences, difference{name, short(got[name]), short(want[name])})
		}
	}
	return differences, want != nil && within(got, want), nil
}

// within reports whether one JSON value has all that another has, and the same. A number that is missing is 0.
func within(part, whole any) bool {
	switch part := part.(type) {
	case map[string]any:
		other, ok := whole.(map[string]any)
		if !ok {
			return false
		}
		for key, value := range part {
			if !within(value, other[key]) {
				return false
			}
		}
		return true
	case []any:
		other, ok := whole.([]any)
		if !ok || len(other) != len(part) {
			return false
		}
		for i := range part {
			if !within(part[i], other[i]) {
				return false
			}
		}
		return true
	case json.Number:
		return part == whole || whole == nil && strings.Trim(string(part), "-0.") == ""
	case nil:
		return whole == nil
	}
	return part == whole
}

// short is a JSON value in a few words.
func short(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%.100s", text)
}
