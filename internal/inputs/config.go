package inputs

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"math/big"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// Deciding returns the inputs that decide a plan's bytes, by name, as they would have to be typed to make them again anywhere: with
// the seed that was drawn, the paths that the rows hold, and without the places of this machine and what it allows.
func (r *Read) Deciding(p *generator.Plan) map[string]string {
	deciding := map[string]string{}
	for _, d := range definitions() {
		if value := r.value(problem.Name(d.Name)); value != "" {
			deciding[d.Name] = value
		}
	}
	delete(deciding, "output")
	delete(deciding, "image-dir")
	delete(deciding, "report")
	delete(deciding, "allow-local-urls")
	delete(deciding, "force")
	deciding["seed"] = strconv.FormatUint(p.Seed, 10)
	deciding["compression"] = string(p.Output.Compression)
	if p.Mode == generator.ModeBase64 && p.WritesImages() {
		deciding["image-path-prefix"] = p.Reference.Prefix
	}
	if p.URLs == nil || r.Inputs.URLList != "" {
		delete(deciding, "coco-annotations")
	}
	if source, err := url.Parse(deciding["coco-annotations"]); err == nil && source.User != nil {
		source.User = nil // a manifest is handed on, a password is not
		deciding["coco-annotations"] = source.String()
	}
	return deciding
}

// problem adds a problem of the command line that no input is to blame for.
func (r *Read) problem(format string, args ...any) {
	r.Problems = append(r.Problems, problem.New("", format, args...))
}

// Config understands the inputs. A value that cannot be read is a problem, and its default stands in the result.
func (r *Read) Config() (generator.Config, problem.List) {
	p := parser{read: r, problems: r.Problems}
	c := generator.Config{
		Requests:         p.integer("num-requests"),
		ImagesPerRequest: p.integer("images-per-request"),
		Pool:             p.integer("images-pool"),
		Reuse: generator.Reuse{
			Rate:         p.rate("reuse-rate", r.Inputs.ReuseRate),
			Pattern:      generator.Pattern(r.Inputs.ReusePattern),
			ZipfExponent: p.exponent(),
			Hits:         p.hits(),
			Concurrency:  p.integer("concurrency"),
			WarmUp:       generator.WarmUp(r.Inputs.WarmUp),
		},
		Words:           p.integer("user-text-tokens"),
		Prompt:          r.Inputs.Prompt,
		Seed:            p.seed(),
		Mode:            generator.Mode(r.Inputs.ImageMode),
		Size:            p.size(),
		ImageDir:        r.Inputs.ImageDir,
		ImagePathPrefix: r.Inputs.ImagePathPrefix,
		URLList:         r.Inputs.URLList,
		AllowLocalURLs:  p.boolean("allow-local-urls"),
		ImageURLBase:    r.Inputs.ImageURLBase,
		Output:          r.Inputs.Output,
		Report:          r.Inputs.Report,
		Level:           generator.Level(r.Inputs.CompressionLevel),
		Digest:          p.boolean("sha256"),
		Force:           p.boolean("force"),
		Given:           map[problem.Name]bool{},
	}
	for _, d := range definitions() {
		c.Given[problem.Name(d.Name)] = r.given[d.key]
	}
	if r.given[keyOf("coco-annotations")] {
		c.Annotations = r.Inputs.COCOAnnotations
	}
	if r.given[keyOf("compression")] {
		c.Compression = generator.Compression(r.Inputs.Compression)
	}
	return c, p.problems
}

// parser reads values, and falls back to an input's default where it cannot.
type parser struct {
	read     *Read
	problems problem.List
}

func (p *parser) bad(name problem.Name, format string, args ...any) {
	args = append([]any{name, p.read.value(name)}, args...)
	p.problems = append(p.problems, problem.New(name, "%s %.200q "+format, args...))
}

func (p *parser) integer(name problem.Name) int64 {
	text := p.read.value(name)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err == nil {
		return n
	}
	if errors.Is(err, strconv.ErrRange) {
		p.bad(name, "is out of range: give a smaller number")
	} else {
		p.bad(name, "is not a whole number: give one like %d", 100)
	}
	n, _ = strconv.ParseInt(defaultOf(name), 10, 64)
	return n
}

func (p *parser) seed() uint64 {
	text := p.read.Inputs.Seed
	if text == "random" {
		var b [8]byte
		rand.Read(b[:])
		return binary.LittleEndian.Uint64(b[:])
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		p.bad("seed", "is not a seed: give a whole number from 0 to %d, or random", uint64(1<<64-1))
	}
	return seed
}

// plainRate is a fraction or a percentage without sign or exponent: big.Rat would read 1e999999999 and fill the memory with it.
var plainRate = regexp.MustCompile(`^([0-9]{1,6}(?:\.[0-9]{1,18})?)(%?)$`)

// rate reads a fraction, exactly; it returns nil for no text.
func (p *parser) rate(name problem.Name, text string) *big.Rat {
	if text == "" {
		return nil
	}
	parts := plainRate.FindStringSubmatch(text)
	if parts == nil {
		p.bad(name, "has no rate in %.200q: give a fraction like 0.6, or 60%%", text)
		return nil
	}
	rate, _ := new(big.Rat).SetString(parts[1])
	if parts[2] != "" {
		rate.Mul(rate, big.NewRat(1, 100))
	}
	return rate
}

func (p *parser) hits() []generator.HitPoint {
	var points []generator.HitPoint
	for text := range strings.SplitSeq(p.read.Inputs.HitRate, ",") {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		rateText, images, found := strings.Cut(text, "@")
		capacity, err := strconv.ParseInt(strings.TrimSpace(images), 10, 64)
		if !found || err != nil {
			p.bad("hit-rate", "has no capacity in %.200q: give RATE@IMAGES, like 0.6@200", text)
			continue
		}
		rate := p.rate("hit-rate", strings.TrimSpace(rateText))
		if rate == nil {
			if rateText == "" {
				p.bad("hit-rate", "has no rate in %.200q: give RATE@IMAGES, like 0.6@200", text)
			}
			continue
		}
		points = append(points, generator.HitPoint{Capacity: capacity, Rate: rate})
	}
	return points
}

func (p *parser) exponent() float64 {
	exponent, err := strconv.ParseFloat(p.read.Inputs.ZipfExponent, 64)
	if err != nil {
		p.bad("zipf-exponent", "is not a number: give one like 0.8")
		return 1
	}
	return exponent
}

// plainSize is two numbers, or one for a square.
var plainSize = regexp.MustCompile(`^([0-9]+)(?: *[xX×] *([0-9]+)| +([0-9]+))?$`)

func (p *parser) size() media.Size {
	parts := plainSize.FindStringSubmatch(p.read.Inputs.ImageSize)
	if parts == nil {
		p.bad("image-size", "is not a size: give WIDTHxHEIGHT in pixels, like 512x512, or one number for a square")
		return media.Size{}
	}
	width, err := strconv.ParseInt(parts[1], 10, 64)
	height, other := width, err
	if second := parts[2] + parts[3]; second != "" {
		height, other = strconv.ParseInt(second, 10, 64)
	}
	if err != nil || other != nil {
		p.bad("image-size", "is out of range: give smaller numbers")
	}
	return media.Size{Width: width, Height: height}
}

func (p *parser) boolean(name problem.Name) bool {
	value, err := strconv.ParseBool(strings.ToLower(p.read.value(name)))
	if err != nil {
		p.bad(name, "is neither true nor false: give one of the two")
	}
	return value
}

func defaultOf(name problem.Name) string {
	for _, d := range definitions() {
		if d.Name == string(name) {
			return d.Default
		}
	}
	return ""
}
