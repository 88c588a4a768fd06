package action

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

func TestArguments(t *testing.T) {
	for _, test := range []struct {
		env      inputs.Environment
		want     []string
		problems []string
	}{
		{env: nil, want: []string{"generate"}},
		{env: inputs.Environment{"INPUT_COMMAND": "generate", "INPUT_FILE": "", "INPUT_MANIFEST": " "}, want: []string{"generate"}},
		{env: inputs.Environment{"INPUT_COMMAND": "inspect", "INPUT_FILE": "-x"}, want: []string{"inspect", "--", "-x"}},
		{env: inputs.Environment{"INPUT_COMMAND": "regenerate", "INPUT_MANIFEST": "m.json"}, want: []string{"regenerate", "--", "m.json"}},
		{env: inputs.Environment{"INPUT_COMMAND": "join", "INPUT_SHARDS": " x.shard-*\n\n y z.shard-0\n"}, want: []string{"join", "--", "x.shard-*", "y z.shard-0"}},
		{env: inputs.Environment{"INPUT_COMMAND": "join"}, problems: []string{"shards is empty or -: name the file that join reads"}},
		{env: inputs.Environment{"INPUT_COMMAND": "compare", "INPUT_RUNS": "artifacts/*\n\n -x \n"}, want: []string{"compare", "artifacts/*", "./-x"}},
		{env: inputs.Environment{"INPUT_COMMAND": "compare"}, problems: []string{"runs is empty or -: name the file that compare reads"}},
		{env: inputs.Environment{"INPUT_COMMAND": "inspect"}, problems: []string{"file is empty or -: name the file that inspect reads"}},
		{env: inputs.Environment{"INPUT_COMMAND": "inspect", "INPUT_FILE": "-"}, problems: []string{"file is empty or -: name the file that inspect reads"}},
		{env: inputs.Environment{"INPUT_COMMAND": "regenerate", "INPUT_FILE": "f"}, problems: []string{
			`file "f" belongs to command inspect: give that, or leave file out`, "manifest is empty or -: name the file that regenerate reads"}},
		{env: inputs.Environment{"INPUT_FILE": "f", "INPUT_MANIFEST": "m"}, problems: []string{
			`file "f" belongs to command inspect: give that, or leave file out`, `manifest "m" belongs to command regenerate: give that, or leave manifest out`}},
		{env: inputs.Environment{"INPUT_COMMAND": "Inspect"}, problems: []string{`command "Inspect" is not known: give generate, inspect, compare, regenerate or join`}},
	} {
		args, problems := NewStep(test.env, nil).Arguments()
		var got []string
		for _, p := range problems {
			got = append(got, p.Text(func(n problem.Name) string { return string(n) }))
		}
		if !slices.Equal(got, test.problems) || len(problems) == 0 && !slices.Equal(args, test.want) {
			t.Errorf("%v: %q, problems %q", test.env, args, got)
		}
	}
}

// That outputs cannot be kept is known before the work.
func TestOutputsThatAreLost(t *testing.T) {
	dir := t.TempDir()
	for _, test := range []struct {
		env         inputs.Environment
		lost, ready bool
	}{
		{inputs.Environment{}, true, true},
		{inputs.Environment{"GITHUB_OUTPUT": ""}, true, true},
		{inputs.Environment{"GITHUB_OUTPUT": filepath.Join(dir, "output")}, false, true},
		{inputs.Environment{"GITHUB_OUTPUT": dir}, false, false},
		{inputs.Environment{"GITHUB_OUTPUT": filepath.Join(dir, "no", "output")}, false, false},
	} {
		step := NewStep(test.env, new(bytes.Buffer))
		if lost, err := step.Lost(), step.Ready(); len(lost) > 0 != test.lost || (err == nil) != test.ready {
			t.Errorf("%v: lost %v, ready %v", test.env, lost, err)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "output")); err != nil || info.Size() > 0 {
		t.Errorf("looking wrote something: %v, %v", info, err)
	}
}
