package cli

import (
	"os"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Names of one run that exclude each other are rejected before anything is written.
func TestNamesCollide(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"output is the image folder":         {"-o", "images_8x8_seed42"},
		"image folder is the output":         {"-o", "x.jsonl", "--image-dir", "x.jsonl"},
		"image folder inside the output":     {"-o", "x.jsonl", "--image-dir", "x.jsonl/i"},
		"image folder is the manifest":       {"-o", "x.jsonl", "--image-dir", "x.jsonl.manifest.json"},
		"image folder inside the manifest":   {"-o", "x.jsonl", "--image-dir", "x.jsonl.manifest.json/i"},
		"report is the image folder":         {"-o", "x.jsonl", "--report", "images_8x8_seed42"},
		"report inside the output":           {"-o", "x.jsonl", "--report", "x.jsonl/p.html"},
		"report is the manifest":             {"-o", "x.jsonl", "--report", "./x.jsonl.manifest.json"},
		"output inside the report":           {"-o", "p.html/x.jsonl", "--report", "p.html"},
		"image folder inside the report":     {"-o", "x.jsonl", "--report", "p.html", "--image-dir", "p.html/a/b"},
		"names differ in their case alone":   {"-o", "Out.jsonl", "--report", "OUT.JSONL"},
		"two normal forms":                   {"-o", "caf\u00e9.jsonl", "--report", "cafe\u0301.jsonl"},
		"a dot at the end":                   {"-o", "x.jsonl", "--report", "x.jsonl."},
		"a blank at the end, and case":       {"-o", "x.jsonl", "--report", "X.jsonl.manifest.JSON "},
		"characters that cannot be seen":     {"-o", "x.jsonl", "--report", "x\u200d.jsonl"},
		"a letter of two":                    {"-o", "straße.jsonl", "--report", "STRASSE.JSONL"},
		"folders that differ in case":        {"-o", "a/x.jsonl", "--report", "A/X.JSONL"},
		"image folder in a file, by case":    {"-o", "X.jsonl", "--image-dir", "x.JSONL/i"},
		"an image's name in another case":    {"-o", "x.jsonl", "--report", "images_8x8_seed42/IMG_0000.PNG"},
		"an image's name, past the pool":     {"-o", "pics/Img_0123.png.", "--image-dir", "pics"},
		"the mark's name in another case":    {"-o", "pics/.MMJSONL-8x8_seed42.IMAGES", "--image-dir", "pics"},
		"an output called like a manifest":   {"-o", "x.jsonl.manifest.json"},
		"the same, in another case":          {"-o", "x.jsonl.Manifest.JSON"},
		"a report called like a manifest":    {"-o", "x.jsonl", "--report", "y.jsonl.manifest.json"},
		"the report has an image's name":     {"-o", "x.jsonl", "--report", "images_8x8_seed42/img_0000.png"},
		"the output is named like the mark":  {"-o", "pics/.mmjsonl-8x8_seed42.images", "--image-dir", "pics"},
		"the image folder is a link to page": {"-o", "x.jsonl", "--report", "page", "--image-dir", "link"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			before := 0
			if name == "the image folder is a link to page" {
				if err := os.Symlink("page", dir+"/link"); err != nil {
					t.Fatal(err)
				}
				before = 1
			}
			got := program.Run(t, dir, nil, append([]string{"-n", "3", "--image-size", "8"}, args...)...)
			if got.Code != 2 || got.Stderr == "" {
				t.Errorf("exit code %d, %s", got.Code, got.Stderr)
			}
			if entries, err := os.ReadDir(dir); err != nil || len(entries) != before {
				t.Errorf("something was written: %v, %v", entries, err)
			}
		})
	}
}

// An image folder may hold the output and the report, and lie beside files whose names begin as its own does.
func TestNamesBesideEachOther(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-o", "pics/x.jsonl", "--report", "pics/p.html", "--image-dir", "pics"},
		{"-o", "pics.jsonl", "--report", "pics.html", "--image-dir", "pics"},
		{"-o", "x.jsonl", "--image-dir", "x.jsonl.images"},
	} {
		if got := program.Run(t, t.TempDir(), nil, append([]string{"-n", "3", "--image-size", "8"}, args...)...); got.Code != 0 {
			t.Errorf("%q: exit code %d, %s", args, got.Code, got.Stderr)
		}
	}
}

// A compressed file's suffix may be in capitals: what is printed next works, and the manifest makes the file again.
func TestSuffixInCapitals(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"x.jsonl.ZST", "x.jsonl.Gz"} {
		dir := t.TempDir()
		got := program.Run(t, dir, nil, "-n", "4", "--images-pool", "5", "--image-size", "8", "--image-mode", "datauri", "-o", output)
		if got.Code != 0 {
			t.Fatalf("%s: exit code %d, %s", output, got.Code, got.Stderr)
		}
		if output == "x.jsonl.ZST" && !(strings.Contains(got.Stdout, "zstd -d x.jsonl.ZST -o x.jsonl\n") || strings.Contains(got.Stdout, "x.jsonl.ZST -o ")) || strings.Contains(got.Stdout, "--input-file "+dir+"/x.jsonl.ZST") {
			t.Errorf("%s: what is next does not decompress the file: %s", output, got.Stdout)
		}
		if got := program.Run(t, dir, nil, "regenerate", output+".manifest.json"); got.Code != 0 {
			t.Errorf("%s: regenerate: exit code %d, %s", output, got.Code, got.Stderr)
		}
	}
}
