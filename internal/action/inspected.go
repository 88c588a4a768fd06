package action

import (
	"fmt"
	"os"

	"mmjsonl/generator"
	"mmjsonl/internal/inspect"
)

// Arguments are the command line that the step's inputs stand for: none to make a file.
func (s *Step) Arguments() ([]string, generator.Problems) {
	file := s.env.Input("file")
	switch command := s.env.Input("command"); command {
	case "", "generate":
		if file != "" {
			return nil, generator.Problems{generator.NewProblem("file", "%s %q belongs to %s inspect: give that, or leave %s out",
				generator.Name("file"), file, generator.Name("command"), generator.Name("file"))}
		}
		return nil, nil
	case "inspect":
		if file == "" || file == "-" {
			return nil, generator.Problems{generator.NewProblem("file", "%s is empty or -: name the file to inspect", generator.Name("file"))}
		}
		args := []string{"inspect"}
		for _, input := range []generator.Name{"cache-images", "concurrency", "report"} {
			if value := s.env.Input(input); value != "" {
				args = append(args, "--"+string(input)+"="+value)
			}
		}
		return append(args, "--", file), nil
	default:
		return nil, generator.Problems{generator.NewProblem("command", "%s %q is not known: give generate or inspect", generator.Name("command"), command)}
	}
}

// PublishInspected sets the outputs and adds the step summary of a file that was inspected.
func (s *Step) PublishInspected(r *inspect.Result) error {
	dir, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("failed to find the working directory: %w", err)
	}
	outputs := figureOutputs(r.Figures)
	// A file that later steps do not see has no path for them.
	if place, err := Places(s.env, dir).Find(r.File); err == nil {
		outputs = append(outputs, [2]string{"path", place.Next}, [2]string{"container-path", place.Here})
	}
	if err := s.setOutputs(outputs); err != nil {
		return err
	}
	return s.addSummary(inspectedSummary(r))
}
