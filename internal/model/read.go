package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// kinds are the architectures that are known, by the name that config.json has for them.
var kinds = map[string]func(*reader) *Model{
	"qwen2_vl":     qwen,
	"qwen2_5_vl":   qwen,
	"qwen3_vl":     qwen,
	"qwen3_vl_moe": qwen,
	"llava":        llava,
	"gemma3":       gemma,
}

// types returns the architectures that Read knows.
func types() []string {
	var names []string
	for name := range kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

const (
	configFile       = "config.json"
	preprocessorFile = "preprocessor_config.json"
	processorFile    = "processor_config.json" // newer releases of transformers write the former into this, as image_processor
)

// Read reads a model's folder. The error lists all that is wrong with it.
func Read(folder fs.FS) (*Model, error) {
	config, err := readJSON(folder, configFile)
	if err != nil {
		return nil, err
	}
	name := preprocessorFile
	preprocessor, err := readJSON(folder, preprocessorFile)
	if errors.Is(err, fs.ErrNotExist) {
		both, otherErr := readJSON(folder, processorFile)
		inner, ok := both["image_processor"].(map[string]any)
		if otherErr == nil && ok {
			preprocessor, name, err = inner, processorFile, nil
		}
	}
	if err != nil {
		return nil, err
	}
	r := &reader{config: object{configFile, config}, preprocessor: object{name, preprocessor}}
	kind, _ := config["model_type"].(string)
	read, ok := kinds[kind]
	if !ok {
		return nil, fmt.Errorf("the model's architecture, model_type %.60q in its %s, is not known: give a model of %s, or the bytes or tokens of an image instead",
			kind, configFile, strings.Join(types(), ", "))
	}
	m := read(r)
	if len(r.problems) > 0 {
		return nil, fmt.Errorf("the model's folder does not say how it takes images: %s", strings.Join(r.problems, "; "))
	}
	m.Type = kind
	return m, nil
}

// mostJSON is far more than such files have.
const mostJSON = 1 << 20

func readJSON(folder fs.FS, name string) (map[string]any, error) {
	data, err := readFile(folder, name)
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			err = fault.Err
		}
		return nil, fmt.Errorf("failed to read the model's %s: %w: give the folder of a model that has it", name, err)
	}
	if data == nil {
		return nil, fmt.Errorf("the model's %s is not a file of at most %d bytes: give the folder of a model", name, mostJSON)
	}
	var value map[string]any
	if err := json.Unmarshal(data, &value); err != nil {
		return nil, fmt.Errorf("the model's %s is not JSON of an object: %w", name, err)
	}
	return value, nil
}

// readFile returns a plain file of at most mostJSON bytes, or nil for any other.
func readFile(folder fs.FS, name string) ([]byte, error) {
	if info, err := fs.Stat(folder, name); err != nil || !info.Mode().IsRegular() { // opening a pipe could wait for its writer
		return nil, err
	}
	f, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() { // another may be in its place by now
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, mostJSON+1))
	if err != nil || len(data) > mostJSON {
		return nil, err
	}
	return data, nil
}

// reader takes numbers out of the two files, and notes what is missing.
type reader struct {
	config, preprocessor object
	problems             []string
}

// object is a JSON object, and where it was read.
type object struct {
	where  string
	fields map[string]any
}

func (r *reader) problem(format string, args ...any) {
	r.problems = append(r.problems, fmt.Sprintf(format, args...))
}

// number returns the first of the keys that is there. Keys may lead into objects: vision_config.patch_size. A number from least to most is
// asked for; if there is none, that is a problem, and the result is least.
func (r *reader) number(o object, least, most int64, keys ...string) int64 {
	n, ok := r.optional(o, least, most, keys...)
	if !ok {
		r.problem("%s has no %s", o.where, strings.Join(keys, " or "))
		return least
	}
	return n
}

// optional is number for what may be missing, and reports whether it was there. Null is as good as missing.
func (r *reader) optional(o object, least, most int64, keys ...string) (int64, bool) {
	for _, key := range keys {
		var value any = o.fields
		for part := range strings.SplitSeq(key, ".") {
			fields, _ := value.(map[string]any)
			value = fields[part]
		}
		if value == nil {
			continue
		}
		n, ok := value.(float64)
		if !ok || n != float64(int64(n)) || n < float64(least) || n > float64(most) {
			r.problem("%s of %s is not a whole number from %d to %d", key, o.where, least, most)
			return least, true
		}
		return int64(n), true
	}
	return least, false
}

// Bounds of what a folder may say, so that a wrong number is found here and nothing overflows.
const (
	mostHidden = 1 << 20
	mostPatch  = 1 << 10
	mostPixels = 1 << 32
	mostLevels = 64
)

func qwen(r *reader) *Model {
	kind, _ := r.config.fields["model_type"].(string)
	m := &Model{Normalized: true, Marks: 2}
	m.Hidden = r.number(r.config, 1, mostHidden, "text_config.hidden_size", "hidden_size")
	before := len(r.problems)
	patch := r.number(r.preprocessor, 1, mostPatch, "patch_size")
	// The encoder and the image processor have to agree; where config.json says it too, as all do, a mix of two models is found out.
	n, ok := r.optional(r.config, 1, mostPatch, "vision_config.patch_size", "vision_config.spatial_patch_size")
	if ok && n != patch && len(r.problems) == before {
		r.problem("%s has patches of %d pixels, and %s of %d", configFile, n, r.preprocessor.where, patch)
	}
	m.merge = r.number(r.preprocessor, 1, 16, "merge_size")
	m.temporal = r.number(r.preprocessor, 1, 16, "temporal_patch_size")
	m.side = patch * m.merge
	m.minPixels = r.number(r.preprocessor, 1, mostPixels, "min_pixels", "size.shortest_edge", "size.min_pixels")
	m.maxPixels = r.number(r.preprocessor, 1, mostPixels, "max_pixels", "size.longest_edge", "size.max_pixels")
	if len(r.problems) == 0 {
		switch {
		case m.minPixels > m.maxPixels:
			r.problem("no image has at least %d and at most %d pixels, as %s asks for", m.minPixels, m.maxPixels, r.preprocessor.where)
		case m.maxPixels < m.side*m.side:
			r.problem("no image has at most %d pixels, as %s asks for: a token is %dx%d", m.maxPixels, r.preprocessor.where, m.side, m.side)
		}
	}
	if strings.HasPrefix(kind, "qwen3") {
		vision, _ := r.config.fields["vision_config"].(map[string]any)
		levels, ok := vision["deepstack_visual_indexes"].([]any)
		if !ok || len(levels) > mostLevels {
			r.problem("%s has no vision_config.deepstack_visual_indexes, a list of at most %d", configFile, mostLevels)
		}
		m.Levels = int64(len(levels))
	}
	return m
}

// llava is LLaVA-1.5: an image is cropped to a square, and becomes a token for each of its patches.
func llava(r *reader) *Model {
	m := &Model{fixed: true}
	var ok bool
	if m.Hidden, ok = r.optional(r.config, 1, mostHidden, "text_config.hidden_size"); !ok {
		text, _ := r.config.fields["text_config"].(map[string]any)
		if text["model_type"] == "llama" {
			m.Hidden = 4096 // of the smallest Llama, whose configuration leaves out what is as in that
		} else {
			r.problem("%s has no text_config.hidden_size", configFile)
		}
	}
	size := r.number(r.config, 1, 1<<13, "vision_config.image_size")
	patch := r.number(r.config, 1, mostPatch, "vision_config.patch_size")
	width := r.number(r.preprocessor, 1, 1<<13, "crop_size.width", "crop_size", "size.width")
	height := r.number(r.preprocessor, 1, 1<<13, "crop_size.height", "crop_size", "size.height")
	if len(r.problems) == 0 && (width != size || height != size) {
		r.problem("%s takes images of %dx%d pixels, and %s makes them %dx%d", configFile, size, size, r.preprocessor.where, width, height)
	}
	if patch > size {
		r.problem("no image of %dx%d pixels has patches of %d, as %s asks for", size, size, patch, configFile)
	}
	m.tokens = (size / patch) * (size / patch)
	switch strategy := r.config.fields["vision_feature_select_strategy"]; strategy {
	case "default", nil:
	case "full":
		m.tokens++ // the class token stays
	default:
		r.problem("vision_feature_select_strategy of %s is %.40q, which is not known", configFile, strategy)
	}
	m.values = channels * width * height
	return m
}

func gemma(r *reader) *Model {
	m := &Model{fixed: true}
	m.Hidden = r.number(r.config, 1, mostHidden, "text_config.hidden_size")
	m.tokens = r.number(r.config, 1, 1<<20, "mm_tokens_per_image")
	width := r.number(r.preprocessor, 1, 1<<13, "size.width")
	height := r.number(r.preprocessor, 1, 1<<13, "size.height")
	if r.preprocessor.fields["do_pan_and_scan"] == true {
		r.problem("%s has do_pan_and_scan, with which an image becomes several", r.preprocessor.where)
	}
	m.values = channels * width * height
	return m
}
