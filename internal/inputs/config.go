package inputs

import (
	"cmp"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"mmjsonl/generator"
	"mmjsonl/internal/format"
	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// Config is what the inputs say, for the generator. A value that cannot be read has its default here.
func (g *Generate) Config() generator.Config {
	c := generator.Config{
		Requests: generator.RequestsConfig{Count: g.NumRequests.Get(), Pool: g.ImagesPool.Get()},
		Reuse: generator.Reuse{
			Rate:         g.ReuseRate.Get().Rat,
			Pattern:      generator.Pattern(g.ReusePattern.Get()),
			ZipfExponent: g.ZipfExponent.Get(),
			Concurrency:  g.Concurrency.Get(),
			WarmUp:       generator.WarmUp(g.WarmUp.Get()),
		},
		Media: generator.MediaConfig{
			Mode:           generator.Mode(g.ImageMode.Get()),
			Format:         generator.ImageFormat(g.ImageFormat.Get()),
			Content:        generator.Content(g.ImageContent.Get()),
			Bytes:          int64(g.ImageBytes.Get()),
			PopularSizes:   g.PopularSizes.Get(),
			VideoRate:      g.VideoFPS.Get(),
			VideoSeconds:   g.VideoSeconds.Get(),
			From:           g.ImagesFrom.Get(),
			Folder:         g.ImageDir.Get(),
			PathPrefix:     g.ImagePathPrefix.Get(),
			URLList:        g.URLList.Get(),
			AllowLocalURLs: g.AllowLocalURLs.Get(),
			URLBase:        g.ImageURLBase.Get(),
		},
		Text: generator.TextConfig{
			Tokens:         g.UserTextTokens.Get(),
			Tokenizer:      g.Tokenizer.Get(),
			Prompt:         string(g.Prompt.Get()),
			Prefix:         generator.PrefixConfig{Tokens: g.PrefixTokens.Get(), Groups: g.Prefixes.Get(), Pattern: generator.Pattern(g.PrefixPattern.Get())},
			Last:           g.TextAfterImages.Get(),
			InputTokens:    g.InputTokens.Get(),
			TemplateTokens: g.TemplateTokens.Get().Tokens,
			Before:         g.before(),
		},
		Format: generator.FormatConfig{
			Name:      generator.RowFormat(g.Format.Get()),
			Model:     g.Model.Get(),
			Served:    g.ServedModelName.Get(),
			MaxTokens: g.MaxTokens.Get(),
			UUID:      generator.UUIDOf(g.UUIDOf.Get()),
			Extra:     g.Extra.Get(),
			Answers:   generator.Lengths(g.OutputTokens.Get()),
			Arrivals:  generator.Arrivals{Rate: g.RequestRate.Get(), Shape: g.Arrival.Get().Shape, CV: g.Arrival.Get().CV},
		},
		Output: generator.OutputConfig{
			Path:   g.Output.Get(),
			Report: g.Report.Get(),
			Level:  generator.Level(g.CompressionLevel.Get()),
			Digest: g.SHA256.Get(),
			Force:  g.Force.Get(),
		},
		Seed:  g.Seed.Get().Draw(),
		Given: map[problem.Name]bool{},
	}
	for _, point := range g.HitRate.Get() {
		c.Reuse.Hits = append(c.Reuse.Hits, generator.HitPoint{Capacity: point.Images, Bytes: point.Bytes, Rate: point.Rate.Rat})
	}
	c.Requests.Images, c.Requests.Mix = g.ImagesPerRequest.Get().requests()
	if requests, ok := heldOut(g.WarmUp.Get()); ok {
		c.Reuse.WarmUp, c.Reuse.HeldOut = generator.WarmUpHeldOut, requests
	}
	if c.Format.UUID == "" && g.UUID.Get() {
		c.Format.UUID = generator.UUIDOfReference
	}
	for _, share := range g.ImageSize.Get() {
		c.Media.Sizes = append(c.Media.Sizes, media.Share{Size: media.Size(share.Size), Weight: share.Weight})
	}
	// Their defaults are not what a person wants: another source of URLs, or an output's name, decides.
	if g.COCOAnnotations.present() {
		c.Media.Annotations = g.COCOAnnotations.Get()
	}
	if g.Compression.present() {
		c.Output.Compression = generator.Compression(g.Compression.Get())
	}
	switch {
	case g.conversing():
		g.MultiTurn()
		c.Requests = generator.RequestsConfig{Pool: g.ImagesPool.Get(), Conversations: &generator.ConversationsConfig{Count: g.NumUsers.Get(), Turns: generator.Lengths(g.TurnsPerUser.Get()),
			Images: g.ImagesPerTurn.Get()}}
	case g.windowed():
		g.SlidingWindow()
		c.Requests = generator.RequestsConfig{Windows: &generator.WindowsConfig{Users: g.NumUsers.Get(), Turns: generator.Lengths(g.TurnsPerUser.Get()), Size: g.WindowSize.Get(),
			Shared: g.SharedImages.Get(), Sessions: g.sessions()}}
	}
	for _, in := range inputsOf(g) {
		c.Given[in.common().Name] = in.common().Given()
	}
	return c
}

// SlidingWindow makes the rows those of users with sliding windows, with defaults for what is not given.
func (g *Generate) SlidingWindow() {
	g.NumUsers.assume("10")
	g.TurnsPerUser.assume("20")
	g.WindowSize.assume("5")
}

// MultiTurn makes the rows those of users who have conversations, with defaults for what is not given.
func (g *Generate) MultiTurn() {
	g.NumUsers.assume("10")
	g.TurnsPerUser.assume("5")
	g.ImagesPerTurn.assume("1")
}

// conversing reports whether rows are those of users who have conversations.
func (g *Generate) conversing() bool { return g.ImagesPerTurn.text != "" }

// sessions reports whether rows of users name them. Rows that are made for hit rates do if that is asked for: by its sessions a client orders rows anew.
func (g *Generate) sessions() bool {
	if g.SessionID.text == "" {
		return len(g.HitRate.Get()) == 0
	}
	return g.SessionID.Get()
}

// windowed reports whether rows are those of users with sliding windows.
func (g *Generate) windowed() bool {
	return g.NumUsers.text != "" || g.TurnsPerUser.text != "" || g.WindowSize.text != "" || g.SharedImages.text != ""
}

// decidedByWindows are the inputs that say what users with sliding windows decide.
var decidedByWindows = []string{"num-requests", "images-per-request", "images-pool", "reuse-rate", "reuse-pattern", "zipf-exponent"}

// decidedByTurns are those that say what conversations decide.
var decidedByTurns = []string{"num-requests", "images-per-request", "reuse-rate", "reuse-pattern", "zipf-exponent", "hit-rate", "warm-up", "format", "window-size", "shared-images"}

// Draw returns the seed's number, from the system's source of randomness if it is to be random.
func (s Seed) Draw() uint64 {
	if !s.Random {
		return s.Number
	}
	var b [8]byte
	rand.Read(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// Deciding returns the inputs that decide a plan's bytes, by name, as they would have to be typed to make them again anywhere: with
// the seed that was drawn, the paths that the rows hold, and without the places of this machine and what it allows.
func (g *Generate) Deciding(p *generator.Plan) map[string]string {
	deciding := map[string]string{}
	for _, in := range inputsOf(g) {
		if c := in.common(); c.text != "" && c.only == "" {
			deciding[string(c.Name)] = c.text
		}
	}
	delete(deciding, "preset") // its values are there
	delete(deciding, "output")
	delete(deciding, "image-dir")
	delete(deciding, "report")
	delete(deciding, "allow-local-urls")
	delete(deciding, "force")
	delete(deciding, "shard")
	// A capacity in bytes depends on a server and a model. What it came to does not.
	for _, name := range []string{"server", "model", "bytes-per-image", "image-cache-bytes"} {
		delete(deciding, name)
	}
	if p.WeightOf != nil {
		var weights []string
		for _, size := range slices.SortedFunc(maps.Keys(p.WeightOf), func(a, b media.Size) int {
			return cmp.Or(cmp.Compare(a.Width, b.Width), cmp.Compare(a.Height, b.Height))
		}) {
			weights = append(weights, fmt.Sprintf("%s:%d", size, p.WeightOf[size]))
		}
		deciding["image-cache-bytes"] = strings.Join(weights, ",")
	}
	if len(p.Text.OfImage) > 0 {
		var tokens []string
		for _, share := range g.ImageSize.Get() {
			size := media.Size(share.Size)
			tokens = append(tokens, fmt.Sprintf("%s:%d", size, p.Text.OfImage[size]))
		}
		deciding["image-tokens"] = strings.Join(tokens, ",")
	}
	delete(deciding, "served-model-name")
	if body, ok := p.Format.(*format.Body); ok && body.Model != "" {
		deciding["served-model-name"] = p.Model
	}
	if points := g.HitRate.Get(); len(points) > 0 && len(points) == len(p.Targets) {
		targets := make([]string, len(points))
		for i, point := range points {
			targets[i] = fmt.Sprintf("%s@%d", point.RateText, p.Targets[i].Capacity)
			if p.Weights != nil {
				targets[i] = fmt.Sprintf("%s@%dB", point.RateText, p.Targets[i].Bytes)
			}
		}
		deciding["hit-rate"] = strings.Join(targets, ",")
	}
	decided := []string{"session-id"}
	if g.conversing() {
		decided = append(decided, decidedByTurns...)
	} else if g.windowed() {
		decided = decidedByWindows
		deciding["session-id"] = strconv.FormatBool(g.sessions())
	}
	for _, name := range decided {
		delete(deciding, name)
	}
	if p.RequestRate() == 0 {
		delete(deciding, "arrival")
	}
	if !p.Videos {
		delete(deciding, "video-fps")
		delete(deciding, "video-seconds")
	}
	deciding["seed"] = strconv.FormatUint(p.Seed, 10)
	deciding["compression"] = string(p.Output.Compression)
	if p.Mode == generator.ModeBase64 && (p.WritesImages() || p.Folder != nil) {
		deciding["image-path-prefix"] = p.Reference.Prefix
	}
	if p.URLs == nil || g.URLList.Get() != "" {
		delete(deciding, "coco-annotations")
	}
	if source, err := url.Parse(deciding["coco-annotations"]); err == nil && source.User != nil {
		source.User = nil // a manifest is handed on, a password is not
		deciding["coco-annotations"] = source.String()
	}
	return deciding
}

// before is how many tokens of the template are before texts and images, or nil if it is not known.
func (g *Generate) before() *int64 {
	if before := g.TemplateTokens.Get().Before; g.TemplateTokens.present() && before >= 0 {
		return &before
	}
	return nil
}
