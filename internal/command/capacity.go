package command

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/servers"
)

func (r *run) capacityCommand() *cobra.Command {
	in := new(inputs.Capacity)
	return r.add(&command{
		use:   "capacity",
		short: "show how many images the cache of a server holds",
		long: `Shows how many images a server's cache holds, what an image takes in it, and what sets its size: the
capacity that a hit rate is requested for.`,
		example: `  mmjsonl capacity --server vllm --cache-gib 4 --model Qwen3-VL-8B --image-size 512x512
  mmjsonl capacity --server vllm-encoder --cache-tokens 8192 --model Qwen3-VL-8B --image-size 512x512`,
		inputs: in,
		run: func(_ context.Context, _ []string, problems problem.List) error {
			return r.capacity(in, problems)
		},
	})
}

// capacity shows what a server's cache holds.
func (r *run) capacity(in *inputs.Capacity, problems problem.List) error {
	if in.Server.Get() == "" {
		problems.Add("server", "capacity needs %s\ngive one of %s", problem.Name("server"), servers.NameList())
	}
	places, err := r.places()
	if err != nil {
		return err
	}
	cache := checkServer(&in.ServerCache, false, places, &problems)
	if len(problems) > 0 {
		return problems
	}
	if in.JSON.Get() {
		err = r.writeJSON(cache.Document())
	} else {
		err = report.Server(r.process.Stdout, cache, columns(r.process.Stdout, 80))
	}
	if err != nil {
		return fmt.Errorf("failed to write the report: %w", err)
	}
	return nil
}
