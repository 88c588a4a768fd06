package format

import "strconv"

// SingleTurn is aiperf's single_turn: {"text":"…","images":["…","…"]} and a line feed, compact and ASCII, which every release reads.
type SingleTurn struct{}

// Head begins the object and its text.
func (SingleTurn) Head(dst []byte, _ Row) []byte { return append(dst, `{"text":"`...) }

// Middle ends the text and begins the list of images.
func (SingleTurn) Middle(dst []byte, _ Row) []byte { return append(dst, `","images":[`...) }

// Open is a quotation mark.
func (SingleTurn) Open() string { return `"` }

// Close is a quotation mark.
func (SingleTurn) Close() string { return `"` }

// Between is a comma.
func (SingleTurn) Between() string { return "," }

// Tail ends the list and the object.
func (SingleTurn) Tail(dst []byte, _ Row) []byte { return append(dst, "]}\n"...) }

// Arguments give a count, without which aiperf sends ten rows. Rows that warm the cache are sent and not measured; the measurement goes on
// behind them.
func (SingleTurn) Arguments(f File) []string {
	args := []string{"--input-file", f.Path, "--custom-dataset-type", "single_turn"}
	if 0 < f.WarmUp && f.WarmUp < f.Requests {
		return append(args, "--warmup-request-count", strconv.FormatInt(f.WarmUp, 10), "--request-count", strconv.FormatInt(f.Requests-f.WarmUp, 10))
	}
	return append(args, "--request-count", strconv.FormatInt(f.Requests, 10))
}
