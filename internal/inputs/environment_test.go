package inputs

import (
	"slices"
	"testing"
)

func TestMisspelt(t *testing.T) {
	env := Environment{"INPUT_IMAGE_POOL": "5", "INPUT_IMAGES_POOL": "5", "INPUT_HITRATE": "", "INPUT_COLOUR-OF-ALL": "", "INPUT_CACHE-IMAGES": "5", "INPUT_COMAND": "x",
		"INPUT_QUIET": "true", "INPUT_ARGS": "x", "INPUT_ENTRYPOINT": "/x", "OTHER": ""}
	for _, test := range []struct {
		asAction bool
		want     []string
	}{
		{false, []string{
			`"INPUT_COLOUR-OF-ALL" is set, but there is no such input: see --help`,
			`"INPUT_COMAND" is set, but there is no such input: see --help`,
			`"INPUT_HITRATE" is set, but there is no such input: did you mean INPUT_HIT_RATE?`,
			`"INPUT_IMAGE_POOL" is set, but there is no such input: did you mean INPUT_IMAGES_POOL?`,
			`"INPUT_QUIET" is set, but there is no such input: see --help`,
		}},
		{true, []string{
			`"INPUT_COLOUR-OF-ALL" is set, but there is no such input: see the inputs in action.yml`,
			`"INPUT_COMAND" is set, but there is no such input: did you mean command?`,
			`"INPUT_HITRATE" is set, but there is no such input: did you mean hit-rate?`,
			`"INPUT_IMAGE_POOL" is set, but there is no such input: did you mean images-pool?`,
			`"INPUT_QUIET" is set, but there is no such input: see the inputs in action.yml`,
		}},
	} {
		if got := texts(env.Misspelt(test.asAction), nil); !slices.Equal(got, test.want) {
			t.Errorf("as an action %v: %q, want %q", test.asAction, got, test.want)
		}
	}
}

func TestUnread(t *testing.T) {
	set := Bind("mmjsonl inspect", new(Inspect))
	if err := set.ReadEnvironment(t.Context(), nil, true); err != nil {
		t.Fatal(err)
	}
	env := Environment{"INPUT_HIT-RATE": "0.6@200", "INPUT_SEED": "42", "INPUT_NUM_REQUESTS": "7", "INPUT_CACHE-IMAGES": "5", "INPUT_FILE": "f"}
	want := []string{"num-requests has no effect: the command inspect does not read it", "hit-rate has no effect: the command inspect does not read it"}
	if got := texts(set.Unread(env, "inspect"), set.Typed); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestInput(t *testing.T) {
	for _, env := range []Environment{{"INPUT_JOB-CONTAINER": " a\n"}, {"INPUT_JOB_CONTAINER": "a"}, {"INPUT_JOB-CONTAINER": " ", "INPUT_JOB_CONTAINER": "a"}} {
		if got := env.Input("job-container"); got != "a" {
			t.Errorf("%v: %q", env, got)
		}
	}
}
