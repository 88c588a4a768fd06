package escape

import (
	"encoding/json"
	"strings"
	"testing"

	"mmjsonl/internal/escape/escapetest"
)

// FuzzLog shows any two texts in lines of a log, and in JSON that is printed there.
func FuzzLog(f *testing.F) {
	f.Add("a/b.jsonl", "c.png")
	f.Fuzz(func(t *testing.T, file, name string) {
		for _, text := range []string{file, name, file + "\n" + name, "mmjsonl: " + file + ": " + name} {
			escapetest.Log(t, Inert(text))
			escapetest.Log(t, Printable(text))
			if strings.Count(Inert(text), "\n") != strings.Count(text, "\n") || strings.Contains(Printable(text), "\n") {
				t.Errorf("lines were made or lost: %q, %q of %q", Inert(text), Printable(text), text)
			}
		}
		document, err := json.MarshalIndent(map[string]string{"file": file, "name": name}, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		inert := InertJSON(document)
		escapetest.Log(t, string(inert))
		var want, same map[string]string
		if err := json.Unmarshal(document, &want); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(inert, &same); err != nil || same["file"] != want["file"] || same["name"] != want["name"] {
			t.Errorf("%s means %q, %v; want %q", inert, same, err, want)
		}
	})
}
