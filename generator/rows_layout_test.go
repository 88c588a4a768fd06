package generator

import (
	"encoding/json"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/text"
)

// A row is exactly a text and images, as encoding/json writes them. Tests of the program take rows with more fields as well; how a row
// looks is tested here alone.
func TestRowLayout(t *testing.T) {
	const prompt = "what is it"
	for perRequest := range 4 {
		plan := &Plan{Requests: 3, ImagesPerRequest: perRequest, Pool: 3 * perRequest, prompt: []byte(prompt), media: media.Noise{Size: media.Size{Width: 1, Height: 1}}, words: text.BuiltIn(), pathPrefix: []byte(`"pics/`)}
		l := newLines(plan, 1<<30, nil)
		var want []byte
		for r := range plan.Requests {
			if err := l.row(r); err != nil {
				t.Fatal(err)
			}
			images := []string{}
			for _, image := range l.stream.Row(r) {
				images = append(images, "pics/"+string(appendImageName(nil, image)))
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
