package action

import (
	"reflect"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
)

// The temporary folder is mounted in a runner's containers alone, so it is the end-to-end tests that look at it.
func TestPlaces(t *testing.T) {
	for name, c := range map[string]struct {
		env  inputs.Environment
		want []files.Mount
	}{
		"hosted": {
			inputs.Environment{"GITHUB_WORKSPACE": "/github/workspace", "RUNNER_WORKSPACE": "/home/runner/work/r"},
			[]files.Mount{{Here: "/github/workspace", Next: "/home/runner/work/r/r"}},
		},
		"hosted, with a slash": {
			inputs.Environment{"GITHUB_WORKSPACE": "/github/workspace", "RUNNER_WORKSPACE": "/opt/actions/_work/my.repo/"},
			[]files.Mount{{Here: "/github/workspace", Next: "/opt/actions/_work/my.repo/my.repo"}},
		},
		"in a job with a container": {
			inputs.Environment{"GITHUB_WORKSPACE": "/github/workspace", "RUNNER_WORKSPACE": "/home/runner/work/r", "INPUT_JOB-CONTAINER": "3f2a"},
			[]files.Mount{{Here: "/github/workspace", Next: "/__w/r/r"}},
		},
		"act": {
			inputs.Environment{"GITHUB_WORKSPACE": "/home/me/src/r"},
			[]files.Mount{{Here: "/home/me/src/r", Next: "/home/me/src/r"}},
		},
		"act, in a job with a container": {
			inputs.Environment{"GITHUB_WORKSPACE": "/home/me/src/r", "INPUT_JOB-CONTAINER": "3f2a"},
			[]files.Mount{{Here: "/home/me/src/r", Next: "/home/me/src/r"}},
		},
		"no workspace": {inputs.Environment{}, nil},
	} {
		if got := Places(c.env, "/dir"); !reflect.DeepEqual(got.Shared, c.want) || got.Dir != "/dir" || got.Owner != nil {
			t.Errorf("%s: %+v, want %v", name, got, c.want)
		}
	}
}

func TestOnlyStepsWithInputsAreActions(t *testing.T) {
	for _, c := range []struct {
		env  inputs.Environment
		want bool
	}{
		{inputs.Environment{}, false},
		{inputs.Environment{"INPUT_SEED": "1"}, false},
		{inputs.Environment{"GITHUB_ACTIONS": "true"}, false}, // the command line, in a step's script
		{inputs.Environment{"GITHUB_ACTIONS": "true", "INPUT_OTHER": "1"}, false},
		{inputs.Environment{"GITHUB_ACTIONS": "true", "INPUT_IMAGES-POOL": ""}, true},
		{inputs.Environment{"GITHUB_ACTIONS": "true", "INPUT_ARGS": "-n 1", "GITHUB_WORKSPACE": "/home/runner/work/r/r"}, false},
		{inputs.Environment{"GITHUB_ACTIONS": "true", "INPUT_ARGS": "-n 1", "GITHUB_WORKSPACE": "/__w/r/r"}, false},
		{inputs.Environment{"GITHUB_ACTIONS": "true", "INPUT_ARGS": "-n 1", "GITHUB_WORKSPACE": "/github/workspace"}, true}, // uses: docker://…
	} {
		if got := Running(c.env); got != c.want {
			t.Errorf("%v: %v, want %v", c.env, got, c.want)
		}
	}
}
