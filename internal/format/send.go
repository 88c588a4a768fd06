package format

import (
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// File is a request file as a client will see it.
type File struct {
	Path        string // in a form that the client reads, see [Kind.ReadsGzip]
	Requests    int64
	WarmUp      int64  // of these in front, to be sent and not measured
	Sessions    int64  // that rows name; 0: none
	Scheduled   bool   // rows say when they are sent
	Concurrency int64  // requests in flight that the file was made for; 0 and 1: one at a time
	Model       string // what the server calls its model
	MaxTokens   int64  // of an answer; 0 if that is left open
}

// Artifacts is the folder, below the client's working directory, for what aiperf measures with the file. aiperf's own choice is named after the
// model and the concurrency, so that the second file of a sweep would replace what the first one measured.
func (f File) Artifacts() string {
	name := filepath.Base(f.Path)
	short := strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".jsonl")
	if strings.Trim(short, ".") == "" {
		short = name
	}
	return path.Join("artifacts", short)
}

// SessionOrder says how aiperf sends rows that name sessions, so many of these at once.
func SessionOrder(atOnce int) string {
	how := "one after the other"
	if atOnce > 1 {
		how = strconv.Itoa(atOnce) + " at once"
	}
	return "session by session, " + how + ", as aiperf sends rows that have a session_id"
}

// ConversationOrder says how aiperf sends rows of multi_turn, so many of these at once.
func ConversationOrder(atOnce int) string {
	return "conversation by conversation, " + strconv.Itoa(atOnce) + " at once, each turn with the images of the turns before"
}

// ReadsGzip reports whether the kind's client reads files that gzip has compressed. None reads zstd.
func (k Kind) ReadsGzip() bool {
	return k == KindSingleTurn || k == KindMultiTurn || k == KindMooncake
}

// Arguments are aiperf's arguments that have it send a file, all of it and in its order; nil if it does not read the kind. They give a count,
// without which aiperf sends ten rows. Rows that warm the cache are sent and not measured; the measurement goes on behind them. Rows that name
// sessions are counted by these. With a seed aiperf numbers the rows that name none, so that its records tell in which order they were sent.
func (k Kind) Arguments(f File) []string {
	if k.Client() != "aiperf" {
		return nil
	}
	args := []string{"--input-file", f.Path, "--custom-dataset-type", k.String()}
	switch {
	case f.Scheduled: // it ends with the last row, and has as many in flight as come
		args = append(args, "--fixed-schedule")
	case f.Sessions > 0: // of which aiperf sends whole ones
		args = append(args, "--num-conversations", strconv.FormatInt(f.Sessions, 10))
	default:
		measured := f.Requests
		if 0 < f.WarmUp && f.WarmUp < f.Requests {
			args = append(args, "--warmup-request-count", strconv.FormatInt(f.WarmUp, 10))
			measured -= f.WarmUp
		}
		args = append(args, "--request-count", strconv.FormatInt(measured, 10))
	}
	if f.Concurrency > 1 && !f.Scheduled {
		args = append(args, "--concurrency", strconv.FormatInt(f.Concurrency, 10))
	}
	return append(args, "--random-seed", "1", "--output-artifact-dir", f.Artifacts())
}

// Command is the command that has the kind's client send a file, word by word, in which URL stands for the server's address.
func (k Kind) Command(f File) []string {
	count := strconv.FormatInt(f.Requests, 10)
	switch k {
	case KindBatch:
		return []string{"vllm", "run-batch", "-i", f.Path, "-o", f.Path + ".results", "--model", f.Model}
	case KindCustomImage:
		args := []string{"vllm", "bench", "serve", "--model", f.Model, "--base-url", "URL", "--backend", "openai-chat", "--endpoint", "/v1/chat/completions",
			"--dataset-name", "custom_image", "--dataset-path", f.Path, "--disable-shuffle", "--no-oversample", "--num-prompts", count}
		if f.MaxTokens > 0 {
			args = append(args, "--custom-output-len", strconv.FormatInt(f.MaxTokens, 10))
		}
		return args
	}
	return append([]string{"aiperf", "profile", "--model", f.Model, "--url", "URL", "--endpoint-type", "chat", "--streaming"}, k.Arguments(f)...)
}

// OtherCommands are the commands of other clients that read files of the kind, in the order of the rows, with as many requests in flight as the file was made for.
func (k Kind) OtherCommands(f File) [][]string {
	if k != KindRawPayload {
		return nil
	}
	count, atOnce := strconv.FormatInt(f.Requests, 10), strconv.FormatInt(max(f.Concurrency, 1), 10)
	profile := "kind=synchronous"
	if f.Concurrency > 1 {
		profile = "kind=concurrent,streams=" + atOnce
	}
	return [][]string{
		{"python", "-m", "sglang.bench_serving", "--backend", "sglang-oai-chat", "--base-url", "URL", "--model", f.Model, "--dataset-name", "openai", "--dataset-path", f.Path,
			"--num-prompts", count, "--max-concurrency", atOnce},
		{"guidellm", "run", "--backend", "kind=openai_http,target=URL,model=" + f.Model, "--data", "kind=json_file,path=" + f.Path, "--profile", profile,
			"--constraint", "kind=max_requests,count=" + count},
		{"evalscope", "perf", "--model", f.Model, "--url", "URL/v1/chat/completions", "--dataset", "line_by_line", "--dataset-path", f.Path, "--number", count, "--parallel", atOnce},
	}
}
