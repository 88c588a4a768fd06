package inputs

import (
	"strconv"
	"strings"

	"mmjsonl/internal/problem"
)

// Kind is what an input can be.
type Kind interface {
	string | Prose | int64 | float64 | bool | Seed | Shard | Rate | HitPoints | Size | Sizes | Bytes | GiB | Numbers | Spread | Duration | Bandwidth | Lengths | Turns | Arrival | Mix | Template
}

// Value is an input. Reading one never fails: what is wrong with a text is kept beside it, so that all problems of all inputs are reported
// at once.
type Value[T Kind] struct {
	value T
	state
}

// state is what is known of an input whatever its kind.
type state struct {
	Definition
	text   string
	source source
	faults []fault

	variable string // by which it is given, or would be if there were no flag
	flagName string // as it is typed: -n, or --num-requests
}

// source is what gave an input its text.
type source int

const (
	fromDefault source = iota
	fromVariable
	fromManifest
	fromPreset
	fromSettings
	fromFlag
)

// fault is what is wrong with a text, as it goes on after the input's name and value, and what to do.
type fault struct{ what, remedy string }

// Get returns the value: the default, or the zero value, if the input is not given or cannot be read.
func (v Value[T]) Get() T { return v.value }

// Text returns the input as it was given, or its default.
func (s *state) Text() string { return s.text }

// Given reports whether a person gave the input. A default in the environment does not count: a runner passes those of all inputs.
func (s *state) Given() bool {
	return s.source == fromFlag || s.source == fromVariable || s.source == fromSettings
}

// present reports whether the input is given, by a person or a manifest.
func (s *state) present() bool { return s.source != fromDefault }

// EnvDecode takes the text that go-envconfig found: a variable's, a manifest's or the default. A flag has precedence.
func (v *Value[T]) EnvDecode(text string) error {
	if v.source == fromFlag {
		return nil
	}
	v.read(text)
	if v.source == fromVariable && v.text == v.runnerDefault {
		v.source = fromDefault
	}
	return nil
}

// Set takes the text of a flag. A blank one counts as not given.
func (v *Value[T]) Set(text string) error {
	if strings.TrimSpace(text) != "" {
		v.read(text)
		v.source = fromFlag
	}
	return nil
}

// assume takes a text as the input's default, which depends on other inputs.
func (v *Value[T]) assume(text string) {
	if v.text == "" {
		v.read(text)
	}
}

// String is the default: what pflag shows in its help.
func (v *Value[T]) String() string { return v.Default }

// Type is what stands for the value in the help; pflag shows nothing for "bool".
func (v *Value[T]) Type() string {
	if _, isBool := any(v.value).(bool); isBool {
		return "bool"
	}
	return v.Placeholder
}

func (v *Value[T]) common() *state { return &v.state }

// twoWords reports whether a flag may have the value in two arguments.
func (v *Value[T]) twoWords() bool {
	switch any(v.value).(type) {
	case Size, Sizes:
		return true
	}
	return false
}

// read understands a text. If that cannot be read the value is the default's.
func (v *Value[T]) read(text string) {
	if _, prose := any(v.value).(Prose); !prose {
		text = strings.TrimSpace(text)
	}
	v.text = text
	if v.faults = parse(&v.value, text); len(v.faults) > 0 {
		var zero T
		v.value = zero
		if v.Default != "" {
			parse(&v.value, v.Default)
		}
	}
}

// problems are what is wrong with the text.
func (s *state) problems() (problems problem.List) {
	for _, f := range s.faults {
		problems.Add(s.Name, "%s %.200q %s\n%s", s.Name, s.text, f.what, f.remedy)
	}
	return problems
}

// Read understands the text of an input that a manifest holds. ok is false, and the value zero, if it cannot be read.
func Read[T Kind](text string) (value T, ok bool) {
	var v Value[T]
	v.read(text)
	return v.value, len(v.faults) == 0
}

// parse understands a text as an input of any kind.
func parse(value any, text string) []fault {
	switch v := value.(type) {
	case *string:
		*v = text
	case *Prose:
		*v = Prose(text)
	case *int64:
		return parseInteger(v, text)
	case *float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return []fault{{"is not a number", "give one like 0.8"}}
		}
		*v = n
	case *bool:
		b, err := strconv.ParseBool(strings.ToLower(text))
		if err != nil {
			return []fault{{"is neither true nor false", "give one of the two"}}
		}
		*v = b
	case interface{ parse(string) []fault }:
		return v.parse(text)
	}
	return nil
}
