package generator

import (
	"strings"
	"testing"

	"mmjsonl/internal/files"
	"mmjsonl/internal/problem"
)

func TestImagePathPrefix(t *testing.T) {
	for _, test := range []struct {
		prefix string
		want   string // in the refusal; "" means that the prefix is accepted
	}{
		{`C:\bench\images`, ""},
		{"C:/bench/images", ""},
		{"d:/", ""},
		{"images", ""},
		{"./a:b", ""},
		{"C:images", "reads like a URL"},
		{"file:///images", "reads like a URL"},
		{"ab:/images", "reads like a URL"},
		{"~/images", `give the complete path, like "/home/me/images"`},
		{"~", `like "/home/me"`},
		{"$HOME/images", `like "/home/me/images"`},
		{"${HOME}/images", `like "/home/me/images"`},
		{"~you/images", `like "/data/images"`},
		{"$NOWHERE/images", `like "/data/images"`},
		{"$HOME/$NOWHERE/$HOME", `like "/data/images"`},
		{"${", `like "/data/images"`},
	} {
		config := reuseConfig(t, 2, 1, 0, Reuse{})
		config.Media.Mode, config.Media.PathPrefix = ModeBase64, test.prefix
		getenv := func(name string) string { return map[string]string{"HOME": "/home/me"}[name] }
		p, err := NewPlan(t.Context(), config, Environment{Places: files.Places{Dir: "/"}, Getenv: getenv}, nil)
		if test.want == "" {
			if err != nil || p.Reference.Prefix != test.prefix {
				t.Errorf("%s: %v", test.prefix, err)
			}
			continue
		}
		if problems, ok := err.(problem.List); !ok || len(problems) != 1 || !strings.Contains(flagged(problems), test.want) {
			t.Errorf("%s: %v, want one problem with %q", test.prefix, err, test.want)
		}
	}
}
