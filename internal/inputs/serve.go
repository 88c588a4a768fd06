package inputs

// Serve are the inputs of serve, which serves images over HTTP. It is not a step of a workflow, which would never end: so its inputs are
// flags alone.
type Serve struct {
	Listen  Value[string] `env:"LISTEN" value:"ADDRESS" group:"Server" only:"flag" help:"where to listen: PORT, HOST or HOST:PORT. By default at 127.0.0.1, which only this machine reaches, and the port that the rows name, or else 9999; port 0 takes a free one, 0.0.0.0 listens for all machines"`
	URLPath Value[string] `env:"URL_PATH" value:"/PATH" group:"Server" only:"flag" help:"where URLs have the files of a folder; by default at / for one folder, and at /NAME for each of several. Images of a manifest are where its rows name them"`
	Memory  Value[Bytes]  `env:"MEMORY, default=256MiB" value:"BYTES" group:"Server" only:"flag" help:"memory for images that are fetched again and again, which saves making them; 0 makes each anew"`
	TLSCert Value[string] `env:"TLS_CERT" value:"FILE" group:"Server" only:"flag" help:"certificates for HTTPS, in PEM; needs tls-key"`
	TLSKey  Value[string] `env:"TLS_KEY" value:"FILE" group:"Server" only:"flag" help:"private key for HTTPS, in PEM; needs tls-cert"`

	Latency   Value[Spread]    `env:"LATENCY" value:"MEAN~DEVIATION" group:"Conditions" only:"flag" help:"delay before each answer, like 30ms, or 30ms~10ms with a standard deviation"`
	Bandwidth Value[Bandwidth] `env:"BANDWIDTH" value:"RATE" group:"Conditions" only:"flag" help:"limit of all answers together, like 100MB/s or 1Gbit/s"`
	Fail      Value[Rate]      `env:"FAIL" value:"RATE" group:"Conditions" only:"flag" help:"fraction of the requests that are answered by status 503, like 0.01 or 1%"`
	Seed      Value[Seed]      `env:"SEED, default=42" value:"N" group:"Conditions" only:"flag" help:"unsigned 64-bit number that decides which requests fail, and how late each is answered; \"random\" draws one"`

	JSON  Value[bool] `env:"JSON" value:"BOOL" group:"Output" only:"flag" help:"print two JSON documents in place of text, a line each: where it listens, and at the end what was counted"`
	Quiet Value[bool] `env:"QUIET" group:"General" only:"flag" help:"show warnings and errors alone"`
}
