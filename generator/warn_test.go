package generator

import (
	"encoding/base64"
	"strings"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/png"
)

// A plan warns of requests of more than 32 MiB of inline images, from the first size that makes them.
func TestWarningLargeRequests(t *testing.T) {
	const prompt = "hi"
	row := func(side int64) int {
		return len(`{"text":"`+prompt+`","images":["data:image/png;base64,"]}`+"\n") + base64.StdEncoding.EncodedLen(int(png.Size(int(side), int(side))))
	}
	side := int64(1)
	for row(side) <= 32<<20 {
		side++
	}
	for _, test := range []struct {
		side int64
		mode Mode
		want bool
	}{{side - 1, ModeDataURI, false}, {side, ModeDataURI, true}, {2 * side, ModeBase64, false}} {
		config := reuseConfig(t, 1, 1, 0, Reuse{})
		config.Text.Prompt, config.Media.Sizes, config.Media.Mode = prompt, media.Only(media.Size{Width: test.side, Height: test.side}), test.mode
		warnings := flagged(plan(t, config).Warnings)
		if strings.Contains(warnings, "more than 32 MiB") != test.want {
			t.Errorf("%s, %d pixels, a row of %d bytes: the warnings are %q", test.mode, test.side, row(test.side), warnings)
		}
	}
}
