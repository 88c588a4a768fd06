package inputs

import (
	"reflect"
	"strings"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/problem"
)

// Join are the inputs of join, which puts shards together.
type Join struct {
	Output     Value[string] `env:"OUTPUT" short:"o" value:"FILE" group:"Output" help:"file to write; by default the name that its shards have without their numbers, beside the first one"`
	ImageDir   Value[string] `env:"IMAGE_DIR" value:"DIR" group:"Output" help:"folder of the shards' images, which all have to be there; by default a folder beside the output, named after size and seed"`
	ImagesFrom Value[string] `env:"IMAGES_FROM" value:"DIR" group:"Images" help:"where the folder of your own images is now, if the shards show these; by default what their manifests say, beside the first shard"`
	Report     Value[string] `env:"REPORT" value:"FILE" group:"Output" help:"also write an HTML page with the figures, the hit rate curve and the first images"`
	InPlace    Value[bool]   `env:"IN_PLACE, default=false" value:"BOOL" group:"Output" help:"append the other shards to the first one, and remove each after that, so that almost no more disk space is needed"`
	Force      Value[bool]   `env:"FORCE, default=false" value:"BOOL" group:"Output" help:"go on where a disk has less room than the run needs"`
	JSON       Value[bool]   `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print the manifest as one JSON document on standard output, and words on standard error"`

	Quiet Value[bool] `env:"QUIET" group:"General" only:"flag" help:"show warnings and errors alone"`
}

// CommandLine returns the command that generates with inputs of these texts, by name, for a shell. Those that are the default are left out.
func CommandLine(texts map[problem.Name]string) string {
	words := []string{"mmjsonl"}
	for _, d := range definitionsOf(reflect.TypeFor[Generate]()) {
		if text := texts[d.Name]; text != "" && text != d.Default {
			words = append(words, escape.Shell("--"+string(d.Name)+"="+text))
		}
	}
	return strings.Join(words, " ")
}
