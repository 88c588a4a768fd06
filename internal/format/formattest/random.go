package formattest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// RandomRow makes a line that is a row or nearly one.
func RandomRow(rng *rand.Rand) string {
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	str := func() string {
		return pick(`"a"`, `"b.png"`, `"b.png"`, `"http://h/c.png"`, `"data:image/png;base64,AA"`, `"\u00e4\ud83d\ude00"`, `"ä€😀"`, `"x\\y\"z"`, `""`, `"file:///x"`)
	}
	list := func(of func() string) string {
		var all []string
		for range rng.IntN(4) {
			all = append(all, of())
		}
		return "[" + strings.Join(all, pick(",", " , ")) + "]"
	}
	media := func() string {
		fields := []string{`"contents":` + list(str)}
		if rng.IntN(2) == 0 {
			fields = append(fields, `"uuids":`+list(func() string { return pick(`"u1"`, `"u2"`) }))
		}
		if rng.IntN(4) == 0 {
			fields = append(fields, pick(`"name":"n"`, `"x":{}`, `"name":1`))
		}
		return "{" + strings.Join(fields, ",") + "}"
	}
	strs := func() string {
		if rng.IntN(3) == 0 {
			return list(media)
		}
		return list(str)
	}
	odd := func(value string) string {
		if rng.IntN(25) == 0 {
			return pick("null", "7", `""`, "[]", "{}", "true", `["a",7]`, `[{}]`, `"1"`)
		}
		return value
	}
	fields := []string{}
	add := func(chance int, name string, value func() string) {
		if rng.IntN(chance) == 0 {
			fields = append(fields, fmt.Sprintf("%q:%s", name, odd(value())))
		}
	}
	add(2, "text", str)
	add(2, "images", strs)
	add(8, "image", str)
	add(5, "image_uuids", func() string { return list(func() string { return pick(`"u1"`, `"u2"`, `"u3"`) }) })
	add(8, "texts", strs)
	add(20, "audio", str)
	add(20, "videos", strs)
	add(4, "session_id", str)
	add(9, "timestamp", func() string { return pick("0", "1.5", "-3e2", `"5"`, "true", "false") })
	add(9, "delay", func() string { return pick("0", "1.5", "-0.0") })
	add(9, "output_length", func() string { return pick("1", "500", "0", "1.5") })
	add(9, "extra", func() string { return pick("{}", `{"a":[1,{"b":null}]}`) })
	add(30, "type", func() string { return pick(`"single_turn"`, `"multi_turn"`) })
	add(9, "other", func() string { return pick(`[[],{}]`, `-1`, `"\n"`, `{"images":["z"]}`) })
	if rng.IntN(40) == 0 && len(fields) > 0 {
		fields = append(fields, fields[0])
	}
	rng.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	line := "{" + strings.Join(fields, pick(",", ", ")) + "}"
	if rng.IntN(15) == 0 {
		at := rng.IntN(len(line))
		line = line[:at] + pick("", " ", ",", "]", "}", `"`, "\\", "\x01", "\xe2", "\xe2\x82", "0", "u") + line[at+rng.IntN(2):]
	}
	return line
}
