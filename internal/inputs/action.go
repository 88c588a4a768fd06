package inputs

// Action are the inputs that the action has in place of a command line's words, and those that its metadata fills.
type Action struct {
	Command      Value[string] `env:"COMMAND, default=generate" value:"NAME" only:"action" help:"\"generate\" makes a file; \"inspect\" shows what a file does to caches; \"compare\" puts what a server counted beside what was predicted; \"regenerate\" makes the file of a manifest again; \"join\" puts shards together"`
	File         Value[string] `env:"FILE" value:"FILE" only:"action" help:"for command inspect: a JSONL file that aiperf reads, plain, gzip or zstd"`
	Runs         Value[string] `env:"RUNS" value:"RUNS" only:"action" help:"for command compare: folders of aiperf's results, a line each, like artifacts/*; or the request file, with before and after"`
	Manifest     Value[string] `env:"MANIFEST" value:"FILE" only:"action" help:"for command regenerate: the manifest of the file to make"`
	Shards       Value[string] `env:"SHARDS" value:"FILES" only:"action" help:"for command join: files of all shards, names or patterns like x.shard-*, a line each"`
	JobContainer Value[string] `env:"JOB_CONTAINER" value:"ID" only:"action" runner:"${{ job.container.id }}" help:"not for users: tells the program whether later steps run in a container of the job's own"`
}
