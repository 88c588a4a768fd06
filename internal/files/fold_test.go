package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Names that some file system takes for one have one form, and others have not.
func TestFold(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"img_0000.png", "IMG_0000.PNG", "Img_0000.pNg", "img_0000.png.", "img_0000.png. . ", "IMG_0000.PNG::$DATA", "img_0000\u200d.png", "\ufeffimg_0000.png"},
		{"x.jsonl.manifest.json", "X.JSONL.MANIFEST.JSON", "x.jsonl.manifest.json ", "x.jſonl.manifeſt.jſon"},
		{"é.jsonl", "e\u0301.jsonl", "É.jsonl", "E\u0301.JSONL"},
		{"\u1e69", "s\u0323\u0307", "s\u0307\u0323", "S\u0307\u0323"}, // two marks, in both orders
		{"straße", "STRASSE", "STRAẞE"},
		{"ΣΊΣΥΦΟΣ", "σίσυφος", "σίσυφοσ"},
		{"ᾳ", "ΑΙ", "ᾼ"},
		{"K", "k", "\u212a"}, // the sign of the kelvin
		{"ﬁle", "FILE"},
		{"가", "\u1100\u1161"},
		{"İ", "i\u0307"},
		{".mmjsonl-8x8_seed1.images", ".MMJSONL-8X8_SEED1.IMAGES"},
	} {
		for _, name := range same {
			if got := Fold(name); got != Fold(same[0]) {
				t.Errorf("%q has the form %q, and %q %q", name, got, same[0], Fold(same[0]))
			}
			if again := Fold(Fold(name)); again != Fold(name) {
				t.Errorf("%q has the form %q, which has the form %q", name, Fold(name), again)
			}
		}
	}
	seen := map[string]string{}
	for _, name := range []string{"x.jsonl", "x.jsonl.gz", "xjsonl", "x-jsonl", "x .jsonl", ".x.jsonl", "é", "e", "è", "报告", "结果", "a:b", "a:c", "а", "a", ".", "..", "x..jsonl"} {
		if other, ok := seen[Fold(name)]; ok {
			t.Errorf("%q and %q have the form %q", name, other, Fold(name))
		}
		seen[Fold(name)] = name
	}
}

// Every letter has one form in all its cases and all its normal forms.
func TestFoldEveryLetter(t *testing.T) {
	t.Parallel()
	for r := rune('!'); r <= unicode.MaxRune; r++ {
		if r >= 0xd800 && r < 0xe000 || r == 'İ' { // whose small letter is i and a dot, not the i that strings.ToLower makes of it
			continue
		}
		if unicode.SimpleFold(r) == r && norm.NFKD.IsNormalString(string(r)) {
			continue // it has one form
		}
		name := "x" + string(r) + "x"
		want := Fold(name)
		for _, other := range []string{strings.ToUpper(name), strings.ToLower(name), strings.ToTitle(name), norm.NFC.String(name), norm.NFD.String(name),
			norm.NFKC.String(name), norm.NFKD.String(name), strings.ToUpper(norm.NFD.String(name)), want} {
			if got := Fold(other); got != want {
				t.Fatalf("%U: %q has the form %q, and %q %q", r, name, want, other, got)
			}
		}
	}
}

// A path's identity is the file's, by whatever path, and whether or not it exists.
func TestIdentify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"link": "a", "dangling": "a/new"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "one"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(filepath.Join(dir, "a", "one"), filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		one, other   string
		same, inside bool // inside: other in one
	}{
		{"a/x", "a/X", true, false},
		{"a/x", "A/X", true, false},
		{"a/x", "link/x", true, false},
		{"a/x", "link/X.", true, false},
		{"a/new", "dangling", true, false},
		{"a/NEW", "dangling", true, false},
		{"a/one", "other", true, false},
		{"a/x", "a/y", false, false},
		{"a/x", "b/x", false, false},
		{"a", "link/x", false, true},
		{"A", "a/x", false, true},
		{"new/folder", "NEW/Folder/x/y", false, true},
		{"a/new", "dangling/x", false, true},
		{"new", "newer/x", false, false},
	} {
		one, other := Identify(filepath.Join(dir, test.one)), Identify(filepath.Join(dir, test.other))
		if one.Same(other) != test.same || other.Same(one) != test.same {
			t.Errorf("%s and %s: same %t, want %t", test.one, test.other, one.Same(other), test.same)
		}
		if other.Inside(one) != test.inside || one.Inside(other) {
			t.Errorf("%s in %s: %t, want %t", test.other, test.one, other.Inside(one), test.inside)
		}
	}
}
