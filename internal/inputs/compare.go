package inputs

// Compare are the inputs of compare, which puts what a server counted beside what was predicted.
type Compare struct {
	Before      Value[string]   `env:"BEFORE" value:"FILE" group:"Counters" help:"where RUN is a request file: the server's metrics before it was sent, as its /metrics answers; or what mmjsonl serve answers at /stats"`
	After       Value[string]   `env:"AFTER" value:"FILE" group:"Counters" help:"the same after it was sent"`
	MetricsURL  Value[string]   `env:"METRICS_URL" value:"URL" group:"Counters" only:"flag" help:"in place of before and after: the server's metrics, read before and after the command behind --"`
	Wait        Value[Duration] `env:"WAIT, default=1s" value:"DURATION" group:"Counters" only:"flag" help:"how long the counters must not change before they are read the second time; given without a command, it waits for whatever sends the file"`
	RequestFile Value[string]   `env:"REQUEST_FILE" value:"FILE" group:"Counters" help:"the request file that was sent, where it is not where the run's configuration says"`

	CacheImages        Value[int64] `env:"CACHE_IMAGES" value:"IMAGES" group:"Prediction" help:"size of the server's cache in images; by default the capacity that the file was made for"`
	Tolerance          Value[Rate]  `env:"TOLERANCE" value:"RATE" group:"Prediction" help:"share of the image slots by which hits may differ, like 0.01 or 1%; by default what requests in flight explain that overtake each other"`
	Concurrency        Value[int64] `env:"CONCURRENCY, default=1" value:"W" group:"Prediction" help:"requests in flight, where the run does not say"`
	WarmupRequestCount Value[int64] `env:"WARMUP_REQUEST_COUNT" value:"N" group:"Prediction" help:"requests from the file's beginning that were sent before the first metrics were read"`

	ServerCache

	Report Value[string] `env:"REPORT" value:"FILE" group:"Output" help:"also write an HTML page with the curves of all runs and what was counted"`
	JSON   Value[bool]   `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print one JSON document in place of text"`
}
