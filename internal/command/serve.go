package command

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"mmjsonl/internal/escape"
	"mmjsonl/internal/files"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/serve"
)

func (r *run) serveCommand() *cobra.Command {
	in := new(inputs.Serve)
	return r.add(&command{
		use:   "serve MANIFEST…|FOLDER…",
		short: "serve the images of files by HTTP, and count what is fetched",
		long: `Serves the images that rows of image mode http name, for the model server to fetch: those of a manifest,
made on the fly from the seed, or the files of a folder. It counts what is fetched, and how often.

The files of a folder are served without those whose names begin with a dot, and without links that
lead out of it.`,
		example: `  mmjsonl serve requests.jsonl.manifest.json
  mmjsonl serve requests.jsonl.manifest.json --listen 0.0.0.0:9999 --latency 30ms~10ms --fail 0.01
  mmjsonl serve photos --url-path /images`,
		inputs: in,
		words:  true,
		run: func(ctx context.Context, words []string, problems problem.List) error {
			return r.serve(ctx, in, words, problems)
		},
	})
}

// serving is a checked request to serve.
type serving struct {
	config   serve.Config
	listen   string
	said     report.Serving
	warnings problem.List

	bases []base
}

// serveDocument is a line that serve --json prints: where it listens, then what was counted. Names do not change once released.
type serveDocument struct {
	Listening *listening   `json:"listening,omitempty"` // the first line
	Counted   *serve.Stats `json:"counted,omitempty"`   // the last line, when it is stopped
}

// listening is where a server is, and what it serves.
type listening struct {
	Address string         `json:"address"` // like 127.0.0.1:9999
	URL     string         `json:"url"`     // of all that it serves: http://127.0.0.1:9999
	Local   bool           `json:"local"`   // only this machine reaches it
	Sources []servedSource `json:"sources"`
}

// servedSource is where images come from.
type servedSource struct {
	Name  string `json:"name"`            // the manifest or the folder, as it was given
	Words string `json:"words"`           // 100 images of 512x512, made on the fly
	First string `json:"first,omitempty"` // URL of an image
	Last  string `json:"last,omitempty"`  // URL of the last one, where there are two that are numbered
}

// listening says where the server listens, once that is known.
func (s *serving) listening() *listening {
	l := &listening{Address: s.said.Address, URL: s.said.Base, Local: s.said.Local, Sources: []servedSource{}}
	for _, served := range s.said.Sources {
		source := servedSource{Name: served.Name, Words: served.What}
		if served.First != "" {
			source.First = s.said.Base + served.First
		}
		if served.Last != "" {
			source.Last = s.said.Base + served.Last
		}
		l.Sources = append(l.Sources, source)
	}
	return l
}

// sayServed says something on standard output: a document on a line of its own, words, or nothing.
func (r *run) sayServed(in *inputs.Serve, document serveDocument, words func(io.Writer) error) error {
	switch {
	case in.JSON.Get():
		text, err := json.Marshal(document)
		if err != nil {
			return err
		}
		_, err = r.process.Stdout.Write(append(escape.InertJSON(text), '\n'))
		return err
	case in.Quiet.Get():
		return nil
	}
	return words(r.process.Stdout)
}

// serve serves images until it is stopped.
func (r *run) serve(ctx context.Context, in *inputs.Serve, words []string, problems problem.List) error {
	s := serving{}
	places, err := r.places()
	if err != nil {
		return err
	}
	if len(words) == 0 {
		problems.Add("", "serve needs a manifest or a folder\ngive the name of one, or of several")
	}
	var folders []string
	for _, word := range words {
		if info, err := os.Stat(word); err == nil && info.IsDir() {
			folders = append(folders, word)
			continue
		}
		s.addManifest(ctx, r, places, word, &problems)
	}
	s.addFolders(r, in, places, folders, &problems)
	defer func() {
		for _, folder := range s.config.Folders {
			folder.Root.Close()
		}
	}()
	s.checkConditions(in, &problems)
	s.checkTLS(r, in, places, &problems)
	s.checkListen(in, &problems)
	if len(problems) > 0 {
		return problems
	}
	for _, w := range s.warnings {
		r.warn(w)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.listen)
	if err != nil {
		var fault *net.OpError
		if errors.As(err, &fault) {
			err = fault.Err
		}
		return fmt.Errorf("failed to listen at %s: %w: give another address by --listen", s.listen, err)
	}
	s.config.Notice = func(line string) { fmt.Fprintln(r.process.Stderr, escape.Inert(line)) }
	server := serve.New(s.config)
	s.locate(listener.Addr())
	if err := r.sayServed(in, serveDocument{Listening: s.listening()}, s.said.Text); err != nil {
		listener.Close()
		return fmt.Errorf("failed to say where it listens: %w", err)
	}
	if workers := r.process.Workers; workers > 0 {
		runtime.GOMAXPROCS(workers) // the one more that is for long writes only makes goroutines change their processor here
	}
	if err := server.Serve(ctx, listener); err != nil {
		return fmt.Errorf("failed to go on listening at %s: %w", s.said.Address, err)
	}
	stats := server.Stats()
	if err := r.sayServed(in, serveDocument{Counted: &stats}, func(w io.Writer) error { return report.Counted(w, stats) }); err != nil {
		return fmt.Errorf("failed to say what was sent: %w", err)
	}
	return ctx.Err()
}

// checkConditions checks the conditions under which images are served.
func (s *serving) checkConditions(in *inputs.Serve, problems *problem.List) {
	const most = time.Hour
	latency, bandwidth, fail := in.Latency.Get(), int64(in.Bandwidth.Get()), in.Fail.Get()
	switch {
	case latency.Mean > most || latency.Deviation > most:
		problems.Add("latency", "%s %s is out of range\ngive at most 1h", problem.Name("latency"), in.Latency.Text())
	case latency.Mean == 0 && latency.Deviation > 0:
		problems.Add("latency", "%s %s has a deviation from no delay\ngive a mean above 0", problem.Name("latency"), in.Latency.Text())
	}
	if in.Bandwidth.Given() && bandwidth == 0 && !problems.Blame("bandwidth") {
		problems.Add("bandwidth", "%s %s is less than a byte a second\ngive one like 100MB/s", problem.Name("bandwidth"), in.Bandwidth.Text())
	}
	rate := 0.0
	if fail.Rat != nil {
		if rate, _ = fail.Float64(); rate > 1 {
			problems.Add("fail", "%s %s is out of range\ngive a fraction from 0 to 1", problem.Name("fail"), in.Fail.Text())
		}
	}
	memory := int64(in.Memory.Get())
	const mostMemory = 1 << 40
	if memory > mostMemory {
		problems.Add("memory", "%s %s is out of range\ngive at most 1TiB", problem.Name("memory"), in.Memory.Text())
	}
	s.config.Memory, s.said.Memory = memory, memory
	s.config.Conditions = serve.Conditions{Seed: in.Seed.Get().Draw(), Latency: latency.Mean, Deviation: latency.Deviation, Bandwidth: bandwidth, Fail: rate}
}

// checkTLS reads the certificates, if there are any.
func (s *serving) checkTLS(r *run, in *inputs.Serve, places files.Places, problems *problem.List) {
	cert, key := in.TLSCert.Get(), in.TLSKey.Get()
	switch {
	case cert == "" && key == "":
		return
	case cert == "":
		problems.Add("tls-key", "%s needs the certificates too\ngive %s", problem.Name("tls-key"), problem.Name("tls-cert"))
		return
	case key == "":
		problems.Add("tls-cert", "%s needs the private key too\ngive %s", problem.Name("tls-cert"), problem.Name("tls-key"))
		return
	}
	unreadable := append(r.unreadable(places, "tls-cert", cert), r.unreadable(places, "tls-key", key)...)
	if *problems = append(*problems, unreadable...); len(unreadable) > 0 {
		return
	}
	certs, err := r.readPEM(places, cert)
	private, fault := r.readPEM(places, key)
	loaded, unfit := tls.X509KeyPair(certs, private)
	if err = cmp.Or(err, fault, unfit); err != nil {
		problems.Add("tls-cert", "%s %q and %s %q cannot be used: %s\ngive two files in PEM that belong together",
			problem.Name("tls-cert"), cert, problem.Name("tls-key"), key, err)
		return
	}
	s.config.TLS = &tls.Config{Certificates: []tls.Certificate{loaded}}
}

// readPEM reads a file of certificates or a key.
func (r *run) readPEM(places files.Places, name string) ([]byte, error) {
	const most = 1 << 20
	f, err := r.open(places, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if len(text) > most {
		return nil, fmt.Errorf("%q has more than %d bytes", name, most)
	}
	return text, err
}
