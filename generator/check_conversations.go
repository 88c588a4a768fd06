package generator

import (
	"slices"

	"mmjsonl/internal/problem"
	"mmjsonl/internal/random"
	"mmjsonl/internal/stream"
)

// checkConversations decides the requests of conversations of several turns.
func (b *planner) checkConversations() {
	c, p := &b.config, b.plan
	m := c.Requests.Conversations
	const input = problem.Name("images-per-turn")
	b.refuseBesideTurns()
	count := b.inRange("num-users", m.Count, 1, maxSlots)
	turns := !b.problems.Blame("turns-per-user") && b.checkLengths("turns-per-user", m.Turns, "requests", maxSlots)
	pool := b.inRange("images-pool", c.Requests.Pool, 0, maxSlots)
	images := !b.problems.Blame(input) && len(m.Images) > 0
	for _, each := range m.Images {
		images = images && b.inRange(input, each, 0, maxSlots)
	}
	if images && slices.Min(m.Images) == 0 && c.Text.Tokens == 0 && c.Text.Prompt == "" && slices.Max(m.Images) > 0 && !b.problems.Blame("user-text-tokens") {
		b.problems.Add("user-text-tokens", "%s 0 leaves turns without images nothing to send\nraise it, or give %s", problem.Name("user-text-tokens"), problem.Name("prompt"))
	}
	b.rows, b.perRow, b.pool = 1, 1, 1 // something to check the rest with
	conversations := stream.Conversations{Turns: []uint32{1}, PerTurn: []int{1}, Pool: 1}
	if count && turns && images && pool {
		if made, ok := b.countTurns(); ok {
			conversations = made
		}
	}
	conversations.Sessions = p.Concurrency
	shape := conversations.Shape()
	b.rows, b.perRow, b.pool = shape.Rows, shape.Widest, shape.Pool
	b.requested = max(c.Requests.Pool, int64(shape.Pool))
	c.Requests.Count, c.Requests.Images, c.Requests.Pool = int64(b.rows), int64(b.perRow), int64(b.pool)
	p.Stream, p.Conversations = conversations, &conversations
}

// refuseBesideTurns refuses what contradicts conversations, whose client waits for each answer, and sends a turn with all turns before it.
func (b *planner) refuseBesideTurns() {
	c := &b.config
	const turns = problem.Name("images-per-turn")
	for _, other := range []struct {
		input problem.Name
		given bool
		why   string
	}{
		{"num-requests", c.Given["num-requests"], "num-users and turns-per-user decide how many requests there are"},
		{"images-per-request", c.Given["images-per-request"], "a request has the images of its turn, and those of the turns before"},
		{"window-size", c.Given["window-size"], "the images of a turn are not a window, as no image leaves a conversation"},
		{"shared-images", c.Given["shared-images"], "conversations share images by images-pool"},
		{"session-id", c.Given["session-id"], "conversations always name their session"},
		{"reuse-rate", c.Reuse.Rate != nil, "turns before are sent again, and conversations share images by images-pool"},
		{"reuse-pattern", c.Given["reuse-pattern"], "turns before are sent again, and conversations share images by images-pool"},
		{"hit-rate", len(c.Reuse.Hits) > 0, "what a cache hits follows from the turns before, which are sent again"},
		{"warm-up", c.Reuse.WarmUp != WarmUpSpread, "aiperf sends conversations as whole ones, and its warm-up would be some of these"},
		{"request-rate", c.Format.Arrivals.Rate != 0, "aiperf sends a turn when the turn before has its answer, and cannot keep times"},
		{"format", c.Format.Name != "" && c.Format.Name != FormatAiperf, "only rows of aiperf, multi_turn, hold conversations that go on with the server's own answers"},
		{"input-tokens", c.Text.InputTokens != 0, "requests grow from turn to turn"},
		{"prefix-tokens", c.Text.Prefix.Tokens != 0, "the beginning of a request is its first turn: aiperf puts a text before that with --shared-system-prompt-length"},
		{"text-after-images", c.Text.Last, "rows of multi_turn do not say whether text or images come first"},
	} {
		if other.given && !b.problems.Blame(other.input) {
			after := ""
			if other.input == "format" {
				after = ", and give the file to mmjsonl convert, which makes a row of each turn with those before it"
			}
			b.problems.Add(other.input, "%s has no place beside %s: %s\nleave %s out%s", other.input, turns, other.why, other.input, after)
		}
	}
	c.Text.Last, c.Format.Arrivals = false, Arrivals{}
}

// countTurns decides how many turns and images conversations have, and reports whether there can be so many.
func (b *planner) countTurns() (made stream.Conversations, ok bool) {
	c := &b.config
	m := c.Requests.Conversations
	for _, each := range m.Images {
		made.PerTurn = append(made.PerTurn, int(each))
	}
	sent, slots, longest := 0.0, 0.0, int64(0)
	for i := range m.Count {
		turns := int(min(m.Turns.of(b.config.Seed, random.UserTurns, int(i)), maxSlots))
		images := made.Images(turns)
		slots += max(float64(images), float64(turns))
		// Each turn is sent with those before, which makes about the product of turns and images.
		sent += float64(images) * float64(turns)
		if longest = max(longest, images); sent > 2*maxSlots || slots > maxSlots {
			b.problems.Add("num-users", "%s %d, %s and %s make more than the %d image slots that are possible, those that are sent again among them\nlower one of them",
				problem.Name("num-users"), m.Count, problem.Name("turns-per-user"), problem.Name("images-per-turn"), int64(maxSlots))
			return made, false
		}
		made.Turns = append(made.Turns, uint32(turns))
	}
	all := made.Shape().Slots
	switch wanted := c.Requests.Pool; {
	case wanted == 0 || wanted > all:
		if made.Pool = int(all); wanted > all {
			b.warnings.Add("images-pool", "%s %d is more than the %d images that turns show\n%d images are used", problem.Name("images-pool"), wanted, all, all)
		}
	case wanted < longest:
		b.problems.Add("images-pool", "%s %d is smaller than the %d images of the longest conversation, which never shows the same image twice\nraise %s to at least %d",
			problem.Name("images-pool"), wanted, longest, problem.Name("images-pool"), longest)
		return made, false
	default:
		made.Pool = int(wanted)
	}
	return made, true
}
