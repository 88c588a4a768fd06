package inputs

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"mmjsonl/generator"
	"mmjsonl/internal/problem"
)

// generateInputs reads the inputs of generate from arguments and an environment.
func generateInputs(t *testing.T, asAction bool, env Environment, args ...string) (*Set, *Generate, problem.List) {
	t.Helper()
	inputs := new(Generate)
	set := Bind("mmjsonl", inputs)
	flags := newFlagSet("all")
	for _, group := range set.Groups() {
		flags.AddFlagSet(group)
	}
	clean, problems := set.Arguments(args, flags, false, func(flag string) string {
		if flag == "cache-images" {
			return "mmjsonl inspect"
		}
		return ""
	})
	if err := flags.Parse(clean); err != nil {
		t.Fatalf("%q became %q, which pflag does not take: %v", args, clean, err)
	}
	for _, word := range flags.Args() {
		problems.Add("", "word %q", word)
	}
	if err := set.ReadEnvironment(t.Context(), env, asAction); err != nil {
		t.Fatal(err)
	}
	return set, inputs, append(problems, set.Problems()...)
}

// read returns what is read from arguments and an environment, and the texts of the problems.
func read(t *testing.T, asAction bool, env Environment, args ...string) (*Generate, generator.Config, []string) {
	t.Helper()
	set, inputs, problems := generateInputs(t, asAction, env, args...)
	return inputs, inputs.Config(), texts(problems, set.Typed)
}

func texts(problems problem.List, typed func(problem.Name) string) (texts []string) {
	for _, p := range problems {
		texts = append(texts, p.Text(typed))
	}
	return texts
}

func TestFlagBeforeEnvironmentBeforeDefault(t *testing.T) {
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
		{"flag at its default", Environment{"INPUT_NUM-REQUESTS": "7"}, []string{"-n", "500"}, 500},
		{"blank flag", Environment{"INPUT_NUM-REQUESTS": "7"}, []string{"--num-requests", ""}, 7},
		{"last flag", nil, []string{"-n", "4", "--num-requests=5", "-n6"}, 6},
		{"leading zero is decimal", nil, []string{"-n", "010"}, 10},
	} {
		if _, config, problems := read(t, false, c.env, c.args...); config.Requests.Count != c.want || len(problems) > 0 {
			t.Errorf("%s: %d, %q, want %d", c.name, config.Requests.Count, problems, c.want)
		}
	}
}

func TestProblemsNameInputsAsTyped(t *testing.T) {
	for _, c := range []struct {
		asAction bool
		env      Environment
		args     []string
		want     string
	}{
		{false, nil, []string{"-n", "x"}, `-n "x" is not`},
		{false, nil, []string{"-nx"}, `-n "x" is not`},
		{false, nil, []string{"-n=x"}, `-n "x" is not`},
		{false, nil, []string{"--num-requests=x"}, `--num-requests "x" is not`},
		{false, nil, []string{"--prompt", "--num-requests", "-n", "x"}, `-n "x" is not`},
		{false, Environment{"INPUT_NUM_REQUESTS": "x"}, nil, `INPUT_NUM_REQUESTS "x" is not`},
		{false, Environment{"INPUT_NUM-REQUESTS": "x"}, nil, `INPUT_NUM-REQUESTS "x" is not`},
		{false, Environment{"INPUT_NUM-REQUESTS": "x"}, []string{"-n", "y"}, `-n "y" is not`},
		{true, Environment{"INPUT_NUM-REQUESTS": "x"}, nil, `num-requests "x" is not`},
		{true, nil, []string{"-n", "x"}, `-n "x" is not`},
	} {
		if _, _, problems := read(t, c.asAction, c.env, c.args...); len(problems) != 1 || !strings.HasPrefix(problems[0], c.want) {
			t.Errorf("%v %q: %q, want one with %q", c.env, c.args, problems, c.want)
		}
	}
	set, _, _ := generateInputs(t, true, nil)
	if got := set.Typed("seed") + set.Typed("other"); got != "seedother" {
		t.Errorf("names that nobody typed are %q", got)
	}
}

// What cannot be read has its default, so that everything else can be checked too.
func TestUnreadableInputsHaveTheirDefaults(t *testing.T) {
	inputs, config, problems := read(t, false, nil, "-n", "x", "--images-pool=y", "--image-size", "z", "--reuse-rate=w", "--sha256=v", "--concurrency", "u")
	if len(problems) != 6 || config.Requests.Count != 500 || config.Requests.Pool != 0 || config.Media.Sizes[0].Size.Width != 512 || config.Reuse.Rate != nil || !config.Output.Digest || config.Reuse.Concurrency != 1 {
		t.Errorf("%+v, %q", config, problems)
	}
	if got := inputs.NumRequests.Text(); got != "x" {
		t.Errorf("the text is %q", got)
	}
}

func TestRunnersDefaultsAreNotGiven(t *testing.T) {
	env := Environment{"INPUT_COMPRESSION": "none", "INPUT_COCO-ANNOTATIONS": "annotations/image_info_test2017.json", "INPUT_NUM-REQUESTS": "500", "INPUT_SEED": "7", "INPUT_OUTPUT": "x.jsonl.zst"}
	set, inputs, _ := generateInputs(t, true, env)
	if config := inputs.Config(); config.Output.Compression != "" || config.Media.Annotations != "" {
		t.Errorf("compression %q, annotations %q", config.Output.Compression, config.Media.Annotations)
	}
	if got := slices.Sorted(maps.Keys(set.Given())); !slices.Equal(got, []problem.Name{"output", "seed"}) {
		t.Errorf("given: %v", got)
	}
	if config := inputs.Config(); config.Given["num-requests"] || !config.Given["seed"] {
		t.Errorf("given: %v", config.Given)
	}
	if _, config, _ := read(t, false, nil, "--compression", "none"); config.Output.Compression != generator.CompressionNone || !config.Given["compression"] {
		t.Errorf("--compression none became %q", config.Output.Compression)
	}
}

// A runner passes the defaults of all inputs to every command.
func TestRunnersDefaultsInspect(t *testing.T) {
	env := Environment{}
	for _, d := range inEnvironment() {
		env["INPUT_"+strings.ToUpper(string(d.Name))] = d.runnerDefault
	}
	var in Inspect
	set := Bind("mmjsonl inspect", &in)
	if err := set.ReadEnvironment(t.Context(), env, true); err != nil {
		t.Fatal(err)
	}
	if given := set.Given(); len(given) > 0 || len(set.Problems()) > 0 {
		t.Errorf("given: %v, problems %v", given, set.Problems())
	}
	if got := in.ImageSize.Get(); got != (Size{512, 512}) {
		t.Errorf("the size is %v", got)
	}
	if warnings := set.Unread(env, "inspect"); len(warnings) > 0 {
		t.Errorf("warnings: %v", warnings)
	}
}

func TestReadManifest(t *testing.T) {
	var g Generate
	set := Bind("mmjsonl regenerate", &g)
	values := map[string]string{"num-requests": "7", "compression": "none", "seed": "x", "prompt": " a ", "quiet": "true", "tomorrow": "1", "images-pool": " "}
	if err := set.ReadManifest(t.Context(), values, false); err != nil {
		t.Fatal(err)
	}
	want := []string{
		`the manifest has the input "quiet", which does not exist in this version: use the version that wrote the manifest`,
		`the manifest has the input "tomorrow", which does not exist in this version: use the version that wrote the manifest`,
		`the manifest's seed "x" is not a seed: give a whole number from 0 to 18446744073709551615, or random`,
	}
	if got := texts(set.Problems(), set.Typed); !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
	config := g.Config()
	if config.Requests.Count != 7 || config.Output.Compression != generator.CompressionNone || config.Text.Prompt != " a " || config.Requests.Images != 3 || config.Requests.Pool != 0 || len(set.Given()) > 0 {
		t.Errorf("%+v", config)
	}
}

func TestRandomSeedsDiffer(t *testing.T) {
	_, a, _ := read(t, false, nil, "--seed", "random")
	_, b, _ := read(t, false, nil, "--seed", "random")
	if a.Seed == b.Seed {
		t.Errorf("twice the seed %d", a.Seed)
	}
}
