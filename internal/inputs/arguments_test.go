package inputs

import (
	"slices"
	"strings"
	"testing"
)

func TestUnknownFlagsAllReported(t *testing.T) {
	_, config, problems := read(t, false, nil, "--num-request", "5", "--colour=x", "-q", "--cache-images", "7", "--images_pool", "8", "---", "--=x", "-nö", "-é", "--quite", "stray",
		"--images-pool", "9", "--", "--late", "-x")
	want := []string{
		`there is no flag "--num-request": did you mean --num-requests?`,
		`there is no flag "--colour": see mmjsonl --help`,
		`there is no flag "-q": see mmjsonl --help`,
		`there is no flag "--cache-images" here: it belongs to mmjsonl inspect`,
		`there is no flag "--images_pool": did you mean --images-pool?`,
		`there is no flag "---": see mmjsonl --help`,
		`there is no flag "--": see mmjsonl --help`,
		`there is no flag "-é": see mmjsonl --help`,
		`there is no flag "--quite": did you mean --quiet?`,
		`word "stray"`,
		`word "--late"`,
		`word "-x"`,
		`-n "ö" is not a whole number: give one like 100`,
	}
	if !slices.Equal(problems, want) || config.Requests.Pool != 9 {
		t.Errorf("pool %d, problems\n%s\nwant\n%s", config.Requests.Pool, strings.Join(problems, "\n"), strings.Join(want, "\n"))
	}
}

func TestArgumentsJoinsValues(t *testing.T) {
	for _, test := range []struct {
		args, want string
	}{
		{"--image-size 640 320 -n 5", "--image-size 640x320 -n 5"},
		{"--no-uuid -n 5", "--uuid=false -n 5"},
		{"--image-size 640 x", "--image-size 640 x"},
		{"--image-size 640 -n 5", "--image-size 640 -n 5"},
		{"--image-size=640 320", "--image-size=640 320"},
		{"--prompt --image-size 640 320", "--prompt --image-size 640 320"},
		{"-o --sha256 false", "-o --sha256 false"},
		{"--sha256 false", "--sha256=false"},
		{"--sha256 FALSE -n 3", "--sha256=FALSE -n 3"},
		{"--sha256 maybe", "--sha256=maybe"},
		{"--sha256 -n 3", "--sha256 -n 3"},
		{"--sha256", "--sha256"},
		{"--force false", "--force=false"},
		{"-- --image-size 1 2", "-- --image-size 1 2"},
	} {
		set := Bind("mmjsonl", new(Generate))
		flags := newFlagSet("all")
		for _, group := range set.Groups() {
			flags.AddFlagSet(group)
		}
		none := func(string) string { return "" }
		if got, problems := set.Arguments(strings.Fields(test.args), flags, false, none); strings.Join(got, " ") != test.want || len(problems) > 0 {
			t.Errorf("%s became %q, want %q; problems %v", test.args, got, test.want, problems)
		}
	}
	// Where a file's name can follow, a word behind a flag that needs none is one.
	set := Bind("mmjsonl inspect", new(Inspect))
	flags := newFlagSet("all")
	for _, group := range set.Groups() {
		flags.AddFlagSet(group)
	}
	if got, _ := set.Arguments([]string{"--json", "f", "--json", "true", "--unknown", "u", "--jsn", "g", "--patsh", "5"}, flags, true, func(string) string { return "" }); strings.Join(got, " ") != "--json f --json=true u g" {
		t.Errorf("got %q", got)
	}
}

func TestFlagsWithoutValues(t *testing.T) {
	for arg, want := range map[string]string{"-n": "-n needs a value: give -n N", "--images-pool": "--images-pool needs a value: give --images-pool P"} {
		if _, _, problems := read(t, false, nil, "--seed", "5", arg); !slices.Equal(problems, []string{want}) {
			t.Errorf("%s: %q", arg, problems)
		}
	}
}

func TestClosest(t *testing.T) {
	words := []string{"images-pool", "images-per-request", "seed"}
	for typed, want := range map[string]string{"image-pool": "images-pool", "sed": "seed", "x": "", "": "", "colour": "", strings.Repeat("seed", 1000): ""} {
		if got := Closest(typed, words); got != want {
			t.Errorf("%.20q: %q, want %q", typed, got, want)
		}
	}
}
