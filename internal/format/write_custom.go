package format

// CustomImage is vLLM's custom_image: {"prompt":"…","image_files":["…"]}. Its reader takes paths, URLs and data URIs, at least one in a row, and
// lets the command line alone say how long answers are.
type CustomImage struct{}

// Kind is custom_image.
func (*CustomImage) Kind() Kind { return KindCustomImage }

// Head begins the object and its text.
func (*CustomImage) Head(dst []byte, _ *Row) []byte { return append(dst, `{"prompt":"`...) }

// Middle ends the text and begins the list of images.
func (*CustomImage) Middle(dst []byte, _ *Row) []byte { return append(dst, `","image_files":[`...) }

// Open is a quotation mark.
func (*CustomImage) Open() string { return `"` }

// Between is a comma.
func (*CustomImage) Between() string { return "," }

// Close is a quotation mark.
func (*CustomImage) Close(dst []byte, _ uint32) []byte { return append(dst, '"') }

// ClosesAlike is true.
func (*CustomImage) ClosesAlike() bool { return true }

// Tail ends the list and the object.
func (*CustomImage) Tail(dst []byte, _ *Row) []byte { return append(dst, "]}\n"...) }
