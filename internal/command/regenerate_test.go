package command

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
)

// Every input that names a file is either none of a manifest's, or one that is read in the manifest's folder alone: whoever adds an input
// has to say which.
func TestManifestNamesNoOtherFiles(t *testing.T) {
	t.Parallel()
	inItsFolder := []string{"coco-annotations", "url-list", "images-from"}
	found := 0
	for _, group := range inputs.Bind("mmjsonl", new(inputs.Generate)).Groups() {
		group.VisitAll(func(flag *pflag.Flag) {
			if kind := flag.Value.Type(); kind != "FILE" && kind != "DIR" || slices.Contains(inItsFolder, flag.Name) || inputs.VariableOf(flag) == "" { // a manifest has none of the others
				return
			}
			found++
			text := fmt.Sprintf(`{"format":1,"inputs":{%q:"x"},"file":{"name":"x.jsonl"}}`, flag.Name)
			if _, err := manifest.Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "a manifest does not say where files go") {
				t.Errorf("a manifest may give %s: got %v", flag.Name, err)
			}
		})
	}
	if found < 3 {
		t.Errorf("%d inputs that name files were found", found)
	}
}
