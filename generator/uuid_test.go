package generator

import (
	"strings"
	"testing"

	"mmjsonl/internal/media"
)

// What Python's uuid.uuid5(uuid.NAMESPACE_OID, name) makes of the same names.
func TestUUIDOfReference(t *testing.T) {
	for reference, want := range map[string]string{
		`/tmp/bench_images/img_0000.png`:      "8fabfaa1-2ade-5be4-96f1-2064133b4ecf",
		`/\u00f6 \"q\"\\back/<&>\ud83d\ude00`: "8b51b92b-7d41-5ebc-8a91-6bcafa364da3", // /ö "q"\back/<&>😀
	} {
		p := &Plan{Reference: Reference{AppendEnd: func(dst []byte, _ uint32) []byte { return append(dst, reference...) }}}
		if got := string(newUUIDs(p, UUIDOfReference).append([]byte("x"), 3)); got != "x"+want {
			t.Errorf("%s: got %s, want %s", reference, got, want)
		}
	}
}

// A row's own data URI is the name, the first time and again.
func TestUUIDOfInlineImage(t *testing.T) {
	plan := inlineOf(small(1, 2, 2, 1), 40, 30)
	l := newLines(plan, 1<<30, nil)
	if err := l.render(0); err != nil {
		t.Fatal(err)
	}
	uris := strings.Split(string(l.buf), `"`)
	ids := newUUIDs(plan, UUIDOfReference)
	for slot, image := range l.stream.Row(0) {
		named := &Plan{Reference: Reference{AppendEnd: func(dst []byte, _ uint32) []byte { return append(dst, uris[7+2*slot]...) }}}
		want := string(newUUIDs(named, UUIDOfReference).append(nil, 0))
		for range 2 {
			if got := string(ids.append(nil, image)); got != want {
				t.Errorf("image %d: got %s, want %s, of %.40s…", image, got, want, uris[7+2*slot])
			}
		}
	}
}

// The same image has the same uuid whatever rows call it; another one of the set, or one of another set, has another.
func TestUUIDOfContent(t *testing.T) {
	seen := map[string]string{}
	for _, set := range []media.Noise{{Seed: 1, Size: media.Size{Width: 2, Height: 2}}, {Seed: 2, Size: media.Size{Width: 2, Height: 2}}, {Seed: 1, Size: media.Size{Width: 2, Height: 3}}} {
		for image := range uint32(3) {
			inline := &Plan{Media: set, Reference: Reference{Inline: true}}
			named := &Plan{Media: set, Reference: Reference{AppendEnd: func(dst []byte, _ uint32) []byte { return append(dst, "x"...) }}}
			id := string(newUUIDs(inline, UUIDOfContent).append(nil, image))
			if again := string(newUUIDs(named, UUIDOfContent).append(nil, image)); again != id {
				t.Errorf("%s/%d: %s and %s", set.Set(), image, id, again)
			}
			if seen[id] != "" {
				t.Errorf("%s/%d has the uuid of %s", set.Set(), image, seen[id])
			}
			seen[id] = set.Set()
		}
	}
}
