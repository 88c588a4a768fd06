package inputs

// Convert are the inputs of convert, which writes a file's rows for another client.
type Convert struct {
	Format    Value[string] `env:"FORMAT, default=aiperf" value:"CLIENT" group:"Rows" help:"whose rows to write: \"aiperf\", \"raw-payload\", \"mooncake\", \"openai-batch\" or \"vllm-custom-image\""`
	Model     Value[string] `env:"MODEL" value:"MODEL" group:"Rows" help:"what bodies call the model; by default what the rows' own bodies do"`
	MaxTokens Value[int64]  `env:"MAX_TOKENS" value:"N" group:"Rows" help:"tokens that an answer has at most; by default what the rows say"`
	Output    Value[string] `env:"OUTPUT" short:"o" value:"FILE" group:"Output" help:"file to write, which must not exist; \"-\" is standard output"`

	JSON  Value[bool] `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print what was written as one JSON document in place of text"`
	Quiet Value[bool] `env:"QUIET" group:"General" only:"flag" help:"show warnings and errors alone"`
}
