package generator

import (
	"testing"

	"mmjsonl/internal/media"
)

// Each format has a usual content, and whatever a kind says that it can make it makes.
func TestKinds(t *testing.T) {
	for _, format := range ImageFormats {
		if k := kindOf(format, ""); k == nil || k.format != format {
			t.Errorf("%s has no usual content", format)
		}
	}
	if k := kindOf("", ""); k.format != FormatPNG || k.content != ContentNoise {
		t.Errorf("by default images are %s in %s", k.content, k.format)
	}
	for _, k := range kinds {
		size := media.Size{Width: 30, Height: 40}
		c := Config{Seed: 3, Media: MediaConfig{VideoRate: 5, VideoSeconds: 2}}
		lengths := []int64{0}
		if k.bytes != nil {
			least, most := k.bytes(&c, size)
			lengths = append(lengths, least, most)
		}
		for _, length := range lengths {
			c.Media.Bytes = length
			item := k.source(&c, size).Item(5)
			if item.Size != size || item.MIME != "image/"+string(k.format) && item.MIME != "video/"+string(k.format) || length > 0 && item.Bytes != length || item.Bytes <= 0 {
				t.Errorf("%s %s of %d bytes makes %+v", k.format, k.content, length, item)
			}
		}
	}
}
