package format

// Kind is a kind of rows.
type Kind uint8

const (
	KindSingleTurn  Kind = iota // aiperf's rows of text and images, a request each
	KindMultiTurn               // aiperf's conversations
	KindRawPayload              // chat bodies, sent as they are
	KindMooncake                // aiperf's mooncake_trace
	KindBatch                   // OpenAI's batch files, which vllm run-batch reads too
	KindCustomImage             // vLLM's custom_image
)

var kindNames = [...]string{"single_turn", "multi_turn", "raw_payload", "mooncake_trace", "batch", "custom_image"}

// String returns the name by which the kind's reader knows it.
func (k Kind) String() string { return kindNames[k] }

// SendWith says how to send a file of the kind.
func (k Kind) SendWith() string {
	switch k {
	case KindBatch:
		return "vllm run-batch -i FILE -o RESULTS --model MODEL; for aiperf write the bodies alone, jq -c .body FILE, and send them as raw_payload"
	case KindCustomImage:
		return "vllm bench serve --backend openai-chat --endpoint /v1/chat/completions --dataset-name custom_image --dataset-path FILE --disable-shuffle --no-oversample --num-prompts ROWS"
	}
	return "aiperf profile … --input-file FILE --custom-dataset-type " + k.String()
}

// Client is the program that reads rows of the kind.
func (k Kind) Client() string {
	switch k {
	case KindBatch, KindCustomImage:
		return "vLLM"
	}
	return "aiperf"
}

// Grows reports whether each request of a conversation sends the images of the earlier ones again.
func (k Kind) Grows() bool { return k == KindMultiTurn }

// fieldsOfKind are keys by which a row's kind is told, and the kind. Those of single_turn come first: a row with them is read as one
// whatever else is in it.
var fieldsOfKind = []struct {
	key  string
	kind Kind
}{
	{"turns", KindMultiTurn},
	{"body", KindBatch},
	{"image_files", KindCustomImage},
	{"input_length", KindMooncake}, {"text_input", KindMooncake}, {"payload", KindMooncake}, {"hash_ids", KindMooncake},
	{"messages", KindRawPayload},
	{"content", KindCustomImage},
}

// kindReader tells the kind of a row.
type kindReader struct {
	scanner
	keys map[string]bool
	text jsonString
	name string // of the field type
}

// KindOf tells a row's kind by its keys, as far as the text reaches: it may be cut off. ok is false if it is not a JSON object, or its
// beginning.
func KindOf(line []byte) (kind Kind, ok bool) {
	var r kindReader
	r.rest, r.size = line, int64(len(line))
	r.keys = map[string]bool{}
	if !r.strip() || r.peek() != '{' {
		return KindSingleTurn, false
	}
	r.object(func(key []byte) bool {
		if len(r.keys) < 1000 {
			r.keys[string(key)] = true
		}
		if string(key) == "type" && r.peek() == '"' {
			r.text.reset(keepHead)
			ok := r.scanner.text(&r.text)
			r.name = string(r.text.head)
			return ok
		}
		return r.skip()
	})
	return r.kind(), true
}

func (r *kindReader) kind() Kind {
	for k, name := range kindNames {
		if r.name == name {
			return Kind(k)
		}
	}
	for _, key := range fieldNames[:fieldUUIDs+1] {
		if r.keys[key] {
			return KindSingleTurn
		}
	}
	for _, each := range fieldsOfKind {
		if !r.keys[each.key] {
			continue
		}
		if each.kind == KindRawPayload && !r.keys["model"] {
			for _, key := range []string{"timestamp", "delay", "session_id", "output_length"} {
				if r.keys[key] {
					return KindMooncake
				}
			}
		}
		return each.kind
	}
	return KindSingleTurn
}

// IsValue reports whether a line is one JSON value, with nothing behind it.
func IsValue(line []byte) bool {
	s := scanner{rest: line, size: int64(len(line))}
	return s.skip() && !s.strip()
}

// Continues reports whether a text of several lines is one JSON value, at least beyond its first line, which is of so many bytes. It may
// be cut off, unless it is whole.
func Continues(text []byte, first int, whole bool) bool {
	s := scanner{rest: text, size: int64(len(text))}
	if s.skip() {
		return true
	}
	return !whole && len(s.rest) == 0 && len(text) > first
}

// IsInputsJSON tells the document that aiperf writes its requests to by its beginning.
func IsInputsJSON(text []byte) bool {
	var s kindReader
	s.rest, s.size = text, int64(len(text))
	found := false
	s.object(func(key []byte) bool {
		if string(key) != "data" || s.peek() != '[' {
			return s.skip()
		}
		return s.array(func() bool {
			if s.peek() != '{' {
				return s.skip()
			}
			return s.object(func(key []byte) bool {
				found = found || string(key) == "payloads"
				return !found && s.skip()
			})
		})
	})
	return found
}
