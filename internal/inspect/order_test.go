package inspect

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"mmjsonl/internal/format"
	"mmjsonl/internal/lru"
)

// randomRowsOf makes rows of conversations, which lie in the file in any order, and returns the rows of each conversation.
func randomRowsOf(rng *rand.Rand, timed bool) (s *rows, conversations [][]uint32) {
	s = &rows{timed: timed}
	of := map[uint64]int{}
	for n := range rng.IntN(40) {
		r := format.Request{Line: int64(n)}
		if session := rng.Uint64N(12); session < 8 {
			r.Session, r.HasSession = format.Key{Lo: session, Hi: 7}, true
		}
		r.HasTime, r.Timestamp = rng.IntN(3) > 0, float64(rng.IntN(9))
		r.HasDelay, r.Delay = rng.IntN(3) == 0, float64(rng.IntN(5))
		at, known := of[r.Session.Lo]
		if !r.HasSession || !known {
			at = len(conversations)
			conversations = append(conversations, nil)
			r.HasTime = true
		}
		if r.HasSession {
			of[r.Session.Lo] = at
		}
		conversations[at] = append(conversations[at], uint32(s.count))
		s.add(&r, 0)
	}
	return s, conversations
}

// sentTogether is what a client sends that has so many requests in flight, which are answered in their order: step by step, with a list of
// all conversations' places.
func sentTogether(conversations [][]uint32, concurrency int, sending Sending) (all []uint32) {
	if len(conversations) == 0 {
		return nil
	}
	type flight struct{ conversation, turn int }
	next := 0
	phase := func(conversationsLeft int, requests int64) {
		var flights []flight
		for sent := int64(0); sent < requests; {
			var f flight
			switch {
			case len(flights) < concurrency && conversationsLeft > 0:
				f = flight{next % len(conversations), 0}
				next, conversationsLeft = next+1, conversationsLeft-1
			case len(flights) == 0:
				return
			default:
				f, flights = flights[0], flights[1:]
				f.turn++
				if f.turn == len(conversations[f.conversation]) {
					if conversationsLeft == 0 {
						continue
					}
					f = flight{next % len(conversations), 0}
					next, conversationsLeft = next+1, conversationsLeft-1
				}
			}
			all = append(all, conversations[f.conversation][f.turn])
			flights = append(flights, f)
			sent++
		}
	}
	phase(1<<40, sending.WarmUp)
	if sending.Requests > 0 {
		phase(1<<40, sending.Requests)
	} else if sending.WarmUp == 0 {
		phase(len(conversations), 1<<40)
	}
	return all
}

// TestPlanEach holds the order of sending to a simulation that keeps lists.
func TestPlanEach(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s, conversations := randomRowsOf(rng, false)
		concurrency := 1 + rng.IntN(6)
		var sending Sending
		if rng.IntN(2) == 0 {
			sending.Requests = 1 + rng.Int64N(90)
			sending.WarmUp = rng.Int64N(30)
		}
		var got []uint32
		newPlan(s, false, concurrency, sending).each(func(row uint32) bool {
			got = append(got, row)
			return true
		})
		if want := sentTogether(conversations, concurrency, sending); !slices.Equal(got, want) {
			t.Fatalf("seed %d, %d at once, %+v, %v: got %v, want %v", seed, concurrency, sending, conversations, got, want)
		}
	}
}

// TestPlanWarmUpAlone: with a warm-up and no number of requests the rest of the file follows.
func TestPlanWarmUpAlone(t *testing.T) {
	s := new(rows)
	for range 5 {
		s.add(&format.Request{}, 0)
	}
	for warmUp, want := range map[int64]int{2: 5, 5: 5, 7: 7} {
		n := 0
		newPlan(s, false, 1, Sending{WarmUp: warmUp}).each(func(row uint32) bool {
			if int(row) != n%5 {
				t.Errorf("warm-up of %d: request %d is row %d", warmUp, n, row)
			}
			n++
			return true
		})
		if n != want {
			t.Errorf("warm-up of %d: %d requests, want %d", warmUp, n, want)
		}
	}
}

// TestPlanFixedSchedule: first rows of conversations come by their time, further ones at theirs or after their delay, and never before the
// one in front.
func TestPlanFixedSchedule(t *testing.T) {
	for seed := range uint64(1000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		s, conversations := randomRowsOf(rng, true)
		type event struct {
			at  float64
			row uint32
		}
		var events []event
		for _, conversation := range conversations {
			at := s.times[conversation[0]]
			for i, row := range conversation {
				if i > 0 {
					switch {
					case s.times[row] == s.times[row]:
						at = max(at, s.times[row])
					case s.delays[row] == s.delays[row]:
						at += s.delays[row]
					}
				}
				events = append(events, event{at, row})
			}
		}
		for i := range events { // sorting by exchanging neighbours keeps the order of equals
			for j := i; j > 0 && events[j].at < events[j-1].at; j-- {
				events[j], events[j-1] = events[j-1], events[j]
			}
		}
		n := 0
		newPlan(s, false, 3, Sending{FixedSchedule: true}).each(func(row uint32) bool {
			if row != events[n].row {
				t.Fatalf("seed %d: request %d is row %d, want %d", seed, n, row, events[n].row)
			}
			n++
			return true
		})
		if n != len(events) {
			t.Fatalf("seed %d: %d requests, want %d", seed, n, len(events))
		}
	}
}

// TestPlanShuffled: a replay sends the same requests, none further than its window from its place, and those of a conversation in their order.
func TestPlanShuffled(t *testing.T) {
	moved := false
	for seed := range uint64(500) {
		rng := rand.New(rand.NewPCG(seed, 3))
		s, _ := randomRowsOf(rng, false)
		concurrency := 2 + rng.IntN(6)
		p := newPlan(s, false, concurrency, Sending{})
		var plain, got []uint32
		p.each(func(row uint32) bool { plain = append(plain, row); return true })
		p.shuffled(seed, func(row uint32) bool { got = append(got, row); return true })
		last := map[uint32]uint32{}
		for at, row := range got {
			from := slices.Index(plain, row)
			if from < 0 || at-from >= concurrency || from-at >= concurrency {
				t.Fatalf("seed %d: row %d is request %d, and was %d", seed, row, at, from)
			}
			moved = moved || at != from
			if s.conversations == nil || s.conversations[row] == 0 {
				continue
			}
			if before, ok := last[s.conversations[row]]; ok && before > row {
				t.Fatalf("seed %d: row %d comes after row %d of its conversation", seed, row, before)
			}
			last[s.conversations[row]] = row
		}
		if len(got) != len(plain) {
			t.Fatalf("seed %d: %d requests, want %d", seed, len(got), len(plain))
		}
	}
	if !moved {
		t.Error("nothing was shuffled")
	}
}

// TestTypical holds the caches of replays to package lru, and the spread to the hits of each replay.
func TestTypical(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 4))
		v := view{}
		images := 1 + rng.IntN(20)
		s := new(rows)
		for range rng.IntN(60) {
			var row []uint32
			for range rng.IntN(5) {
				row = append(row, rng.Uint32N(uint32(images)))
			}
			v.slots.add(row)
			s.add(&format.Request{}, 0)
		}
		v.images = uint32(images)
		capacities := []int64{0, 1, 3, 7, 1 << 40}
		p := newPlan(s, false, 4, Sending{})
		const n = 5
		got, err := p.typical(context.Background(), &v, v.slots.places(), capacities, n)
		if err != nil {
			t.Fatal(err)
		}
		for replay := range n {
			var curve lru.Curve
			r := randomRows{cursor: cursor{stream: &v.slots}, places: v.slots.places(), ready: -1}
			p.shuffled(uint64(replay), func(row uint32) bool {
				curve.Add(p.images(&r, row, nil))
				return true
			})
			for i, capacity := range capacities {
				if want := curve.HitsByRequest(int(min(capacity, 1000))); got[replay][i] != want {
					t.Fatalf("seed %d, replay %d: %d hits at %d, want %d", seed, replay, got[replay][i], capacity, want)
				}
			}
		}
	}
	of := spread([]int64{9, 1, 5, 3, 7, 2, 8, 4, 6, 10, 11})
	if of.Replays != 11 || of.Hits != 6 || of.LowHits != 2 || of.HighHits != 10 {
		t.Errorf("%+v", of)
	}
	if n := replays(1, 1); n != mostReplays || n%2 == 0 {
		t.Errorf("%d replays of a slot", n)
	}
	if n := replays(1<<40, 3); n != leastReplays {
		t.Errorf("%d replays of many slots", n)
	}
}

// TestStream: what is put in comes out, in order and in any order.
func TestStream(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	var s stream
	var rows [][]uint32
	for range 90_000 {
		row := make([]uint32, rng.IntN(9))
		for i := range row {
			row[i] = rng.Uint32() >> rng.IntN(32)
		}
		rows = append(rows, row)
		s.add(row)
	}
	if len(s.blocks) < 2 {
		t.Fatalf("%d blocks", len(s.blocks))
	}
	other := s.clone()
	s.add([]uint32{1})
	r := randomRows{cursor: cursor{stream: &other}, places: other.places(), ready: 0}
	if len(r.places) != len(rows) {
		t.Fatalf("%d places of %d rows", len(r.places), len(rows))
	}
	for i := range rows {
		if got := r.row(uint32(i), nil); !slices.Equal(got, rows[i]) {
			t.Fatalf("row %d is %v, want %v", i, got, rows[i])
		}
	}
	for range 20_000 {
		i := rng.IntN(len(rows))
		if got := r.row(uint32(i), nil); !slices.Equal(got, rows[i]) {
			t.Fatalf("row %d is %v, want %v", i, got, rows[i])
		}
	}
}
