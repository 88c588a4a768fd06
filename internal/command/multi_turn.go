package command

import (
	"context"

	"github.com/spf13/cobra"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
)

func (r *run) multiTurnCommand() *cobra.Command {
	in := new(inputs.Generate)
	c := &command{
		use:   "multi-turn",
		short: "make a request file of conversations, each turn sent with those before it",
		long: `Makes a request file of users who have conversations, aiperf's multi_turn: each turn has a text and
new images of its own, and is sent with all turns before it, with the server's own answers to them.
What is predicted is what is sent: images of earlier turns again with each turn, conversation after
conversation, as many of them at once as the concurrency.`,
		example: `  mmjsonl multi-turn                                   10 users, 5 turns, a new image in each
  mmjsonl multi-turn --images-per-turn 4,0 --num-users 50
                                                       50 users who ask about 4 images, turn after turn`,
		inputs: in,
	}
	c.run = func(ctx context.Context, _ []string, problems problem.List) error {
		if in.Version.Get() {
			return r.version()
		}
		in.MultiTurn()
		return r.generate(ctx, job{Generate: in, Set: c.set, quiet: in.Quiet.Get(), json: in.JSON.Get(), dry: in.DryRun.Get()}, problems)
	}
	return r.add(c)
}
