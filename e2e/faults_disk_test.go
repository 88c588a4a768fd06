//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// lostWrite is a call that failed for a file of which there is a temporary name or none.
var lostWrite = regexp.MustCompile(`(?m)^.*(\.part|\(deleted\)).*\(INJECTED\)$`)

// testBrokenDisk has the kernel answer "input/output error" to one call after another: those that close, rename and write files. A network's file
// system says at the end alone that a file could not be written.
func (p *patient) testBrokenDisk(t *testing.T) {
	tracer := tool(t, strace)
	named := map[string]int{} // how often a run failed, by the name that its message had
	for _, call := range []string{"close", "renameat", "pwrite64", "write"} {
		for nth := 1; nth <= 32; nth++ { // of a thread's calls, and the threads share the work in another way each time
			t.Run(fmt.Sprintf("%s %d", call, nth), func(t *testing.T) {
				dir := openDir(t)
				before := stand(t, dir, 0)
				inject := fmt.Sprintf("inject=%s:error=EIO:when=%d", call, nth)
				log := filepath.Join(openDir(t), "calls")
				under := []string{tracer, "-f", "-qq", "-y", "-o", log, "-e", "trace=" + call, "-e", inject}
				got := p.run(t, attempt{dir: dir, under: under, env: []string{"GOMAXPROCS=2"}},
					"-n 4 --images-pool 5 --images-per-request 2 --image-size 128 --report page.html -o x.jsonl")
				if got.code == 0 {
					if lost := lostWrite.FindString(string(must(os.ReadFile(log))(t))); lost != "" {
						t.Errorf("the run says nothing of %s", lost)
					}
					return
				}
				for _, output := range []string{got.stdout, got.stderr} {
					if strings.Contains(output, ".part") {
						t.Errorf("the message has a temporary name: %+v", got)
					}
				}
				if call == "write" && (got.stdout == "" || got.stderr == "") {
					return // the message itself could not be written
				}
				if got.code != 1 || !strings.Contains(got.stderr, ": input/output error") { // of two threads the nth call can fail: two faults
					t.Errorf("want exit code 1 and the fault: %+v", got)
				}
				p.checkTree(t, dir, before)
				for _, name := range []string{imageFolder + "/", "x.jsonl.manifest.json", "page.html", "x.jsonl"} {
					if strings.Contains(got.stderr, `"`+filepath.Join(dir, name)) {
						named[name]++
						break
					}
				}
			})
		}
	}
	if len(named) < 4 {
		t.Errorf("messages named %v: each file that a run writes is to be among those that failed", named)
	}
}
