package command

import (
	"github.com/spf13/cobra"

	"mmjsonl/internal/inputs"
)

// decidedByUsers are inputs that have no place in commands whose rows follow from users and their turns.
var decidedByUsers = []string{"num-requests", "images-per-request", "reuse-rate", "reuse-pattern", "zipf-exponent", "popular-sizes"}

func (r *run) slidingWindowCommand() *cobra.Command {
	return r.add(r.making(&command{
		use:   "sliding-window",
		short: "make a request file of users who each show a sliding window of images",
		long: `Makes a request file of users who each show a sliding window of their images: a request of a user
has the last window-size of them, one of which is new. Rows go turn by turn, and have a session_id,
by which aiperf sends a user's requests one after the other, and those of as many users at once as
its concurrency. What is predicted is that order. With a hit rate users return at distances that
make a cache of a capacity hit so much, and rows have no session_id.`,
		example: `  mmjsonl sliding-window                               10 users, 20 turns, windows of 5 images
  mmjsonl sliding-window --num-users 30 --uuid         30 users, each image with a uuid
  mmjsonl sliding-window --num-users 60 --hit-rate 0.5@50
                                                       an LRU cache of 50 images hits 50 % of the slots`,
		as: []inputs.As{
			{Name: "num-users", Flag: "num-users", Help: "users, each with a request in each turn; by default 10"},
			{Name: "turns-per-user", Flag: "turns-per-user", Help: "requests of each user, a number or a distribution like output-tokens; by default 20"},
			{Name: "window-size", Flag: "window-size", Help: "images in each request, of which one is new; by default 5"},
			{Name: "shared-images", Flag: "shared-images", Help: "of these, images in front that are the same for all users, fewer than window-size"},
		},
		unused: append([]string{"images-pool", "images-per-turn"}, decidedByUsers...),
	}, (*inputs.Generate).SlidingWindow))
}
