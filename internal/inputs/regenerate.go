package inputs

// Regenerate are the inputs of regenerate, which makes a manifest's file again.
type Regenerate struct {
	Output          Value[string] `env:"OUTPUT" short:"o" value:"FILE" group:"Output" help:"file to write; by default the manifest's name for it, in this folder, unless another file has that name"`
	ImageDir        Value[string] `env:"IMAGE_DIR" value:"DIR" group:"Output" help:"folder of generated images; by default a folder beside the output, named after size and seed; \"-\" writes no images, where rows name them by URLs that mmjsonl serve serves"`
	Force           Value[bool]   `env:"FORCE, default=false" value:"BOOL" group:"Output" help:"go on where a disk has less room than the run needs"`
	COCOAnnotations Value[string] `env:"COCO_ANNOTATIONS" value:"FILE" group:"Sources" runner:"annotations/image_info_test2017.json" help:"where the COCO annotations are now; by default what the manifest says, in its own folder"`
	URLList         Value[string] `env:"URL_LIST" value:"FILE" group:"Sources" help:"where the list of URLs is now; by default what the manifest says, in its own folder"`
	Tokenizer       Value[string] `env:"TOKENIZER" value:"FILE|DIR" group:"Sources" help:"where the tokenizer.json is now; by default what the manifest says, in its own folder"`
	AllowLocalURLs  Value[bool]   `env:"ALLOW_LOCAL_URLS, default=false" value:"BOOL" group:"Sources" help:"let a coco-annotations of the manifest, and any as an action, be a URL of this machine, its gateway or a link-local address, which is rejected otherwise"`

	JSON Value[bool] `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print the new manifest as one JSON document on standard output, and words on standard error"`

	Quiet Value[bool] `env:"QUIET" group:"General" only:"flag" help:"show warnings and errors alone"`
}
