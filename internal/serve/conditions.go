package serve

import (
	"context"
	"hash/fnv"
	"math"
	"sync"
	"time"

	"mmjsonl/internal/random"
)

// Conditions make the server as slow and as unreliable as a real one. The zero value is a server that is neither. Delays and failures are
// functions of (Seed, image, how often it was fetched before), so that another run meets the same ones, in whatever order it fetches.
type Conditions struct {
	Seed      uint64
	Latency   time.Duration // mean delay before an answer
	Deviation time.Duration // standard deviation of the delays
	Bandwidth int64         // bytes a second of all answers together; 0 means no limit
	Fail      float64       // the share of fetches that are answered by an error, from 0 to 1
}

// none reports whether there are no conditions.
func (c *Conditions) none() bool { return c.Latency == 0 && c.Bandwidth == 0 && c.Fail == 0 }

// delay returns how long an answer waits: log-normal, as the delays of networks are about, and never negative.
func (c *Conditions) delay(key uint64, before uint32) time.Duration {
	if c.Latency == 0 || c.Deviation == 0 {
		return c.Latency
	}
	draws := random.New(c.Seed, random.Latency, mixed(key, before))
	ratio := c.Deviation.Seconds() / c.Latency.Seconds()
	variance := math.Log1p(ratio * ratio)
	const most = float64(time.Hour)
	return time.Duration(min(most, float64(c.Latency)*math.Exp(math.Sqrt(variance)*normal(&draws)-variance/2)))
}

// normal returns a number of the standard normal distribution (Box and Muller 1958).
func normal(draws *random.Draws) float64 {
	radius := math.Sqrt(-2 * math.Log(1-uniform(draws)))
	return radius * math.Cos(2*math.Pi*uniform(draws))
}

// uniform returns a number from 0 up to 1, without 1.
func uniform(draws *random.Draws) float64 { return float64(draws.Next()>>11) / (1 << 53) }

// fails reports whether a fetch is answered by an error.
func (c *Conditions) fails(key uint64, before uint32) bool {
	if c.Fail == 0 {
		return false
	}
	draws := random.New(c.Seed, random.Failures, mixed(key, before))
	return uniform(&draws) < c.Fail
}

// keyOf returns the key of a path.
func keyOf(path string) uint64 {
	hash := fnv.New64a()
	hash.Write([]byte(path))
	return hash.Sum64()
}

func mixed(key uint64, before uint32) uint64 { return random.Mix(key) + uint64(before) }

// wait waits, unless the context ends before.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// link is a line of a certain bandwidth that all answers share. The zero value has no limit.
type link struct {
	perSecond int64 // bytes
	mutex     sync.Mutex
	free      time.Time // when what was sent so far has gone through
}

// piece is the most bytes to send at once, so that answers side by side share the line.
func (l *link) piece() int64 {
	const most, least, persecond = 1 << 20, 1 << 10, 100
	if l.perSecond == 0 {
		return most
	}
	return min(max(l.perSecond/persecond, least), most)
}

// take waits until so many bytes have gone through the line.
func (l *link) take(ctx context.Context, bytes int64) error {
	if l.perSecond == 0 {
		return nil
	}
	l.mutex.Lock()
	now := time.Now()
	if l.free.Before(now) {
		l.free = now
	}
	l.free = l.free.Add(time.Duration(float64(bytes) / float64(l.perSecond) * float64(time.Second)))
	until := l.free.Sub(now)
	l.mutex.Unlock()
	return wait(ctx, until)
}
