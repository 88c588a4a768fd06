package inputs

import (
	"slices"
	"strings"
	"testing"

	"mmjsonl/generator"
	"mmjsonl/internal/media"
)

// read reads arguments and an environment, and returns the configuration with the problems' texts.
func read(t *testing.T, asAction bool, env Environment, args ...string) (*Read, generator.Config, []string) {
	t.Helper()
	r, err := From(t.Context(), args, env, asAction)
	if err != nil {
		t.Fatal(err)
	}
	config, problems := r.Config()
	var texts []string
	for _, p := range problems {
		texts = append(texts, p.Text(r.Typed))
	}
	return r, config, texts
}

func TestAFlagWinsOverTheEnvironmentAndBlankIsNotGiven(t *testing.T) {
	for _, c := range []struct {
		name string
		env  Environment
		args []string
		want int64
	}{
		{"default", nil, nil, 500},
		{"as the runner writes it", Environment{"INPUT_NUM-REQUESTS": "7"}, nil, 7},
		{"as a shell can", Environment{"INPUT_NUM_REQUESTS": " 8 "}, nil, 8},
		{"blank", Environment{"INPUT_NUM-REQUESTS": "  ", "INPUT_NUM_REQUESTS": "9"}, nil, 9},
		{"all blank", Environment{"INPUT_NUM-REQUESTS": "\n"}, nil, 500},
		{"flag", Environment{"INPUT_NUM-REQUESTS": "7"}, []string{"-n", "3"}, 3},
		{"blank flag", Environment{"INPUT_NUM-REQUESTS": "7"}, []string{"--num-requests", ""}, 7},
		{"leading zero is decimal", nil, []string{"-n", "010"}, 10},
	} {
		if _, config, problems := read(t, false, c.env, c.args...); config.Requests != c.want || len(problems) > 0 {
			t.Errorf("%s: %d, %q, want %d", c.name, config.Requests, problems, c.want)
		}
	}
}

func TestProblemsNameInputsAsTheyWereTyped(t *testing.T) {
	for _, c := range []struct {
		asAction bool
		env      Environment
		args     []string
		want     string
	}{
		{false, nil, []string{"-n", "x"}, `-n "x" is not`},
		{false, nil, []string{"--num-requests=x"}, `--num-requests "x" is not`},
		{false, Environment{"INPUT_NUM_REQUESTS": "x"}, nil, `INPUT_NUM_REQUESTS "x" is not`},
		{true, Environment{"INPUT_NUM-REQUESTS": "x"}, nil, `num-requests "x" is not`},
		{false, nil, []string{"-n", "99999999999999999999"}, "out of range"},
		{false, nil, []string{"--image-size", "5x5x5"}, `--image-size "5x5x5" is not a size`},
		{false, nil, []string{"--seed", "-1"}, `--seed "-1" is not a seed`},
		{false, nil, []string{"--sha256=perhaps"}, `--sha256 "perhaps" is neither`},
	} {
		_, _, problems := read(t, c.asAction, c.env, c.args...)
		if len(problems) != 1 || !strings.HasPrefix(problems[0], c.want) && !strings.Contains(problems[0], c.want) {
			t.Errorf("%v %q: %q, want one with %q", c.env, c.args, problems, c.want)
		}
	}
}

func TestUnknownFlagsAreAllReported(t *testing.T) {
	_, config, problems := read(t, false, nil, "--num-request", "5", "--colour=x", "-q", "--images-pool", "9", "stray")
	want := []string{`there is no flag "--num-request": did you mean --num-requests?`, `there is no flag "--colour"`,
		`there is no flag "-q"`, `the argument "stray" means nothing`}
	if len(problems) != len(want) || config.Pool != 9 {
		t.Fatalf("pool %d, problems %q", config.Pool, problems)
	}
	for i := range want {
		if !strings.HasPrefix(problems[i], want[i]) {
			t.Errorf("problem %d is %q, want %q", i, problems[i], want[i])
		}
	}
}

func TestSizes(t *testing.T) {
	for _, args := range [][]string{{"--image-size", "640x320"}, {"--image-size", "640", "320"}, {"--image-size=640X320"}, {"--image-size", "640 320"}} {
		if _, config, problems := read(t, false, nil, args...); config.Size != (media.Size{Width: 640, Height: 320}) || len(problems) > 0 {
			t.Errorf("%q: %v, %q", args, config.Size, problems)
		}
	}
	if _, config, _ := read(t, false, nil, "--image-size", "64"); config.Size != (media.Size{Width: 64, Height: 64}) {
		t.Errorf("one number: %v", config.Size)
	}
}

func TestARunnersDefaultsAreNotGiven(t *testing.T) {
	env := Environment{"INPUT_COMPRESSION": "none", "INPUT_COCO-ANNOTATIONS": "annotations/image_info_test2017.json", "INPUT_OUTPUT": "x.jsonl.zst"}
	if _, config, _ := read(t, true, env); config.Compression != "" || config.Annotations != "" {
		t.Errorf("compression %q, annotations %q", config.Compression, config.Annotations)
	}
	if _, config, _ := read(t, false, nil, "--compression", "none"); config.Compression != generator.CompressionNone {
		t.Errorf("--compression none became %q", config.Compression)
	}
}

func TestRandomSeedsDiffer(t *testing.T) {
	_, a, _ := read(t, false, nil, "--seed", "random")
	_, b, _ := read(t, false, nil, "--seed", "random")
	if a.Seed == b.Seed {
		t.Errorf("twice the seed %d", a.Seed)
	}
}

func TestMisspeltVariablesAreFound(t *testing.T) {
	r, _, _ := read(t, false, Environment{"INPUT_IMAGE_POOL": "5", "INPUT_IMAGES_POOL": "5", "OTHER": ""})
	if !slices.Equal(r.Unknown, []string{"INPUT_IMAGE_POOL"}) {
		t.Errorf("unknown: %q", r.Unknown)
	}
}
