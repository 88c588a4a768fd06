package command

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

// After its first collection the runtime collects as it would have.
func TestCollectLate(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	collectLate()
	if late := debug.SetGCPercent(400); late != 400 {
		t.Fatalf("the first collection is at %d %%, want 400", late)
	}
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		percent := debug.SetGCPercent(400)
		debug.SetGCPercent(percent)
		if percent == 100 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("later collections are at %d %%, want 100", percent)
		}
	}
}
