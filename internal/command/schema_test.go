package command

import (
	"encoding/json"
	"flag"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/invopop/jsonschema"

	"mmjsonl/internal/manifest"
	"mmjsonl/internal/reuse"
	"mmjsonl/internal/servers"
)

var update = flag.Bool("update", false, "write the schemas in docs/schema and the documents of the Python module anew")

// documents are what --json prints, by the name of its schema.
var documents = map[string]any{
	"manifest": manifest.Manifest{},
	"plan":     forecastDocument{},
	"inspect":  inspectDocument{},
	"compare":  compareDocument{},
	"capacity": servers.Capacity{},
	"convert":  convertDocument{},
	"serve":    serveDocument{},
	"version":  versionDocument{},
}

var titles = map[string]string{
	"manifest": "What a file was made from, and what came out: the manifest beside it, and what mmjsonl and mmjsonl regenerate print with --json",
	"plan":     "What mmjsonl --dry-run --json prints",
	"inspect":  "What mmjsonl inspect --json prints",
	"compare":  "What mmjsonl compare --json prints",
	"capacity": "What mmjsonl capacity --json prints",
	"convert":  "What mmjsonl convert --json prints",
	"serve":    "A line that mmjsonl serve --json prints: the first says where it listens, the last what was counted",
	"version":  "What mmjsonl version --json prints",
}

// The schemas are those of the types that are printed, with the types' comments. test/cli holds the program's output to them.
func TestSchemas(t *testing.T) {
	module := strings.TrimSuffix(reflect.TypeFor[reuse.Figures]().PkgPath(), "/internal/reuse")
	t.Chdir("../..")                       // from where the folders of packages are their import paths
	named := func(t reflect.Type) string { // packages have types of the same name
		if t.Name() == "" || t.PkgPath() == "" {
			return ""
		}
		return path.Base(t.PkgPath()) + "." + t.Name()
	}
	reflector := jsonschema.Reflector{Anonymous: true, ExpandedStruct: true, Namer: named}
	if err := reflector.AddGoComments(module, ".", jsonschema.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	for key, comment := range reflector.CommentMap {
		reflector.CommentMap[key] = sentence(comment)
	}
	schemas := map[string]*jsonschema.Schema{}
	for name, document := range documents {
		schema := reflector.Reflect(document)
		schema.Title, schema.Description = "mmjsonl "+name, titles[name]
		want, err := json.MarshalIndent(schema, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		checkGenerated(t, "docs/schema/"+name+".schema.json", string(want)+"\n")
		schemas[name] = schema
	}
	checkGenerated(t, "python/mmjsonl/_documents.py", pythonDocuments(t, schemas))
}

// sentence is a comment without what only has a meaning in Go.
func sentence(comment string) string {
	comment = strings.Join(strings.Fields(comment), " ")
	return regexp.MustCompile(`\[(\w+)\]`).ReplaceAllString(comment, "$1")
}
