// Package formattest reads rows the slow and plain way, for tests of package format and of those that use it.
package formattest

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// member is a key and value of an object, of which a map would keep but one of each name.
type member struct {
	name  string
	value any
}

type object []member

// get returns the member's value, of several of one name the last.
func (o object) get(name string) any {
	for _, m := range slices.Backward(o) {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func (o object) has(name string) bool {
	return slices.ContainsFunc(o, func(m member) bool { return m.name == name })
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
		if _, err := strconv.ParseFloat(string(n), 64); err != nil {
			return nil, err
		}
		return n, nil
	}
	return token, nil
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

// Image is an image that a row sends.
type Image struct {
	Name string // its string
	UUID string // "" if it has none
}

// Row is what aiperf makes of a line of single_turn.
type Row struct {
	Refused bool     // by aiperf, or because no server takes what is sent
	Images  []Image  // and then the videos
	Opened  []string // other files that aiperf opens: audios, images and videos that extra.messages replace
	Session string
	Text    bool
}

// Read reads a line with encoding/json and the rules as they are written down, without regard to memory. Blank lines are not asked
// for, and no file is looked for.
func Read(line []byte) Row {
	line = []byte(strings.TrimFunc(string(line), isSpace))
	if !utf8.Valid(line) || !json.Valid(line) || halfPair(line) {
		return Row{Refused: true}
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	value, err := decode(d, 0)
	if err != nil {
		return Row{Refused: true}
	}
	row, ok := value.(object)
	if !ok {
		return Row{Refused: true}
	}
	r, ok := readTurn(row)
	r.Refused = !ok
	return r
}

func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// readTurn applies the rules of aiperf's SingleTurn, then those by which it opens files, then those of servers.
func readTurn(row object) (r Row, ok bool) {
	if row.has("type") && row.get("type") != "single_turn" {
		return r, false
	}
	for _, name := range []string{"text", "image", "audio", "video", "session_id", "role"} {
		if _, isString := row.get(name).(string); !isString && row.get(name) != nil {
			return r, false
		}
	}
	truth := map[string]bool{}
	for _, name := range []string{"timestamp", "delay"} {
		v, ok := float(row.get(name))
		if !ok || name == "delay" && row.get(name) != nil && !(v >= 0) {
			return r, false
		}
		truth[name] = v != 0
	}
	if row.get("output_length") != nil && !positive(row.get("output_length")) {
		return r, false
	}
	extra, isObject := row.get("extra").(object)
	if !isObject && row.get("extra") != nil {
		return r, false
	}
	if truth["timestamp"] && truth["delay"] {
		return r, false
	}

	lists := map[string][]string{}
	mediaObjects := map[string][]Image{}
	areObjects := map[string]bool{}
	modality := false
	for _, singular := range []string{"text", "image", "audio", "video"} {
		one, _ := row.get(singular).(string)
		plural := row.get(singular + "s")
		list, isList := plural.([]any)
		if !isList && plural != nil || one != "" && len(list) > 0 {
			return r, false
		}
		modality = modality || one != "" || len(list) > 0
		for _, entry := range list {
			switch entry := entry.(type) {
			case string:
				lists[singular] = append(lists[singular], entry)
			case object:
				areObjects[singular] = true
				images, ok := readMedia(entry, singular == "image")
				if !ok {
					return r, false
				}
				mediaObjects[singular] = append(mediaObjects[singular], images...)
			default:
				return r, false
			}
		}
		if len(lists[singular]) > 0 && areObjects[singular] {
			return r, false
		}
	}
	images := lists["image"]
	uuids, isList := stringList(row.get("image_uuids"))
	if row.get("image_uuids") != nil {
		if !isList || row.get("image") != nil || areObjects["image"] || slices.Contains(uuids, "") {
			return r, false
		}
		if len(images) == 0 {
			images = make([]string, len(uuids))
		}
		if len(images) != len(uuids) {
			return r, false
		}
		modality = modality || len(images) > 0
	}
	if !modality {
		return r, false
	}

	server := false
	one, hasOne := row.get("image").(string)
	switch {
	case hasOne:
		if one == "" || opens(one, "image") != nil {
			return r, false
		}
		r.Images = []Image{{Name: one}}
	case areObjects["image"]:
		for _, image := range mediaObjects["image"] {
			server = server || image.Name != "" && !isURL(image.Name)
		}
		r.Images = mediaObjects["image"]
	default:
		for i, name := range images {
			if name == "" && len(uuids) == 0 || name != "" && opens(name, "image") != nil {
				return r, false
			}
			image := Image{Name: name}
			if len(uuids) > 0 {
				image.UUID = uuids[i]
			}
			r.Images = append(r.Images, image)
		}
	}
	var videos []Image
	for _, singular := range []string{"audio", "video"} {
		if areObjects[singular] {
			if singular == "video" && row.get(singular) == nil {
				for _, video := range mediaObjects[singular] {
					server = server || !isURL(video.Name)
					videos = append(videos, video)
				}
			}
			continue
		}
		names := lists[singular]
		if one, ok := row.get(singular).(string); ok {
			names = []string{one}
		}
		for _, name := range names {
			if name == "" || opens(name, singular) != nil {
				return r, false
			}
			switch {
			case singular == "video":
				videos = append(videos, Image{Name: name})
			case kind(name, singular) == "path":
				r.Opened = append(r.Opened, name)
			}
		}
	}
	r.Session, _ = row.get("session_id").(string)
	text, _ := row.get("text").(string)
	r.Text = text != ""
	for _, text := range lists["text"] {
		r.Text = r.Text || text != "" && row.get("text") == nil
	}
	for _, text := range mediaObjects["text"] {
		r.Text = r.Text || text.Name != "" && row.get("text") == nil
	}
	if !extra.has("messages") {
		r.Images = append(r.Images, videos...)
	} else {
		for _, video := range videos {
			if !areObjects["video"] && kind(video.Name, "video") == "path" {
				r.Opened = append(r.Opened, video.Name)
			}
		}
		if !areObjects["image"] {
			for _, image := range r.Images {
				if image.Name != "" && kind(image.Name, "image") == "path" {
					r.Opened = append(r.Opened, image.Name)
				}
			}
		}
		r.Images, r.Text, server = nil, false, false
		messages, _ := extra.get("messages").([]any)
		for _, message := range messages {
			message, _ := message.(object)
			content := message.get("content")
			if text, ok := content.(string); ok {
				r.Text = r.Text || text != ""
			}
			parts, _ := content.([]any)
			for _, part := range parts {
				part, _ := part.(object)
				if text, ok := part.get("text").(string); ok {
					r.Text = r.Text || text != ""
				}
				of := "image_url"
				if !part.has(of) {
					of = "video_url"
				}
				url, isString := part.get(of).(string)
				if wrapped, ok := part.get(of).(object); ok {
					url, isString = wrapped.get("url").(string)
				}
				uuid, _ := part.get("uuid").(string)
				if isString && (url != "" || uuid == "") || uuid != "" {
					server = server || url == "" && uuid == "" || url != "" && !isURL(url)
					r.Images = append(r.Images, Image{url, uuid})
				}
			}
		}
	}
	return r, !server
}

// float makes a number of what aiperf takes for one; of null 0.
func float(value any) (float64, bool) {
	switch v := value.(type) {
	case nil:
		return 0, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	case string:
		v = strings.TrimFunc(v, unicode.IsSpace)
		if !oneUnderscore.MatchString(v) {
			return 0, false
		}
		v = strings.ReplaceAll(v, "_", "")
		if !decimal.MatchString(v) {
			return 0, false
		}
		if strings.HasSuffix(strings.ToLower(v), "nan") {
			return math.NaN(), true
		}
		f, _ := strconv.ParseFloat(v, 64)
		return f, true
	}
	return 0, false
}

var (
	oneUnderscore = regexp.MustCompile(`^[^_]+(_[^_]+)*$`)
	decimal       = regexp.MustCompile(`^[+-]?((?i:inf|infinity|nan)|([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?)$`)
	whole         = regexp.MustCompile(`^[+-]?[0-9]+(\.0+)?$`)
)

// positive reports whether aiperf makes an int of at least 1 of the value.
func positive(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case json.Number:
		i, ok := new(big.Int).SetString(string(v), 10)
		if ok && i.BitLen() <= 64 {
			return i.Sign() > 0
		}
		f, err := v.Float64()
		return err == nil && f == math.Trunc(f) && f >= 1 && f < 1<<63
	case string:
		v = strings.TrimFunc(v, unicode.IsSpace)
		if before, after, found := strings.Cut(v, "."); found {
			if !oneUnderscore.MatchString(before) || after == "" || strings.Trim(after, "0") != "" {
				return false
			}
		} else if !oneUnderscore.MatchString(v) {
			return false
		}
		v = strings.ReplaceAll(v, "_", "")
		if !whole.MatchString(v) {
			return false
		}
		v, _, _ = strings.Cut(v, ".")
		i, ok := new(big.Int).SetString(strings.TrimPrefix(v, "+"), 10)
		return ok && i.Sign() > 0 && len(i.String()) <= 4300
	}
	return false
}

func stringList(value any) ([]string, bool) {
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

// readMedia reads an object of several texts, images, audios or videos.
func readMedia(o object, isImage bool) ([]Image, bool) {
	var contents, uuids []string
	ok := true
	if o.has("name") {
		_, ok = o.get("name").(string)
	}
	if ok && o.has("contents") {
		contents, ok = stringList(o.get("contents"))
	}
	if ok && isImage && o.has("uuids") {
		uuids, ok = stringList(o.get("uuids"))
	}
	if !ok || slices.Contains(uuids, "") {
		return nil, false
	}
	if len(uuids) > 0 && len(contents) == 0 {
		contents = make([]string, len(uuids))
	}
	if len(uuids) > 0 && len(uuids) != len(contents) {
		return nil, false
	}
	var images []Image
	for i, name := range contents {
		switch {
		case len(uuids) > 0:
			images = append(images, Image{name, uuids[i]})
		case name != "":
			images = append(images, Image{Name: name})
		}
	}
	return images, true
}

// opens says why aiperf fails at a string before it opens a file, if it does.
func opens(s, singular string) error {
	if kind := kind(s, singular); kind == "" {
		return errors.New("neither a path nor a URL")
	}
	return nil
}

// kind is what aiperf takes a string for: data, url, path, or nothing.
func kind(s, singular string) string {
	scheme, host, ok := split(s)
	if !ok {
		return ""
	}
	if singular == "audio" {
		before, _, found := strings.Cut(s, ",")
		if found && scheme == "" && (strings.EqualFold(before, "wav") || strings.EqualFold(before, "mp3")) {
			return "data"
		}
	} else if scheme == "data" {
		return "data"
	}
	if !strings.Contains(s, "://") || scheme == "" && host == "" {
		return "path"
	}
	if scheme == "" || host == "" {
		return ""
	}
	return "url"
}

// isURL reports whether a server takes a string that it is sent as a URL.
func isURL(s string) bool {
	scheme, _, _ := split(s)
	k := kind(s, "image")
	return k == "data" || k == "url" && scheme != "file"
}

var schemes = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*):`)

// split is what urllib.parse.urlsplit does, as far as it matters here.
func split(s string) (scheme, host string, ok bool) {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return r <= ' ' })
	s = strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
	if m := schemes.FindStringSubmatch(s); m != nil {
		scheme, s = strings.ToLower(m[1]), s[len(m[0]):]
	}
	rest, found := strings.CutPrefix(s, "//")
	if !found {
		return scheme, "", true
	}
	host = rest
	if end := strings.IndexAny(host, "/?#"); end >= 0 {
		host = host[:end]
	}
	if strings.ContainsAny(host, "℀℁℅℆⁇⁈⁉⩴︓︖﹕﹖﹟﹫＃／：？＠") {
		return scheme, host, false
	}
	if !strings.ContainsAny(host, "[]") {
		return scheme, host, true
	}
	address := host[strings.LastIndex(host, "@")+1:]
	m := regexp.MustCompile(`^\[([^\]]*)\](:.*)?$`).FindStringSubmatch(address)
	if m == nil {
		return scheme, host, false
	}
	if strings.HasPrefix(m[1], "v") {
		return scheme, host, regexp.MustCompile(`^v[0-9a-fA-F]+\..+$`).MatchString(m[1])
	}
	ip, err := netip.ParseAddr(m[1])
	return scheme, host, err == nil && ip.Is6()
}

// Blank reports whether a line is none for aiperf.
func Blank(line []byte) bool { return strings.TrimFunc(string(line), isSpace) == "" }
