package command

import (
	"os"
	"runtime"
	"runtime/debug"
)

// collectLate has Go's runtime collect garbage for the first time at 16 MB in place of 4, and from then on as ever, whenever the memory in use has
// doubled. A small run, and each of many shards, needs less than that: the collector need not start, which is a quarter of such a run's processor
// time. A GOGC in the environment stays as it is.
func collectLate() {
	if os.Getenv("GOGC") != "" {
		return
	}
	before := debug.SetGCPercent(400) // of the 4 MB that count at least
	first := &struct{ next *byte }{}  // found to be unused by the first collection
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, before)
}
