package command

import (
	"github.com/spf13/cobra"

	"mmjsonl/internal/inputs"
)

func (r *run) multiTurnCommand() *cobra.Command {
	return r.add(r.making(&command{
		use:   "multi-turn",
		short: "make a request file of conversations, each turn sent with those before it",
		long: `Makes a request file of users who have conversations, aiperf's multi_turn: each turn has a text and
new images of its own, and is sent with all turns before it, with the server's own answers to them.
What is predicted is what is sent: images of earlier turns again with each turn, conversation after
conversation, as many of them at once as the concurrency.`,
		example: `  mmjsonl multi-turn                                   10 users, 5 turns, a new image in each
  mmjsonl multi-turn --images-per-turn 4,0 --num-users 50
                                                       50 users who ask about 4 images, turn after turn`,
		as: []inputs.As{
			{Name: "num-users", Flag: "num-users", Help: "users, each with one conversation; by default 10"},
			{Name: "turns-per-user", Flag: "turns-per-user", Help: "turns of each conversation, a number or a distribution like output-tokens; by default 5"},
			{Name: "images-per-turn", Flag: "images-per-turn", Help: "new images in each turn: one number, or a list by turn like 4,0,1, whose last number holds for all further turns; by default 1"},
			{Name: "images-pool", Flag: "images-pool", Help: "distinct images that conversations share, at least as many as the longest one shows; by default, or with 0, each conversation has its own"},
			{Name: "user-text-tokens", Flag: "user-text-tokens", Help: "random words in each turn; each word is one token in the usual vocabularies"},
			{Name: "concurrency", Flag: "concurrency", Help: "conversations that the client has at once"},
			{Name: "model", Flag: "model", Help: "the server's model, which the printed commands name"},
			{Name: "served-model-name", Flag: "served-model-name", Help: "what the server calls the model, if it was told another name than model"},
		},
		unused: append([]string{
			"input-tokens", "image-tokens", "template-tokens", "prefix-tokens", "prefixes", "prefix-pattern", "text-after-images",
			"window-size", "shared-images", "session-id",
			"hit-rate", "server", "bytes-per-image", "image-cache-bytes", "warm-up",
			"format", "request-rate", "arrival",
		}, decidedByUsers...),
	}, (*inputs.Generate).MultiTurn))
}
