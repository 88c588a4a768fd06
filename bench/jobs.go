//go:build unix

package main

// job is a row of the table. Its commands are split at blanks. In them PROGRAM is the program, SELF this one, URLS a list of a hundred thousand
// URLs, OUT the folder that the job writes to and is run in, COPY a name beside it, PLAIN what prepare wrote, PYTHON the reference
// generator and EMPTY a name that no run had before.
type job struct {
	name    string
	prepare string // run in the same folder before each timed run
	command string
	against string // what it is timed against
	shown   string // the same for a reader
	aim     string // the ratio that the project aims at
	once    bool   // it takes so long that one pair, counted, has to do
	needs   string // "python", "docker": run only if requested
	// processors says that the time of processors is compared: of processes that other machines would run.
	processors bool
}

const (
	million = "PROGRAM --quiet -n=1000000 --image-mode=http --url-list=URLS --sha256=false -o=x.jsonl"
	inline  = "PROGRAM --quiet --image-mode=datauri --sha256=false -o=x.jsonl"
	// ten million slots, each placed for a hit rate
	tenMillion = "PROGRAM --quiet -n=1000000 --image-mode=http --url-list=URLS --images-per-request=10 --images-pool=100000 --hit-rate=0.6@20000"
	toZstd     = "PROGRAM --quiet -n=256 --images-per-request=1 --image-mode=datauri --images-pool=64 --sha256=false"
)

var jobs = []job{
	{
		name: "the default: 1500 PNGs and the JSONL", aim: "≤ 0.8",
		command: "PROGRAM --quiet", against: "cp -r OUT COPY", shown: "`cp -r`",
	}, {
		name: "the default's files, plainly written, with nothing made", aim: "",
		command: "SELF static OUT", against: "cp -r OUT COPY", shown: "`cp -r`",
	}, {
		name: "`datauri`, all unique, without its digest", aim: "≤ 1.0",
		command: inline, against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "`datauri`, a pool of 200, without its digest", aim: "≤ 1.0",
		command: inline + " --images-pool=200", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "`datauri` as `raw-payload`, a pool of 200, without its digest", aim: "≤ 1.0",
		command: inline + " --images-pool=200 --format=raw-payload --model=M", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "`datauri` with its digest", aim: "≤ 1.1",
		command: inline + " --sha256=true", against: "sha256sum OUT/x.jsonl", shown: "`sha256sum`",
	}, {
		name: "a million rows of 3 URLs", aim: "≤ 0.9",
		command: million + " --images-pool=1000", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "the same as `raw-payload`", aim: "≤ 1.1",
		command: million + " --images-pool=1000 --format=raw-payload --model=M", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "the same as `mooncake`", aim: "≤ 1.1",
		command: million + " --images-pool=1000 --format=mooncake --model=M", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "the same as `openai-batch`", aim: "≤ 1.1",
		command: million + " --images-pool=1000 --format=openai-batch --model=M", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "the same as `vllm-custom-image`", aim: "≤ 1.1",
		command: million + " --images-pool=1000 --format=vllm-custom-image", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		// Ten URLs are as long as 79 words. If sampling and statistics take no longer than writing, everything takes at most twice that.
		name: "a million rows of 10 URLs of 100,000, `hit-rate` 0.6@20000", aim: "≤ 1.7",
		command: million + " --images-per-request=10 --images-pool=100000 --hit-rate=0.6@20000",
		against: "PROGRAM --quiet -n=1000000 --images-per-request=0 --user-text-tokens=379 --sha256=false -o=COPY.jsonl",
		shown:   "writing as many bytes of text",
	}, {
		name: "the same rows with a `hit-rate`", aim: "≤ 1.0",
		command: million + " --images-per-request=10 --images-pool=100000 --hit-rate=0.6@20000",
		against: "PROGRAM --quiet -n=1000000 --image-mode=http --url-list=URLS --sha256=false --images-per-request=10 --images-pool=100000 -o=COPY.jsonl",
		shown:   "uniform rows of the same URLs",
	}, {
		name: "`datauri` to zstd, 256 rows, a pool of 64", aim: "≤ 1.0",
		prepare: toZstd + " -o=PLAIN", command: toZstd + " -o=x.jsonl.zst", against: "cp PLAIN COPY", shown: "`cp` of the file without zstd",
	}, {
		name: "1500 JPEGs of 512×512 and the JSONL", aim: "≤ 2.0",
		command: "PROGRAM --quiet --image-format=jpeg", against: "cp -r OUT COPY", shown: "`cp -r`",
	}, {
		name: "own images, 1 GB, as data URIs without their digest", aim: "≤ 1.0",
		prepare: "PROGRAM --quiet -n=1300 --images-per-request=1 --image-dir=COPY-own -o=PLAIN",
		command: "PROGRAM --quiet -n=1300 --images-per-request=1 --images-from=COPY-own --image-mode=datauri --sha256=false -o=x.jsonl",
		against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "one image of 16384×16384, inline", aim: "",
		command: inline + " -n=1 --images-per-request=1 --image-size=16384", against: "cp OUT/x.jsonl COPY", shown: "`cp`",
	}, {
		name: "a pool of 1000 where the 1500 images are", aim: "",
		prepare: "PROGRAM --quiet", command: "PROGRAM --quiet --images-pool=1000", against: "cp -r OUT COPY", shown: "`cp -r` of all",
	}, {
		name: "two shards of the default at once, joined", aim: "≤ 1.25",
		command: "SELF shards 2 PROGRAM --quiet", against: "PROGRAM --quiet --image-dir=COPY -o=COPY.jsonl", shown: "one process",
	}, {
		name: "two shards of a million text rows at once, joined", aim: "≤ 1.25",
		command: "SELF shards 2 PROGRAM --quiet -n=1000000 --images-per-request=0 -o=x.jsonl",
		against: "PROGRAM --quiet -n=1000000 --images-per-request=0 -o=COPY.jsonl", shown: "one process",
	}, {
		name: "16 shards of the default in turn, processors' time", aim: "≤ 1.2", processors: true,
		command: "SELF turns 16 PROGRAM --quiet", against: "PROGRAM --quiet --image-dir=COPY -o=COPY.jsonl", shown: "one process",
	}, {
		name: "16 shards of a million text rows in turn, processors' time", aim: "≤ 1.2", processors: true,
		command: "SELF turns 16 PROGRAM --quiet -n=1000000 --images-per-request=0 -o=x.jsonl",
		against: "PROGRAM --quiet -n=1000000 --images-per-request=0 -o=COPY.jsonl", shown: "one process",
	}, {
		name: "16 shards of ten million slots with a `hit-rate` in turn, processors' time", aim: "≤ 1.2", processors: true,
		command: "SELF turns 16 " + tenMillion + " -o=x.jsonl", against: tenMillion + " -o=COPY.jsonl", shown: "one process",
	}, {
		name: "the default", aim: "≤ 0.02", once: true, needs: "python",
		command: "PROGRAM --quiet", against: "python3 PYTHON --image-dir=COPY -o=COPY.jsonl", shown: "the Python program",
	}, {
		name: "`--help`", aim: "≤ 10",
		command: "PROGRAM --help", against: "true", shown: "`true`",
	}, {
		name: "ten text-only rows", aim: "≤ 10",
		command: "PROGRAM --quiet -n=10 --images-per-request=0 -o=x.jsonl", against: "true", shown: "`true`",
	}, {
		name: "`docker build` without a cache, after the base images", aim: "≤ 1.0", once: true, needs: "docker",
		command: "docker build --no-cache --quiet REPOSITORY",
		against: "env CGO_ENABLED=0 GOCACHE=EMPTY go build std", shown: "building the standard library",
	},
}

// scaled are run with different numbers of workers.
var scaled = []job{
	{name: "the default", command: "PROGRAM --quiet"},
	{name: "`datauri`, all unique", command: inline},
	{name: "a million rows of 3 URLs", command: million + " --images-pool=1000"},
}
