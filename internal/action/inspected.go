package action

import "mmjsonl/internal/problem"

// Arguments are the command line that the step's inputs mean: none to make a file.
func (s *Step) Arguments() ([]string, problem.List) {
	file := s.env.Input("file")
	switch command := s.env.Input("command"); command {
	case "", "generate":
		if file != "" {
			return nil, problem.List{problem.New("file", "%s %q needs %s inspect\ngive that, or leave %s out",
				problem.Name("file"), file, problem.Name("command"), problem.Name("file"))}
		}
		return nil, nil
	case "inspect":
		if file == "" || file == "-" {
			return nil, problem.List{problem.New("file", "%s is empty or -\nname the file to inspect", problem.Name("file"))}
		}
		args := []string{"inspect"}
		for _, input := range []problem.Name{"cache-images", "concurrency", "report"} {
			if value := s.env.Input(input); value != "" {
				args = append(args, "--"+string(input)+"="+value)
			}
		}
		return append(args, "--", file), nil
	default:
		return nil, problem.List{problem.New("command", "%s %q is not known\ngive generate or inspect", problem.Name("command"), command)}
	}
}
