package serve

import (
	"context"
	"math"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Delays have the mean and the deviation that were requested, are never negative, and are the same for the same fetch.
func TestConditionsDelay(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	c := Conditions{Seed: seed, Latency: 30 * time.Millisecond, Deviation: 10 * time.Millisecond}
	const n = 40_000
	var sum, squares float64
	for i := range n {
		key, before := uint64(i%200), uint32(i/200)
		d := c.delay(key, before)
		if d < 0 || d != c.delay(key, before) {
			t.Fatalf("seed %d: delay %v, then %v", seed, d, c.delay(key, before))
		}
		sum += d.Seconds()
		squares += d.Seconds() * d.Seconds()
	}
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	// A mean of n values is off by deviation/√n; five of these.
	if off := 5 * 0.010 / math.Sqrt(n); math.Abs(mean-0.030) > off || math.Abs(deviation-0.010) > 3*off {
		t.Errorf("seed %d: delays are %v ~ %v", seed, mean, deviation)
	}
	other := c
	other.Seed++
	if c.delay(1, 0) == other.delay(1, 0) || c.delay(1, 0) == c.delay(1, 1) || c.delay(1, 0) == c.delay(2, 0) {
		t.Errorf("seed %d: delays repeat", seed)
	}
	if d := (&Conditions{Latency: time.Second}).delay(5, 6); d != time.Second {
		t.Errorf("without a deviation the delay is %v", d)
	}
}

func TestConditionsFail(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	for _, rate := range []float64{0, 0.01, 0.5, 1} {
		c := Conditions{Seed: seed, Fail: rate}
		const n = 40_000
		failed := 0
		for i := range n {
			if c.fails(uint64(i%200), uint32(i/200)) {
				failed++
			}
		}
		if off := 5 * math.Sqrt(n*rate*(1-rate)); math.Abs(float64(failed)-n*rate) > off {
			t.Errorf("seed %d: %d of %d fail at a rate of %v", seed, failed, n, rate)
		}
	}
}

// A server with conditions answers late, and fails as often as it should, the same fetches each time.
func TestServerConditions(t *testing.T) {
	t.Parallel()
	set := images("", 4, 5)
	var before []int
	for range 2 {
		s := New(Config{Images: []Images{set}, Conditions: Conditions{Seed: 3, Latency: 5 * time.Millisecond, Fail: 0.4}, Memory: 1 << 20})
		url := "http://" + start(t, s)
		client := &http.Client{Transport: &http.Transport{}}
		var statuses []int
		failed := int64(0)
		for n := range 60 {
			began := time.Now()
			response, _ := get(t, client, "GET", url+"/"+string(set.Append(nil, uint32(n%5))), plainHeader...)
			if took := time.Since(began); took < 5*time.Millisecond {
				t.Errorf("an answer takes %v", took)
			}
			statuses = append(statuses, response.StatusCode)
			if response.StatusCode == http.StatusServiceUnavailable {
				failed++
			} else if response.StatusCode != 200 {
				t.Errorf("status %d", response.StatusCode)
			}
		}
		if got := s.Stats(); got.Failed != failed || got.Fetches != 60-failed || failed < 10 || failed > 40 {
			t.Errorf("%d failed, %+v", failed, got)
		}
		if before != nil {
			for i := range statuses {
				if statuses[i] != before[i] {
					t.Errorf("fetch %d is answered by %d, then by %d", i, before[i], statuses[i])
				}
			}
		}
		before = statuses
	}
}

// All answers together take the time that their bytes take on the link.
func TestLinkBandwidth(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := link{perSecond: 1 << 20}
		begin := time.Now()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 8 {
					if err := l.take(t.Context(), 64<<10); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(begin); took < 1990*time.Millisecond || took > 2010*time.Millisecond {
			t.Errorf("2 MiB at 1 MiB a second take %v", took)
		}
		time.Sleep(time.Hour) // an idle link saves nothing up
		begin = time.Now()
		if err := l.take(t.Context(), 1<<20); err != nil || time.Since(begin) != time.Second {
			t.Errorf("1 MiB takes %v, %v", time.Since(begin), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.take(ctx, 1<<30); err == nil {
			t.Error("a client that has left is waited for")
		}
	})
	if piece := (&link{perSecond: 100}).piece(); piece < 1 || piece > 1<<20 {
		t.Errorf("pieces of %d bytes", piece)
	}
}

func TestServerBandwidth(t *testing.T) {
	t.Parallel()
	set := images("", 100, 2) // 30 KB
	s := New(Config{Images: []Images{set}, Conditions: Conditions{Bandwidth: 300_000}})
	url := "http://" + start(t, s)
	began := time.Now()
	get(t, &http.Client{Transport: &http.Transport{}}, "GET", url+"/img_0000.png")
	if took := time.Since(began); took < 90*time.Millisecond {
		t.Errorf("30 KB at 300 KB a second take %v", took)
	}
}
