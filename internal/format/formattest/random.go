package formattest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Files are names of local files that random rows use. None need be there.
var Files = []string{
	"a.png", "./a.png", "copy.png", "link.png", "b.jpg", "c.gif", "c.webp", "cut.png", "cut.jpg", "mpo.jpg", "empty.png", "text.png", "folder", "folder/", "a.png/", "folder/../a.png",
	"nowhere/../a.png", "missing.png", "v.mp4", "V.WEBM", "v.mov", "v.mp4/", ".mp4", "empty.mp4", "s.wav", "s.mp3", "s.ogg", "folder.mp4", "a b.png", "ä.png",
}

// random makes rows.
type random struct{ *rand.Rand }

func (r random) pick(of ...string) string { return of[r.IntN(len(of))] }

// str makes a string that stands for a text, an image, a video or an audio, in quotes.
func (r random) str() string {
	switch r.IntN(8) {
	case 0, 1, 2:
		return fmt.Sprintf("%q", Files[r.IntN(len(Files))])
	case 3:
		return r.pick(`"http://[::1"`, `"http://[::1]:80/x"`, `"http://h]/"`, `"//h/a://b"`, `"http:///x"`, `"x://"`, `"http:x://y"`, `"ht tp://h/b"`, `"://x"`, `"http://?x"`, `"file://h/x"`,
			`" http://h/c.png"`, `"\thttp://h/c.png"`, `"h\nttp://h/c.png"`, `"da\nta:,x"`, `" DATA:,x"`, `"http://a：b/x"`, `"http://h/：x"`, `"s3://bucket/x"`, `"1a://h/"`, `"a+b.c-d://h"`, `"http://@"`, `"http://h\u0000/x"`,
			`"wav,AAAA"`, `"MP3,AAAA"`, `"ogg,AAAA"`, `"data:audio/wav;base64,AA"`, `"data:video/mp4;base64,AA"`, `"~/x.png"`, `"C:\\x.png"`, `"C:/x.png"`, `"http://℀/x"`, `"a?b://c"`, `"http://[v1.x]/y"`, `"http://[zz]/"`)
	case 4:
		return r.pick(`""`, `"\u00e4\ud83d\ude00"`, `"ä€😀"`, `"x\\y\"z"`, `"file:///x"`, `"\/a\b\f\n\r\t"`)
	}
	return r.pick(`"http://h/c.png"`, `"https://h/d.png?a,b"`, `"HTTP://h/c.png"`, `"data:image/png;base64,AAAA"`, `"data:image/jpeg;base64,AAAA"`, `"data:image/png;base64,AAAB"`, `"data:,x"`)
}

func (r random) list(of func() string) string {
	var all []string
	for range r.IntN(4) {
		all = append(all, of())
	}
	return "[" + strings.Join(all, r.pick(",", " , ")) + "]"
}

func (r random) uuid() string { return r.pick(`"u1"`, `"u2"`, `"u3"`, `"u1"`, `"u2"`, `""`) }

// media makes an object of several texts, images, videos or audios.
func (r random) media() string {
	fields := []string{`"contents":` + r.list(func() string { return r.pick(`"http://h/c.png"`, `"http://h/d.png"`, `"data:,x"`, r.str()) })}
	if r.IntN(2) == 0 {
		fields = append(fields, `"uuids":`+r.list(r.uuid))
	}
	if r.IntN(3) == 0 {
		fields = append(fields, r.pick(`"name":"n"`, `"x":{}`, `"name":1`, `"name":null`, `"contents":[]`, `"contents":["http://h/e.png"]`, `"contents":"http://h/e.png"`, `"uuids":[]`, `"uuids":["u1"]`, `"uuids":null`))
	}
	if r.IntN(8) == 0 {
		fields = fields[1:]
	}
	r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return "{" + strings.Join(fields, ",") + "}"
}

func (r random) strs() string {
	switch r.IntN(12) {
	case 0, 1, 2:
		return r.list(r.media)
	case 3:
		return r.list(func() string { return r.pick(r.media(), r.str()) })
	}
	return r.list(r.str)
}

// odd makes another value now and then.
func (r random) odd(value string) string {
	if r.IntN(25) == 0 {
		return r.pick("null", "7", `""`, "[]", "{}", "true", `["a",7]`, `[{}]`, `"1"`, `[[]]`, `[null]`, "-0.5e-3")
	}
	return value
}

// number makes a number, or what may be taken for one.
func (r random) number() string {
	return r.pick("0", "1", "500", "1.5", "5.0", "-1", "-3e2", "true", "false", "1e300", "1e18", "1e19", "18446744073709551615", "18446744073709551616", "-0.0", "0.0000000001",
		`"5"`, `" 5 "`, `"1_000"`, `"1__0"`, `"_1"`, `"+5"`, `"+-5"`, `"05"`, `"5.0"`, `"5."`, `".5"`, `"1e3"`, `"0x10"`, `"nan"`, `"-inf"`, `"Infinity"`, `"1e999"`, `""`, `" "`, `"-5"`, `"\u00a05"`, `"\u001c5"`, `"1_0.0_0"`, `"5_0.0"`, `"１"`)
}

// part makes a part of a message's content.
func (r random) part() string {
	url := func() string { return r.pick(`"http://h/c.png"`, `"http://h/d.png"`, `"data:,x"`, r.str()) }
	switch r.IntN(7) {
	case 0:
		return `{"type":"text","text":` + r.pick(`"a"`, `""`, `"b"`) + `}`
	case 1:
		return `{"type":"image_url","image_url":{"url":` + url() + `},"uuid":` + r.uuid() + `}`
	case 2:
		return `{"type":"video_url","video_url":{"url":` + url() + `}}`
	case 3:
		return `{"uuid":"u1","image_url":` + url() + `,"image_url":{"detail":"low","url":` + url() + `}}`
	case 4:
		return r.pick(`7`, `{}`, `"a"`, `{"image_url":null}`, `{"image_url":{}}`, `{"image_url":null,"uuid":"u2"}`, `{"text":null}`)
	}
	return `{"type":"image_url","image_url":{"url":` + url() + `}}`
}

func (r random) messages() string {
	return r.list(func() string {
		content := r.pick(`"a"`, `""`, "null", r.list(r.part), r.list(r.part), r.list(r.part))
		return r.pick(`{"role":"user","content":`+content+`}`, `{"content":`+content+`,"role":"user"}`, `{"role":"user","content":`+content+`}`, `{"content":`+content+`}`, `{"role":"user"}`, `7`)
	})
}

// object makes an object of fields, in any order.
func (r random) object(fields []string) string {
	if r.IntN(15) == 0 && len(fields) > 0 {
		fields = append(fields, fields[r.IntN(len(fields))])
	}
	r.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	return "{" + strings.Join(fields, r.pick(",", ", ")) + "}"
}

// turn makes a SingleTurn or nearly one.
func (r random) turn() string {
	fields := []string{}
	add := func(chance int, name string, value func() string) {
		for r.IntN(chance) == 0 {
			fields = append(fields, fmt.Sprintf("%q:%s", name, r.odd(value())))
			if r.IntN(12) > 0 {
				break
			}
		}
	}
	add(2, "text", func() string { return r.pick(`"a"`, `"b"`, `""`, r.str()) })
	add(2, "images", r.strs)
	add(8, "image", r.str)
	add(5, "image_uuids", func() string { return r.list(r.uuid) })
	add(8, "texts", r.strs)
	add(20, "audio", r.str)
	add(20, "audios", r.strs)
	add(20, "video", r.str)
	add(20, "videos", r.strs)
	add(4, "session_id", func() string { return r.pick(`"s1"`, `"s2"`, `"s3"`, `"data:;base64,s"`, `"data:x;base64,s"`, r.str()) })
	add(9, "timestamp", r.number)
	add(9, "delay", r.number)
	add(9, "output_length", func() string { return r.pick("1", "500", "7", r.number()) })
	add(9, "extra", func() string {
		return r.pick("{}", `{"a":[1,{"b":null}]}`, `{"messages":`+r.messages()+`}`, `{"messages":`+r.messages()+`,"messages":`+r.messages()+`}`, `{"messages":null}`)
	})
	add(15, "role", func() string { return r.pick(`"user"`, `"system"`) })
	add(30, "type", func() string { return r.pick(`"single_turn"`, `"multi_turn"`, `"single_turn"`) })
	add(9, "other", func() string {
		return r.pick(`[[],{}]`, `-1`, `"\n"`, `{"images":["z"]}`, "1e400", "123456789012345678901234567890")
	})
	return r.object(fields)
}

// damaged makes something small wrong with a line now and then, or puts blanks around it.
func (r random) damaged(line string) string {
	switch r.IntN(30) {
	case 0, 1:
		at := r.IntN(len(line))
		line = line[:at] + r.pick("", " ", ",", "]", "}", `"`, "\\", "\x01", "\xe2", "\xe2\x82", "0", "u", "\u00a0", "\v") + line[at+r.IntN(2):]
	case 2:
		line = r.pick(" ", "\u00a0", "\v", "\x1c", "\u2028", "\ufeff", "\u200b", "\x00") + line
	case 3:
		line += r.pick(" ", "\u00a0", "\f", "\x1f", "\u3000", "\u0085", "\x00", "x", "{}")
	}
	return line
}

// RandomRow makes a line that is a row of aiperf's single_turn, or nearly one.
func RandomRow(rng *rand.Rand) string {
	r := random{rng}
	return r.damaged(r.turn())
}

// RandomOther makes a line that is a row of another of aiperf's kinds, or nearly one.
func RandomOther(rng *rand.Rand, kind string) string {
	r := random{rng}
	fields := []string{}
	add := func(chance int, name string, value func() string) {
		if r.IntN(chance) == 0 {
			fields = append(fields, fmt.Sprintf("%q:%s", name, r.odd(value())))
		}
	}
	body := func() string {
		if r.IntN(8) == 0 {
			return "{}"
		}
		return r.object([]string{`"model":"m"`, `"messages":` + r.odd(r.messages())})
	}
	if kind != "raw_payload" { // where nothing tells it from mooncake_trace then
		add(3, "session_id", func() string { return r.pick(`"s1"`, `"s2"`) })
	}
	switch kind {
	case "multi_turn":
		add(1, "turns", func() string {
			return r.list(func() string {
				if r.IntN(4) == 0 {
					return r.pick(`{"role":"system","text":"be short"}`, `{"role":"system","texts":["a"],"delay":1}`, `{"role":"system","text":"a","images":["http://h/c.png"]}`)
				}
				if r.IntN(3) > 0 {
					return `{"text":"a","images":[` + r.pick(`"http://h/c.png"`, `"http://h/d.png"`, `"data:,x","http://h/c.png"`) + `]}`
				}
				return r.turn()
			})
		})
		add(9, "type", func() string { return r.pick(`"multi_turn"`, `"single_turn"`) })
	case "raw_payload":
		add(1, "messages", r.messages)
		add(2, "model", func() string { return `"m"` })
	case "mooncake_trace":
		for range 1 + r.IntN(8)/7 {
			switch r.IntN(4) {
			case 0:
				add(1, "input_length", func() string { return r.pick("10", r.number()) })
				add(2, "hash_ids", func() string { return r.pick("[1,2]", "[]", "["+r.number()+"]") })
			case 1:
				add(1, "text_input", r.str)
			case 2:
				add(1, "messages", r.messages)
				add(5, "tools", func() string { return r.pick("[]", "[{}]", "[1]") })
			default:
				add(1, "payload", body)
			}
		}
		add(3, "timestamp", r.number)
		add(9, "delay", r.number)
		add(3, "output_length", r.number)
		add(9, "extra", func() string { return r.pick("{}", `{"messages":`+r.messages()+`}`) })
		add(20, "type", func() string { return r.pick(`"mooncake_trace"`, `"single_turn"`) })
	}
	return r.damaged(r.object(fields))
}
