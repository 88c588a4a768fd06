package measure

import "testing"

// TestJudge has a case for each verdict, and for each bound between two.
func TestJudge(t *testing.T) {
	base := evidence{slots: 1000, predicted: 600, stated: true, unlimited: 700}
	for name, test := range map[string]struct {
		lookups, hits int64
		change        func(*evidence)
		want          Verdict
	}{
		"equal":                        {1000, 600, nil, Agrees},
		"one fewer":                    {1000, 599, nil, Fewer},
		"one more":                     {1000, 601, nil, More},
		"within the tolerance":         {1000, 590, func(e *evidence) { e.tolerance = 10 }, Agrees},
		"above, within the tolerance":  {1000, 610, func(e *evidence) { e.tolerance = 10 }, Agrees},
		"beyond the tolerance":         {1000, 589, func(e *evidence) { e.tolerance = 10 }, Fewer},
		"as many as without limit":     {1000, 700, nil, More},
		"more than without limit":      {1000, 701, nil, Warm},
		"none":                         {1000, 0, nil, Off},
		"none, as predicted":           {1000, 0, func(e *evidence) { e.predicted = 0 }, Agrees},
		"none of few":                  {1000, 0, func(e *evidence) { e.predicted, e.tolerance = 3, 3 }, Agrees},
		"nothing looked up":            {0, 0, nil, Off},
		"nothing looked up, all fail":  {0, 0, func(e *evidence) { e.failed = 1000 }, Off},
		"no size stated":               {1000, 430, func(e *evidence) { e.stated = false }, Holds},
		"no size stated, more":         {1000, 650, func(e *evidence) { e.stated = false }, Holds},
		"no size stated, equal":        {1000, 600, func(e *evidence) { e.stated = false }, Agrees},
		"no size stated, warm":         {1000, 701, func(e *evidence) { e.stated = false }, Warm},
		"no size stated, off":          {1000, 0, func(e *evidence) { e.stated = false }, Off},
		"copies":                       {1000, 400, func(e *evidence) { e.copies = 2 }, Copies},
		"copies that agree":            {1000, 600, func(e *evidence) { e.copies = 2 }, Agrees},
		"fewer look-ups":               {999, 600, nil, InFront},
		"fewer look-ups, some failed":  {990, 600, func(e *evidence) { e.failed = 10 }, Unknown},
		"fewer still, some failed":     {989, 590, func(e *evidence) { e.failed = 10 }, InFront},
		"failed and looked up":         {1000, 599, func(e *evidence) { e.failed = 500 }, Fewer},
		"more look-ups":                {1001, 600, nil, Unknown},
		"a fault":                      {1000, 600, func(e *evidence) { e.faults = true }, Unknown},
		"a router":                     {1000, 600, func(e *evidence) { e.router = true }, OtherCache},
		"a router that is meant":       {1000, 600, func(e *evidence) { e.router, e.named = true, true }, Agrees},
		"no image":                     {0, 0, func(e *evidence) { e.slots = 0 }, Unknown},
		"no counter":                   {0, 0, func(e *evidence) { e.counted = nil }, Unknown},
		"no counter, a router, faults": {0, 0, func(e *evidence) { e.counted, e.router, e.faults = nil, true, true }, Unknown},
	} {
		e := base
		e.counted = &Counted{Hits: test.hits, Lookups: test.lookups}
		if test.change != nil {
			test.change(&e)
		}
		if got := judge(e); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	for verdict, exit := range map[Verdict]int{Agrees: 0, Holds: 0, Fewer: 1, More: 1, Warm: 1, Off: 1, Copies: 1, InFront: 1, OtherCache: 2, Unknown: 2} {
		if verdict.Exit() != exit {
			t.Errorf("%s: exit code %d", verdict, verdict.Exit())
		}
	}
}
