package generator

import (
	"cmp"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/format"
	"mmjsonl/internal/problem"
)

// Kind is the kind of rows of a format.
func (f RowFormat) Kind() format.Kind {
	switch f {
	case FormatRawPayload:
		return format.KindRawPayload
	case FormatMooncake:
		return format.KindMooncake
	case FormatBatch:
		return format.KindBatch
	case FormatCustomImage:
		return format.KindCustomImage
	}
	return format.KindSingleTurn
}

// hasBody reports whether rows of a format hold a body, which a client sends as it is.
func (f RowFormat) hasBody() bool {
	return f == FormatRawPayload || f == FormatMooncake || f == FormatBatch
}

// hasSessions reports whether rows of a format can name their session.
func (f RowFormat) hasSessions() bool { return f == "" || f == FormatAiperf || f == FormatMooncake }

// formatSuffix is what a generated name says of the format; aiperf's rows are what names are about that do not say.
func (b *planner) formatSuffix() string {
	if f := b.config.Format.Name; f != FormatAiperf {
		return "_" + string(f)
	}
	return ""
}

// checkFormat decides how rows are laid out, and checks that they can hold what is requested.
func (b *planner) checkFormat() {
	c, p := &b.config.Format, b.plan
	c.Name = cmp.Or(c.Name, FormatAiperf)
	problem.OneOf(&b.problems, "format", c.Name, RowFormats)
	if c.UUID != "" {
		problem.OneOf(&b.problems, "uuid-of", c.UUID, UUIDsOf)
	}
	b.checkTextLast()
	b.inRange("max-tokens", c.MaxTokens, 0, maxTokens)
	p.MaxTokens, p.Model = c.MaxTokens, b.served()
	b.checkAnswers()
	b.checkArrivals()
	b.warnOfWarmUp()
	extra := b.extra()
	if !b.problems.Blame("format", "images-per-request") {
		b.checkHolds()
	}
	if !b.problems.Blame("uuid", "uuid-of", "image-mode", "images-per-request") {
		b.checkUUIDs()
	}
	var uuid, placeholder format.UUID
	if c.UUID != "" {
		uuid = newUUIDs(p, c.UUID).append
		placeholder = func(dst []byte, _ uint32) []byte { return append(dst, strings.Repeat("0", format.UUIDLength)...) }
	}
	options := format.Options{UUID: uuid, MaxTokens: c.MaxTokens, Extra: extra, Videos: p.Videos}
	if p.Conversations != nil {
		p.Format = &format.MultiTurn{SingleTurn: format.SingleTurn{Options: options}}
		options.UUID = placeholder
		p.outline = &format.MultiTurn{SingleTurn: format.SingleTurn{Options: options}}
		return
	}
	p.Format = c.layout(p.Model, p.Text.Last, options)
	options.UUID = placeholder
	p.outline = c.layout(p.Model, p.Text.Last, options)
}

// layout is the format that writes the rows.
func (c *FormatConfig) layout(model string, textLast bool, options format.Options) format.Format {
	switch kind := c.Name.Kind(); {
	case c.Name.hasBody():
		return &format.Body{Wrap: kind, Model: model, TextLast: textLast, Options: options}
	case kind == format.KindCustomImage:
		return &format.CustomImage{}
	}
	return &format.SingleTurn{Options: options}
}

// served returns what the server calls its model, or "" if that is not known. A body has it, and so have commands that are pasted into a shell.
func (b *planner) served() string {
	c := &b.config.Format
	plain := func(name string) bool { return escape.ShellSafe(name) && name[0] != '-' && len(name) <= maxModel }
	const wrong = "%s %q has a character that no name of a model should have, or too many\nuse letters, digits and @%%+=:,./_-"
	switch {
	case c.Served != "" && !plain(c.Served):
		b.problems.Add("served-model-name", wrong, problem.Name("served-model-name"), c.Served)
	case c.Served != "":
		return c.Served
	case plain(c.Model):
		return c.Model
	case !c.Name.hasBody() || b.problems.Blame("model", "served-model-name"):
	case c.Model == "":
		b.problems.Add("model", "%s %s writes bodies that are sent as they are, and a body names the model\ngive %s: its name or folder, as it was given to the server",
			problem.Name("format"), c.Name, problem.Name("model"))
	default:
		b.problems.Add("model", wrong+", or give %s", problem.Name("model"), c.Model, problem.Name("served-model-name"))
	}
	return ""
}

// checkHolds checks that rows of the format can hold the images as they are requested.
func (b *planner) checkHolds() {
	c, images := &b.config, b.config.Requests.Images
	paths := c.Media.Mode == ModeBase64 && images > 0
	switch name := c.Format.Name; {
	case name.hasBody() && paths:
		b.problems.Add("format", "%s %s writes bodies that are sent as they are, so nobody opens the paths that %s %s has in them\ngive %s %s, or %s",
			problem.Name("format"), name, problem.Name("image-mode"), c.Media.Mode, problem.Name("image-mode"), ModeDataURI, ModeHTTP)
	case name == FormatCustomImage && images == 0:
		b.problems.Add("format", "%s %s needs an image in each row, and %s is 0\nraise it, or give %s %s",
			problem.Name("format"), name, problem.Name("images-per-request"), problem.Name("format"), FormatRawPayload)
	case name == FormatCustomImage && paths && !b.problems.Blame("image-path-prefix"):
		if prefix := c.Media.PathPrefix; prefix != "" && prefix[0] != '/' && !drive().MatchString(prefix) {
			b.problems.Add("image-path-prefix", "%s %q is relative, and vLLM takes paths from the root\ngive the complete path", problem.Name("image-path-prefix"), prefix)
		}
		b.warnings.Add("format", "vLLM opens local images only if it was started with --allowed-local-media-path and a folder that they are in\nstart it so, or give %s %s or %s",
			problem.Name("image-mode"), ModeDataURI, ModeHTTP)
	}
}

// warnOfWarmUp says whose client has no warm-up that would take the rows in front.
func (b *planner) warnOfWarmUp() {
	if name := b.config.Format.Name; b.plan.Shape().WarmUp > 0 && name.Kind().Client() != "aiperf" {
		b.warnings.Add("warm-up", "%s: only aiperf sends the rows in front without measuring them, and vLLM measures all rows of %s %s\ngive %s %s, or take what vLLM measures of these rows out",
			problem.Name("warm-up"), problem.Name("format"), name, problem.Name("format"), FormatRawPayload)
	}
}

// checkUUIDs checks that the images have uuids that rows can hold.
func (b *planner) checkUUIDs() {
	c := &b.config
	input := problem.Name("uuid")
	if !c.Given["uuid"] && c.Given["uuid-of"] {
		input = "uuid-of"
	}
	switch {
	case c.Format.UUID == "":
	case c.Requests.Images == 0:
		b.problems.Add(input, "%s names images, and %s 0 leaves none\nraise that, or leave %s out", input, problem.Name("images-per-request"), input)
	case c.Format.Name == FormatCustomImage:
		b.problems.Add(input, "%s: the rows of %s %s have no place for uuids\nleave %s out, or give %s %s",
			input, problem.Name("format"), c.Format.Name, input, problem.Name("format"), FormatRawPayload)
	case c.Format.UUID == UUIDOfContent && !b.display.made:
		b.problems.Add("uuid-of", "%s %s needs images that this program makes: what is behind a URL is not known\ngive %s %s",
			problem.Name("uuid-of"), UUIDOfContent, problem.Name("uuid-of"), UUIDOfReference)
	}
}

// checkTextLast checks that the text can be behind the images.
func (b *planner) checkTextLast() {
	c := &b.config
	if c.Text.Last = c.Text.Last && c.Requests.Images > 0; c.Text.Last && !c.Format.Name.hasBody() && !b.problems.Blame("format") {
		b.problems.Add("text-after-images", "%s: rows of %s %s do not say whether text or images come first\ngive %s %s, %s or %s",
			problem.Name("text-after-images"), problem.Name("format"), c.Format.Name, problem.Name("format"), FormatRawPayload, FormatMooncake, FormatBatch)
	}
	b.plan.Text.Last = c.Text.Last
}
