package generator

import (
	"encoding/json"
	"testing"
)

// A row is exactly a text and images, as encoding/json writes them. Tests of the program take rows with more fields as well; how a row
// looks is tested here alone.
func TestRowLayout(t *testing.T) {
	const prompt = "what is it"
	for perRequest := range 4 {
		plan := atPaths(small(3, perRequest, 3*perRequest, 0), "pics")
		plan.Text.Prompt = []byte(prompt)
		l := newLines(plan, 1<<30, nil)
		var want []byte
		for r := range plan.Shape().Rows {
			if err := l.render(r); err != nil {
				t.Fatal(err)
			}
			images := []string{}
			for _, image := range l.stream.Row(r) {
				images = append(images, "pics/"+plan.imageName(image))
			}
			row, err := json.Marshal(struct {
				Text   string   `json:"text"`
				Images []string `json:"images"`
			}{prompt, images})
			if err != nil {
				t.Fatal(err)
			}
			want = append(append(want, row...), '\n')
		}
		if string(l.buf) != string(want) {
			t.Errorf("%d images a row: got\n%s\nwant\n%s", perRequest, l.buf, want)
		}
	}
}
