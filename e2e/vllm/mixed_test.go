//go:build vllm

package vllm

import (
	"path/filepath"
	"testing"
)

// TestCompareMixed sends files of images of several sizes to a cache of 5 MiB. Qwen3-VL's images take 24,600, 36,888 and 73,752 bytes of it. The files
// that are made for it hit as often as was requested, to the integer, and compare says so by the manifest alone.
func TestCompareMixed(t *testing.T) {
	const (
		sizes = " --image-size 64x64:3,96x64:5,128x96:2"
		bytes = 5 << 20
		gib   = "0.0048828125"
	)
	tools := install(t)
	program := filepath.Join(t.TempDir(), "mmjsonl")
	run(t, "../..", nil, "go", "build", "-o", program, ".")
	folder := filepath.Join(t.TempDir(), "model")
	run(t, "", nil, filepath.Join(tools.vllm, "bin", "python"), "model.py", "qwen3", folder)
	s := start(t, tools, folder, "--mm-processor-cache-gb", gib)
	server := " --server vllm --model " + folder + " --served-model-name " + model
	for _, file := range []struct {
		name, args string
		hits       int64 // 0: as many as inspect says of this cache
	}{
		{"noise", "-n 150 --images-per-request 3 --images-pool 240 --hit-rate 0.3@5MiB" + server, 135},
		{"photos, requests that differ", "-n 300 --images-per-request 1:80,2:7,3:8,4:5 --image-format jpeg --images-pool 250 --hit-rate 0.3@5MiB" + server, 124},
		{"photos as PNG, held-out warm-up", "-n 150 --images-per-request 2 --image-content photo --images-pool 180 --warm-up held-out:5 --hit-rate 0.3@5MiB" + server, 90},
		{"in flight", "-n 150 --images-per-request 3 --images-pool 240 --concurrency 4 --hit-rate 0.3@5MiB" + server, 135},
		{"popular sizes", "-n 200 --images-per-request 3 --images-pool 250 --reuse-pattern zipf --zipf-exponent 0.7 --popular-sizes", 0},
		{"steady", "-n 150 --images-per-request 3 --reuse-rate 0.5 --reuse-pattern steady", 0},
	} {
		t.Run(file.name, func(t *testing.T) {
			b := bench{tools: tools, program: program, server: s, dir: t.TempDir()}
			b.generate(t, file.args+sizes)
			want := file.hits
			if want == 0 { // the file was made for no cache, so which one it meets has to be said
				b.cache = []string{"--server", "vllm", "--cache-gib", gib, "--model", folder}
				want = b.inspected(t)
			}
			for client, send := range map[string]func(*testing.T, ...string) comparison{"plain": b.plain, "aiperf": b.aiperf} {
				s.reset(t)
				before := s.metrics(t)
				got := send(t)
				after := s.metrics(t)
				counted := counter(t, after, "vllm:mm_cache_hits_total") - counter(t, before, "vllm:mm_cache_hits_total")
				if counted != want || got.Verdict != "agrees" || got.Counted == nil || got.Counted.Hits != want || got.Predicted != want || got.Bytes != bytes {
					t.Errorf("%s: the server counted %d hits, want %d: %+v", client, counted, want, got)
				}
			}
		})
	}
	t.Run("smaller than the file was made for", func(t *testing.T) {
		b := bench{tools: tools, program: program, server: s, dir: t.TempDir()}
		b.generate(t, "-n 200 --images-per-request 3 --images-pool 350 --hit-rate 0.35@8MiB"+server+sizes)
		s.reset(t)
		if got := b.plain(t); got.Verdict != "fewer" || got.Counted == nil || got.Counted.Hits >= 210 || got.ImpliedBytes == nil || *got.ImpliedBytes > bytes {
			t.Errorf("%+v", got)
		}
	})
}
