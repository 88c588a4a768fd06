package inputs

import "mmjsonl/internal/problem"

// Preset is a documented kind of traffic: values of inputs, each with where it comes from. An input that a person gives, by whatever way, has
// precedence.
type Preset struct {
	Name   string
	What   string // it is
	Values []PresetValue
}

// PresetValue is the value of an input, as a flag would have it, and its source.
type PresetValue struct {
	Input  problem.Name
	Value  string
	Source string
}

// jpeg is in presets with large images, which no client would send as noise.
var jpeg = PresetValue{"image-format", "jpeg", "a choice: what people upload is compressed"}

// Presets are all of them. Their values may change with a major version alone, like anything else that decides bytes.
var Presets = []Preset{
	{"servegen", "a multimodal chat service: one image most of the time, and short answers", []PresetValue{
		{"images-per-request", "0:0.6,1:79.8,2:6.6,3:7.6,4:2.1,5:1,9:2.2,40:0.1", "ServeGen `mm-image`, 35 clients by rate: the shares of 0 to 5 images; the rest is put at the 99th and 99.9th percentiles, 9 and 40"},
		{"image-size", "56x84:6,280x308:9,560x560:10,952x952:8,980x980:7", "ServeGen: an image has 6, 112, 405, 1150 and 1224 tokens at the percentiles 5, 25, 50, 75 and 90; sizes of as many tokens of 28×28 pixels, which is inferred"},
		jpeg,
		{"user-text-tokens", "572", "ServeGen: mean tokens of text (the median is 106)"},
		{"output-tokens", "lognormal:130,108", "ServeGen: mean 130 and median 100 tokens of an answer, as the log-normal distribution that has both"},
	}},
	{"azure-lmm", "a cloud's multimodal requests: images in tiles, up to a hundred", []PresetValue{
		{"images-per-request", "1:66,4:5,9:15,16:2,25:5,100:7", "Azure LMM 2025, requests with images: 66 % have 1, 5 % 4, 15 % 9, 2 % 16, 5 % 25; the other 7 % have 100 here: 5 % have more than 100"},
		{"image-size", "336x336", "a size in benches; that the counts, which are squares, are tiles is inferred"},
		jpeg,
		{"user-text-tokens", "800", "Azure LMM 2025: median context of requests without images"},
	}},
	{"computer-use", "agents who look at a screen: each request has a new screenshot and those before it", []PresetValue{
		{"num-users", "10", "the usual number of users"},
		{"turns-per-user", "20", "the usual number of turns"},
		{"window-size", "32", "31 of 32 screenshots repeat from turn to turn"},
		{"image-size", "1280x720", "a size of screens in benches"},
		jpeg,
	}},
	{"document-qa", "questions about pages of a set of documents", []PresetValue{
		{"images-per-request", "10", "a recipe in use"},
		{"images-pool", "500", "the same recipe"},
		{"user-text-tokens", "3000", "the same recipe"},
		{"image-size", "1920x1080", "a size in benches"},
		jpeg,
	}},
	{"catalogue", "a few pictures of a catalogue in each request", []PresetValue{
		{"images-per-request", "4", "a bench that draws 4, 6 or 8 images from a pool of 200, 300 or 400"},
		{"images-pool", "200", "the same bench"},
		{"user-text-tokens", "400", "a recipe in use with 4 images in a request"},
		{"image-size", "1920x1080", "the same bench: JPEGs of 1080p"},
		jpeg,
	}},
}

// presetNames are the names of all presets.
func presetNames() (names []string) {
	for _, p := range Presets {
		names = append(names, p.Name)
	}
	return names
}

// presetOf returns the values of a preset by input; nil if there is none of the name.
func presetOf(name string) map[string]string {
	for _, p := range Presets {
		if p.Name == name {
			values := map[string]string{}
			for _, v := range p.Values {
				values[string(v.Input)] = v.Value
			}
			return values
		}
	}
	return nil
}
