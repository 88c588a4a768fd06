package generator

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"mmjsonl/internal/media"
	"mmjsonl/internal/problem"
)

// The pool of a configuration has the images, names and URLs of its plan.
func TestPool(t *testing.T) {
	c := Config{
		Requests: RequestsConfig{Count: 30, Images: 2, Pool: 20},
		Media:    MediaConfig{Mode: ModeHTTP, URLBase: "http://h/x/", Sizes: media.Only(media.Size{Width: 3, Height: 4}), Folder: t.TempDir()},
		Seed:     9,
		Reuse:    Reuse{Pattern: PatternUniform, WarmUp: WarmUpSpread, Concurrency: 1},
		Output:   OutputConfig{Path: "-", Compression: CompressionNone, Level: "better"},
	}
	pool, err := NewPool(t.Context(), c, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := NewPlan(t.Context(), c, Environment{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if pool.Images != plan.Shape().Pool || pool.Media != plan.Media || pool.Base != c.Media.URLBase {
		t.Errorf("%+v, want the %d images of %+v", pool, plan.Shape().Pool, plan.Media)
	}
	for _, image := range []uint32{0, 9, 1000, 9999, 10_000, 4294967295} {
		reference := plan.Reference.append(nil, image)
		name := pool.Append(nil, image)
		if want := append([]byte("http://h/x/"), name...); !bytes.Equal(reference, want) {
			t.Errorf("image %d is %s in rows, want %s", image, reference, want)
		}
		if got, ok := pool.Number(name); !ok || got != image {
			t.Errorf("%s is image %d, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "img_", "img_.png", "img_1.png", "img_00001.png", "img_0001", "img_0001.PNG", "Img_0001.png", "img_+001.png", "img_4294967296.png", "img_0001.png.png",
		"img_99999999999999999999999.png", "x/img_0001.png", "img_0001.jpg"} {
		if image, ok := pool.Number([]byte(name)); ok {
			t.Errorf("%q is image %d", name, image)
		}
	}
	if allocs := testing.AllocsPerRun(100, func() { pool.Number([]byte("img_0012.png")) }); allocs > 0 {
		t.Errorf("a name takes %v allocations", allocs)
	}
	for want, change := range map[string]func(*Config){
		"[image-mode]":              func(c *Config) { c.Media.Mode = ModeBase64 },
		"[image-mode] ":             func(c *Config) { c.Media.URLBase = "" },
		"[image-url-base]":          func(c *Config) { c.Media.URLBase = "ftp://h" },
		"[num-requests image-size]": func(c *Config) { c.Requests.Count, c.Media.Sizes[0].Size.Width = 0, 0 },
	} {
		other := c
		other.Media.Sizes = slices.Clone(c.Media.Sizes)
		change(&other)
		_, err := NewPool(t.Context(), other, nil)
		problems, _ := err.(problem.List)
		var inputs []problem.Name
		for _, p := range problems {
			inputs = append(inputs, p.Input)
		}
		if got := fmt.Sprint(inputs); got != want && got+" " != want {
			t.Errorf("problems of %s, want %s", got, want)
		}
	}
}
