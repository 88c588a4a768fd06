// Package formattest reads rows the slow and plain way, for tests of package format and of those that use it.
package formattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// member is a key and value of an object, of which a map would keep but one of each name.
type member struct {
	name  string
	value any
}

type object []member

func (o object) get(name string) any {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// decode reads a value with encoding/json.
func decode(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		if depth == 1024 {
			return nil, errors.New("too deep")
		}
		list := []any{}
		for d.More() {
			value, err := decode(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		if depth == 1024 {
			return nil, errors.New("too deep")
		}
		o := object{}
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := decode(d, depth+1)
			if err != nil {
				return nil, err
			}
			o = append(o, member{name.(string), value})
		}
		_, err := d.Token()
		return o, err
	}
	if n, ok := token.(json.Number); ok {
		if len(n) >= 1<<10 {
			return nil, errors.New("too long a number")
		}
		return strconv.ParseFloat(string(n), 64)
	}
	return token, nil
}

// fields are the keys of a row that aiperf reads.
var fields = []string{
	"text", "texts", "image", "images", "audio", "audios", "video", "videos",
	"image_uuids", "timestamp", "delay", "session_id", "role", "output_length", "extra", "type",
}

// halfPair reports whether valid JSON has half of a surrogate pair in an escape.
func halfPair(line []byte) bool {
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		if i++; line[i] != 'u' {
			continue
		}
		unit := func(at int) rune {
			if at+6 > len(line) || line[at] != '\\' || line[at+1] != 'u' {
				return 0
			}
			n, _ := strconv.ParseUint(string(line[at+2:at+6]), 16, 16)
			return rune(n)
		}
		if first := unit(i - 1); utf16.IsSurrogate(first) {
			if utf16.DecodeRune(first, unit(i+5)) == utf8.RuneError {
				return true
			}
			i += 6
		}
		i += 4
	}
	return false
}

// Image is a row's image: what makes it what it is.
type Image struct {
	Name string // a uuid, if UUID
	UUID bool
}

// Row reads a line with encoding/json and the rules as they are written down, without regard to memory. ok is false if the row
// is bad; blank lines are not asked for.
func Row(line []byte) (images []Image, session string, ok bool) {
	if !utf8.Valid(line) || !json.Valid(line) || halfPair(line) {
		return nil, "", false
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	value, err := decode(d, 0)
	if err != nil {
		return nil, "", false
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, "", false
	}
	row, ok := value.(object)
	if !ok {
		return nil, "", false
	}

	known := fields
	seen := map[string]bool{}
	for _, m := range row {
		if slices.Contains(known, m.name) && seen[m.name] {
			return nil, "", false
		}
		seen[m.name] = true
	}
	if kind, ok := row.get("type").(string); seen["type"] && (!ok || kind != "single_turn") {
		return nil, "", false
	}
	for _, name := range []string{"text", "image", "audio", "video", "session_id", "role"} {
		if _, isString := row.get(name).(string); !isString && row.get(name) != nil {
			return nil, "", false
		}
	}
	for _, name := range []string{"timestamp", "delay", "output_length"} {
		v, ok := oracleNumber(row.get(name))
		if !ok || name == "output_length" && row.get(name) != nil && (v < 1 || v != math.Floor(v)) {
			return nil, "", false
		}
	}
	if _, isObject := row.get("extra").(object); !isObject && row.get("extra") != nil {
		return nil, "", false
	}

	isEmpty := func(v any) bool {
		switch v := v.(type) {
		case nil:
			return true
		case string:
			return v == ""
		case []any:
			return len(v) == 0
		}
		return false
	}
	hasImages := false
	for _, singular := range []string{"text", "image", "audio", "video"} {
		plural := singular + "s"
		list, isList := row.get(plural).([]any)
		if !isList && row.get(plural) != nil {
			return nil, "", false
		}
		strings, objects := 0, 0
		for _, entry := range list {
			switch entry := entry.(type) {
			case string:
				strings++
				if singular == "image" {
					images = append(images, Image{Name: entry})
				}
			case object:
				objects++
				more, ok := oracleMedia(entry, singular == "image")
				if !ok {
					return nil, "", false
				}
				images = append(images, more...)
			default:
				return nil, "", false
			}
		}
		if strings > 0 && objects > 0 || !isEmpty(row.get(singular)) && !isEmpty(row.get(plural)) {
			return nil, "", false
		}
		if singular == "image" {
			hasImages = strings > 0
			if objects > 0 && row.get("image_uuids") != nil {
				return nil, "", false
			}
		}
	}

	if image, ok := row.get("image").(string); ok {
		if image == "" || row.get("image_uuids") != nil {
			return nil, "", false
		}
		images = append(images, Image{Name: image})
		hasImages = true
	}
	if uuids := row.get("image_uuids"); uuids != nil {
		names, ok := oracleStrings(uuids)
		if !ok || len(images) > 0 && len(images) != len(names) {
			return nil, "", false
		}
		for _, image := range images {
			if noHost(image.Name) {
				return nil, "", false
			}
		}
		images = nil
		for _, name := range names {
			if name == "" {
				return nil, "", false
			}
			images = append(images, Image{name, true})
		}
	} else if hasImages {
		for _, image := range images {
			if image.Name == "" || noHost(image.Name) {
				return nil, "", false
			}
		}
	}
	timestamp, _ := oracleNumber(row.get("timestamp"))
	delay, _ := oracleNumber(row.get("delay"))
	if timestamp != 0 && delay != 0 {
		return nil, "", false
	}
	filled := len(images) > 0
	for _, name := range []string{"text", "texts", "audio", "audios", "video", "videos"} {
		filled = filled || !isEmpty(row.get(name))
	}
	session, _ = row.get("session_id").(string)
	return images, session, filled
}

// oracleNumber makes a number of what aiperf does; of null 0.
func oracleNumber(value any) (float64, bool) {
	switch v := value.(type) {
	case nil:
		return 0, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil
	}
	return 0, false
}

func oracleStrings(value any) ([]string, bool) {
	list, ok := value.([]any)
	if !ok {
		return nil, false
	}
	var all []string
	for _, entry := range list {
		s, ok := entry.(string)
		if !ok {
			return nil, false
		}
		all = append(all, s)
	}
	return all, true
}

func oracleMedia(o object, wantImages bool) ([]Image, bool) {
	var contents, uuids []string
	times := map[string]int{}
	for _, m := range o {
		times[m.name]++
		ok := true
		switch {
		case m.name == "name":
			_, ok = m.value.(string)
		case m.name == "contents":
			contents, ok = oracleStrings(m.value)
		case m.name == "uuids" && wantImages:
			uuids, ok = oracleStrings(m.value)
		}
		if !ok {
			return nil, false
		}
	}
	if !wantImages {
		return nil, true
	}
	if times["contents"] > 1 || times["uuids"] > 1 || slices.Contains(uuids, "") {
		return nil, false
	}
	var images []Image
	if len(uuids) > 0 {
		for _, uuid := range uuids {
			images = append(images, Image{uuid, true})
		}
		return images, len(contents) == 0 || len(contents) == len(uuids)
	}
	for _, name := range contents {
		images = append(images, Image{Name: name})
	}
	return images, len(contents) > 0 && !slices.Contains(contents, "")
}

// noHost is aiperf's rule for what is neither a data URI nor a URL nor a path.
func noHost(s string) bool {
	if len(s) >= 5 && strings.EqualFold(s[:5], "data:") {
		return false
	}
	scheme, rest, ok := strings.Cut(s[:min(len(s), 4096)], "://")
	if !ok || scheme == "" {
		return false
	}
	for i, r := range scheme {
		isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !isLetter && (i == 0 || !strings.ContainsRune("0123456789+-.", r)) {
			return false
		}
	}
	return rest == "" || strings.ContainsAny(rest[:1], "/?#")
}

// Blank reports whether a line is none for JSON.
func Blank(line []byte) bool { return len(bytes.Trim(line, " \t\r\n")) == 0 }
