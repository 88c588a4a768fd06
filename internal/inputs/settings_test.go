package inputs

import (
	"strings"
	"testing"
)

// A command line that is shown has what a person gave, and no password.
func TestCommandLine(t *testing.T) {
	long := strings.Repeat("ü", 300)
	for _, test := range []struct {
		env  Environment
		args []string
		want string
	}{
		{nil, nil, "mmjsonl"},
		{Environment{"INPUT_NUM_REQUESTS": "7"}, []string{"--sha256=false", "--force", "--quiet"}, "mmjsonl --num-requests 7 --sha256=false --force"},
		{nil, []string{"--coco-annotations", "https://me:secret@host/a.json?key=secret", "--image-url-base", "http://me:secret@h"},
			"mmjsonl --coco-annotations 'https://host/a.json?…' --image-url-base http://h"},
		{nil, []string{"--prompt", long}, "mmjsonl --prompt '" + long[:400] + "…'"},
	} {
		set, _, _ := generateInputs(t, false, test.env, test.args...)
		if got := set.CommandLine(nil); got != test.want {
			t.Errorf("%q: %s, want %s", test.args, got, test.want)
		}
	}
}

// FuzzSettings: whatever a text is, it is a problem or a flag's value; and what was read is written so that it is read again.
func FuzzSettings(f *testing.F) {
	f.Add("num-requests: 5\nprompt: |\n  a\n  b\nhit-rate: [0.3@5, 0.6@7]\n")
	f.Add("a: &x 1\nseed: *x\n? {}\n: []\n")
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) (*Set, *Generate, bool) {
			in := new(Generate)
			set := Bind("mmjsonl", in)
			problems := set.ReadSettings(strings.NewReader(text), "x.yaml")
			if err := set.ReadEnvironment(t.Context(), nil, false); err != nil {
				t.Fatal(err)
			}
			return set, in, len(problems) == 0
		}
		set, in, ok := read(text)
		if !ok {
			return
		}
		var b strings.Builder
		if err := set.WriteSettings(&b); err != nil {
			t.Fatal(err)
		}
		_, again, ok := read(b.String())
		if !ok {
			t.Fatalf("%q became\n%s\nwhich cannot be read", text, b.String())
		}
		for i, in := range inputsOf(in) {
			other := inputsOf(again)[i].common()
			if c := in.common(); c.text != other.text && !(strings.TrimSpace(c.text) == "" && strings.TrimSpace(other.text) == "") || c.Given() != other.Given() {
				t.Errorf("%s is %q (%v), and read again %q (%v)\n%s", c.Name, c.text, c.Given(), other.text, other.Given(), b.String())
			}
		}
	})
}
