package generator

import (
	"bytes"
	"path/filepath"
	"testing"
)

// The rows of parts, one after the other, are those of a run that makes everything; so are the images. Each part checks all of the reuse.
func TestParts(t *testing.T) {
	for _, mode := range []Mode{ModeDataURI, ModeBase64} {
		t.Run(string(mode), func(t *testing.T) {
			const rows = 11
			config := func(t *testing.T) Config {
				c := reuseConfig(t, rows, 2, 9, Reuse{})
				c.Media.Mode, c.Media.PathPrefix, c.Output.Digest = mode, "/data", true
				return c
			}
			all := config(t)
			want, figures := runTo(t, all)
			for _, parts := range []int{1, 2, 3, rows} {
				var got []byte
				written := int64(0)
				folder := filepath.Join(t.TempDir(), "images")
				for i := range parts {
					c := config(t)
					c.Media.Folder = folder
					p := plan(t, c)
					cut := func(n int) Span { return Span{n * i / parts, n * (i + 1) / parts} }
					p.Part = Part{cut(rows), cut(p.Shape().Pool)}
					content, stats := runPlan(t, p)
					got = append(got, content...)
					written += stats.ImagesWritten
					if stats.Slots != figures.Slots || stats.Distinct != figures.Distinct {
						t.Errorf("part %d of %d: the figures are of %d slots and %d images, want %d and %d", i, parts, stats.Slots, stats.Distinct, figures.Slots, figures.Distinct)
					}
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%d parts are other rows:\n%s\nwant\n%s", parts, got, want)
				}
				if mode == ModeBase64 && written != 9 {
					t.Errorf("%d parts write %d images, want each of 9 once", parts, written)
				}
			}
		})
	}
}
