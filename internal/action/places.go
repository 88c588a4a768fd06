package action

import (
	"os"
	"path"
	"path/filepath"

	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

// Where a runner mounts its folders in a container action.
const (
	mountedWorkspace = "/github/workspace"
	mountedTemp      = "/github/runner_temp"

	// jobContainerFolder is where the folder above all workspaces is in a job that has a container of its own.
	jobContainerFolder = "/__w"
)

// Running reports whether this process is a step of a workflow, as opposed to a command that a step's script calls: only an
// action has inputs, or, without any, a container into which a runner has mounted the workspace. In a job that has a container of its own
// scripts see it elsewhere.
func Running(env inputs.Environment) bool {
	return env["GITHUB_ACTIONS"] == "true" && (env.HasInputs() || env["GITHUB_WORKSPACE"] == mountedWorkspace)
}

// Places returns how later steps see this one's files, and holds the folders that they see open. dir is the working directory.
func (s *Step) Places(dir string) (files.Places, error) {
	workspace := s.env["GITHUB_WORKSPACE"]
	if !filepath.IsAbs(workspace) {
		return files.Places{}, problem.List{problem.New("", "GITHUB_WORKSPACE is %q, and an action reads and writes only in the folder that it names: set it to an absolute path", workspace)}
	}
	places, err := Places(s.env, dir).Hold()
	if err != nil {
		return files.Places{}, problem.List{problem.New("", "the folder of GITHUB_WORKSPACE, %q, cannot be opened: %s: check its mount", workspace, files.WithoutPath(err))}
	}
	return places, nil
}

// Places reads from a runner's environment how later steps see this one's files. dir is the working directory.
//
// On a hosted runner the workspace is mounted at /github/workspace here. The next step sees it under another path, which no variable can
// hold: the runner rewrites values that begin with it. But RUNNER_WORKSPACE is the folder
// above it, of the same name. The container of a job (job-container, an input that the action's metadata fills) sees the
// folder above that as /__w. Under act all sides see the same paths.
func Places(env inputs.Environment, dir string) files.Places {
	workspace := env["GITHUB_WORKSPACE"]
	places := files.Places{Dir: dir}
	if workspace == "" {
		return places
	}
	host := workspace
	if above := env["RUNNER_WORKSPACE"]; workspace == mountedWorkspace && above != "" {
		work, repository := path.Split(path.Clean(above))
		work = path.Clean(work)
		if env.Input("job-container") != "" {
			work = jobContainerFolder
		}
		host = path.Join(work, repository, repository)
		if info, err := os.Stat(mountedTemp); err == nil && info.IsDir() {
			places.Shared = append(places.Shared, files.Mount{Here: mountedTemp, Next: path.Join(work, "_temp")})
		}
	}
	places.Shared = append([]files.Mount{{Here: filepath.Clean(workspace), Next: host}}, places.Shared...)
	places.Owner = ownerOf(workspace)
	return places
}
