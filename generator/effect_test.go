package generator

import (
	"os"
	"slices"
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

func TestInputsWithoutEffect(t *testing.T) {
	all := []problem.Name{"num-requests", "images-per-request", "images-pool", "user-text-tokens", "prompt", "seed", "reuse-rate", "reuse-pattern", "zipf-exponent",
		"hit-rate", "concurrency", "warm-up", "image-mode", "image-size", "image-dir", "image-path-prefix", "coco-annotations", "allow-local-urls", "url-list",
		"image-url-base", "output", "report", "compression", "compression-level", "sha256"}
	urls := []problem.Name{"allow-local-urls", "coco-annotations", "image-url-base", "url-list"}
	list := t.TempDir() + "/list"
	if err := os.WriteFile(list, []byte("http://h/a\nhttp://h/b\nhttp://h/c\nhttp://h/d\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		change     func(*Config)
		unattended bool
		want       []problem.Name
	}{
		"datauri": {func(c *Config) {}, false,
			append([]problem.Name{"compression-level", "image-dir", "image-path-prefix", "zipf-exponent"}, urls...)},
		"base64": {func(c *Config) { c.Media.Mode = ModeBase64 }, false,
			append([]problem.Name{"compression-level", "zipf-exponent"}, urls...)},
		"zipf, prompt, zstd": {func(c *Config) {
			c.Reuse.Pattern, c.Text.Prompt, c.Output.Compression, c.Output.Path = PatternZipf, "hi", CompressionZstd, c.Output.Path+".zst"
		}, false,
			append([]problem.Name{"compression-level", "image-dir", "image-path-prefix", "user-text-tokens"}, urls...)},
		"gzip": {func(c *Config) { c.Output.Compression, c.Output.Path = CompressionGzip, c.Output.Path+".gz" }, false,
			append([]problem.Name{"image-dir", "image-path-prefix", "zipf-exponent"}, urls...)},
		"zstd of paths": {func(c *Config) {
			c.Media.Mode, c.Output.Compression, c.Output.Path = ModeBase64, CompressionZstd, c.Output.Path+".zst"
		}, false,
			append([]problem.Name{"zipf-exponent"}, urls...)},
		"a media server": {func(c *Config) { c.Media.Mode, c.Media.URLBase = ModeHTTP, "http://h/i" }, false,
			[]problem.Name{"allow-local-urls", "compression-level", "image-path-prefix", "zipf-exponent"}},
		"a list of URLs, as an action": {func(c *Config) { c.Media.Mode, c.Media.URLList = ModeHTTP, list }, true,
			[]problem.Name{"allow-local-urls", "compression-level", "image-dir", "image-path-prefix", "image-size", "zipf-exponent"}},
		"text alone": {func(c *Config) { c.Requests.Images = 0 }, false,
			append([]problem.Name{"compression-level", "concurrency", "hit-rate", "image-dir", "image-mode", "image-path-prefix", "image-size", "images-pool", "reuse-pattern",
				"reuse-rate", "warm-up", "zipf-exponent"}, urls...)},
		"one prompt alone": {func(c *Config) {
			c.Requests.Images, c.Text.Prompt, c.Output.Compression, c.Output.Path = 0, "hi", CompressionGzip, c.Output.Path+".gz"
		}, false,
			append([]problem.Name{"concurrency", "hit-rate", "image-dir", "image-mode", "image-path-prefix", "image-size", "images-pool", "reuse-pattern",
				"reuse-rate", "seed", "user-text-tokens", "warm-up", "zipf-exponent"}, urls...)},
	} {
		t.Run(name, func(t *testing.T) {
			config := reuseConfig(t, 4, 1, 0, Reuse{})
			test.change(&config)
			config.Given = map[problem.Name]bool{}
			for _, input := range all {
				config.Given[input] = true
			}
			p, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/", Shared: []files.Mount{{Here: "/", Next: "/"}}}, Unattended: test.unattended}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []problem.Name
			for _, w := range p.Warnings {
				if text := w.Text(func(n problem.Name) string { return string(n) }); strings.HasPrefix(text, string(w.Input)+" has no effect: ") {
					got = append(got, w.Input)
				}
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if !slices.Equal(got, test.want) {
				t.Errorf("warned about %v,\nwant %v", got, test.want)
			}

			config.Given = nil
			if p, err = NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}}, nil); err != nil || strings.Contains(flagged(p.Warnings), "no effect") {
				t.Errorf("nothing was given, and the warnings are %q", flagged(p.Warnings))
			}
		})
	}
}
