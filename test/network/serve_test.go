//go:build unix

package network

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"mmjsonl/test/program"
)

// media is a media server that runs.
type media struct {
	cmd            *exec.Cmd
	stdout, stderr string // names of files
	url            string
	ended          chan struct{}
}

// startServer starts the program's media server in a folder and waits until it listens.
func startServer(t *testing.T, dir string, args ...string) *media {
	t.Helper()
	out := t.TempDir()
	m := &media{stdout: filepath.Join(out, "stdout"), stderr: filepath.Join(out, "stderr"), ended: make(chan struct{})}
	m.cmd = program.Command(t, dir, nil, append([]string{"serve"}, args...)...)
	for name, to := range map[string]*io.Writer{m.stdout: &m.cmd.Stdout, m.stderr: &m.cmd.Stderr} {
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		*to = f
	}
	if err := m.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = m.cmd.Wait(); close(m.ended) }()
	t.Cleanup(func() {
		_ = m.cmd.Process.Kill()
		<-m.ended
	})
	listening := regexp.MustCompile(`counted at (https?://\S+)/stats`)
	for {
		if found := listening.FindStringSubmatch(m.said(t)); found != nil && strings.Contains(m.said(t), "\nTry:\n") {
			m.url = found[1]
			return m
		}
		select {
		case <-m.ended:
			t.Fatalf("exit code %d\n%s%s", m.cmd.ProcessState.ExitCode(), m.said(t), m.complained(t))
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (m *media) said(t *testing.T) string       { return read(t, m.stdout) }
func (m *media) complained(t *testing.T) string { return read(t, m.stderr) }

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// stop sends a signal and wants an exit code within seconds.
func (m *media) stop(t *testing.T, signal syscall.Signal, code int) {
	t.Helper()
	if err := m.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case <-m.ended:
	case <-time.After(20 * time.Second):
		t.Fatalf("it runs on after %v", signal)
	}
	if got := m.cmd.ProcessState.ExitCode(); got != code || !strings.Contains(m.complained(t), "mmjsonl: stopped by "+signal.String()) {
		t.Errorf("after %v: exit code %d, want %d; %s", signal, got, code, m.complained(t))
	}
}

// fetch returns what a plain client gets.
func fetch(t *testing.T, address string) []byte {
	t.Helper()
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", address, response.Status, err)
	}
	return body
}

// counted is a part of the server's document of what it has counted.
type counted struct {
	Fetches, Distinct, Aborted, Rejected int64
	Images                               []struct{ Path string }
	Order                                []struct{ Status int }
}

func (m *media) counted(t *testing.T) (c counted) {
	t.Helper()
	if err := json.Unmarshal(fetch(t, m.url+"/stats?order"), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// freePort is a port that nothing listens at.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Each URL of the rows leads to the very image that the generator writes into its folder, from the manifest alone, wherever the folder
// is; what was fetched is counted; and nothing is written.
func TestServeManifest(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"http://127.0.0.1:PORT", "http://127.0.0.1:PORT/", "http://localhost:PORT/a/b", "http://127.0.0.1:PORT/with%20space/%C3%BC"} {
		t.Run(base, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			base := strings.ReplaceAll(base, "PORT", freePort(t))
			program.Succeed(t, dir, nil, "-n", "40", "--images-per-request", "2", "--images-pool", "30", "--image-size", "60x90", "--image-mode", "http",
				"--image-url-base", base, "--image-dir", "images", "-o", "r.jsonl.gz", "--seed", "18446744073709551615")
			alone := t.TempDir()
			program.Write(t, filepath.Join(alone, "m.json"), read(t, filepath.Join(dir, "r.jsonl.gz.manifest.json")))
			before := program.Snapshot(t, alone)
			m := startServer(t, alone, "m.json")
			slots := int64(0)
			for _, row := range program.Rows(t, filepath.Join(dir, "r.jsonl.gz")) {
				for _, image := range row.Images {
					want := read(t, filepath.Join(dir, "images", image[strings.LastIndexByte(image, '/')+1:]))
					if got := fetch(t, image); string(got) != want {
						t.Fatalf("%s has %d bytes, the file %d", image, len(got), len(want))
					}
					slots++
				}
			}
			got := m.counted(t)
			if got.Fetches != slots || got.Distinct != 30 || len(got.Images) != 30 || len(got.Order) != int(slots) || got.Aborted+got.Rejected != 0 {
				t.Errorf("%d fetches, %d distinct, %d images, %d in order; want %d of 30", got.Fetches, got.Distinct, len(got.Images), len(got.Order), slots)
			}
			if program.Snapshot(t, alone) != before || m.complained(t) != "" {
				t.Errorf("it wrote\n%s\nand complained %s", program.Snapshot(t, alone), m.complained(t))
			}
			m.stop(t, syscall.SIGTERM, 143)
			if said := m.said(t); !strings.Contains(said, fmt.Sprintf("sent %d complete images of 30 distinct images", slots)) || !strings.Contains(said, "only this machine reaches it") {
				t.Errorf("it said\n%s", said)
			}
		})
	}
}

// TestServeNext: the server prints the command that sends the file, as the run that made it has.
func TestServeNext(t *testing.T) {
	t.Parallel()
	for _, args := range []string{
		"-n 6 --concurrency 3",
		"-n 30 --hit-rate 0.4@6 --warm-up first",
		"-n 6 --request-rate 5",
		"-n 6 --format mooncake --model M",
		"multi-turn --num-users 3 --turns-per-user 2 --concurrency 2",
		"sliding-window --num-users 3 --turns-per-user 4 --concurrency 2",
		"sliding-window --num-users 3 --turns-per-user 4 --session-id=false --request-rate 5",
	} {
		dir := t.TempDir()
		args += " --image-size 8 --image-mode http --image-url-base http://127.0.0.1:80/m --image-dir - -o r.jsonl"
		made := program.Run(t, dir, nil, strings.Fields(args)...)
		send := regexp.MustCompile(`--input-file \S+( --custom-dataset-type .*)`)
		want := send.FindStringSubmatch(made.Stdout)
		if want == nil {
			t.Fatalf("%s: %s%s", args, made.Stdout, made.Stderr)
		}
		said := startServer(t, dir, "r.jsonl.manifest.json", "--listen", "0").said(t)
		if got := send.FindStringSubmatch(said); got == nil || got[1] != want[1] {
			t.Errorf("%s: the run prints %q, and the server:\n%s", args, want[1], said)
		}
	}
}

// Several manifests are served at once: those that share images at the same URLs, and others. Folders are too.
func TestServeSeveral(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "photos", "a b.png"), "not really")
	program.Write(t, filepath.Join(dir, "photos", ".secret"), "secret")
	program.Write(t, filepath.Join(dir, "others", "c.png"), "c")
	port := freePort(t)
	for name, args := range map[string]string{
		"one": "--seed 1 --images-pool 9 --image-url-base http://127.0.0.1:PORT/x", "more": "--seed 1 --images-pool 12 --image-url-base http://127.0.0.1:PORT/x",
		"another": "--seed 2 --images-pool 9 --image-url-base http://127.0.0.1:PORT/y",
	} {
		program.Succeed(t, dir, nil, append(strings.Fields(strings.ReplaceAll(args, "PORT", port)), "-n", "5", "--image-size", "7", "--image-mode", "http", "-o", name+".jsonl", "--image-dir", name)...)
	}
	m := startServer(t, dir, "one.jsonl.manifest.json", "more.jsonl.manifest.json", "another.jsonl.manifest.json", "photos", "others", "--url-path", "f")
	for path, file := range map[string]string{
		"/x/img_0011.png": "more/img_0011.png", "/x/img_0000.png": "one/img_0000.png", "/y/img_0008.png": "another/img_0008.png",
		"/f/photos/a%20b.png": "photos/a b.png", "/f/others/c.png": "others/c.png",
	} {
		if got, want := string(fetch(t, m.url+path)), read(t, filepath.Join(dir, file)); got != want {
			t.Errorf("%s is not %s", path, file)
		}
	}
	for _, path := range []string{"/f/photos/.secret", "/x/img_0012.png", "/y/img_0009.png", "/f/c.png", "/photos/c.png"} {
		if response, err := http.Get(m.url + path); err != nil || response.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %v, %v", path, response, err)
		}
	}
	for _, want := range []string{m.url + "/x/img_0000.png", m.url + "/y/img_0008.png", m.url + "/f/photos/a%20b.png", "1 file", "12 images of 7x7"} {
		if !strings.Contains(m.said(t), want) {
			t.Errorf("it does not say %q:\n%s", want, m.said(t))
		}
	}
	m.stop(t, syscall.SIGINT, 130)
}

// Where it listens is said, and is what was requested; a port of 0 is any.
func TestServeListen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "f", "a.png"), "a")
	for _, listen := range []string{"0", "127.0.0.1:0", "localhost:0", "0.0.0.0:0"} {
		m := startServer(t, dir, "f", "--listen", listen)
		if got := fetch(t, m.url+"/a.png"); string(got) != "a" {
			t.Errorf("%q", got)
		}
		if everyone := strings.Contains(m.said(t), "other machines reach it too"); everyone != strings.HasPrefix(listen, "0.0") {
			t.Errorf("--listen %s says\n%s", listen, m.said(t))
		}
		m.stop(t, syscall.SIGTERM, 143)
	}
	// A port that is taken.
	m := startServer(t, dir, "f", "--listen", "0")
	at, err := url.Parse(m.url)
	if err != nil {
		t.Fatal(err)
	}
	got := program.Run(t, dir, nil, "serve", "f", "--listen", at.Port())
	if got.Code != 1 || !strings.Contains(got.Stderr, "address already in use") || !strings.Contains(got.Stderr, "--listen") {
		t.Errorf("exit code %d, %s", got.Code, got.Stderr)
	}
}

// A stop in the middle of an answer takes a moment, also where the client does not take it.
func TestServeStopWhileSending(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Succeed(t, dir, nil, "-n", "2", "--images-pool", "3", "--image-size", "3000", "--image-mode", "http", "--image-url-base", "http://127.0.0.1:9/x", "-o", "r.jsonl")
	m := startServer(t, dir, "r.jsonl.manifest.json", "--listen", "0")
	c, err := net.Dial("tcp", strings.TrimPrefix(m.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /x/img_0000.png HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 1000)); err != nil {
		t.Fatal(err)
	}
	m.stop(t, syscall.SIGTERM, 143)
	if !strings.Contains(m.said(t), "1 not taken completely") {
		t.Errorf("it said\n%s", m.said(t))
	}
}

// All that is wrong is said at once, with what to do, and before it listens.
func TestServeBadInput(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, args := range map[string]string{
		"paths": "--images-pool 3", "inline": "--images-pool 3 --image-mode datauri", "text": "--images-per-request 0 --image-mode http --image-url-base http://127.0.0.1:9/x",
		"good": "--images-pool 3 --image-mode http --image-url-base http://127.0.0.1:9/x", "clash": "--images-pool 3 --seed 5 --image-mode http --image-url-base http://127.0.0.1:8/x",
		"coco": "--images-pool 3 --image-mode http --url-list urls.txt",
	} {
		program.Write(t, filepath.Join(dir, "urls.txt"), "http://h/1\nhttp://h/2\nhttp://h/3\n")
		program.Succeed(t, dir, nil, append(strings.Fields(args), "-n", "3", "--image-size", "4", "-o", name+".jsonl", "--image-dir", "images-"+name)...)
	}
	program.Write(t, filepath.Join(dir, "broken.json"), "{")
	program.Write(t, filepath.Join(dir, "few.json"), strings.Replace(read(t, filepath.Join(dir, "good.jsonl.manifest.json")), `"count": 3`, `"count": 4`, 1))
	program.Write(t, filepath.Join(dir, "size.json"), strings.Replace(read(t, filepath.Join(dir, "good.jsonl.manifest.json")), `"image-size": "4"`, `"image-size": "huge"`, 1))
	program.Write(t, filepath.Join(dir, "later.json"), strings.Replace(read(t, filepath.Join(dir, "good.jsonl.manifest.json")), `"image-size"`, `"image-zize"`, 1))
	program.Write(t, filepath.Join(dir, "key.pem"), "no key")
	if err := os.MkdirAll(filepath.Join(dir, "a", "same"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "b", "same"), 0o755); err != nil {
		t.Fatal(err)
	}
	for args, wants := range map[string][]string{
		"":        {"serve needs a manifest or a folder"},
		"missing": {`the manifest "missing" cannot be read: no such file or directory`},
		"broken.json paths.jsonl.manifest.json inline.jsonl.manifest.json text.jsonl.manifest.json coco.jsonl.manifest.json few.json": {
			`"broken.json" cannot be read`, `"paths.jsonl.manifest.json" cannot be used: the rows do not name generated images by URLs`,
			`"inline.jsonl.manifest.json" cannot be used: the rows do not name`, `"text.jsonl.manifest.json" is of a file without images`,
			`"coco.jsonl.manifest.json" cannot be used: the rows do not name`, `"few.json" says that there are 4 images, and its inputs make 3`,
		},
		"size.json later.json": {`the manifest "size.json" cannot be used: the manifest's image-size "huge" is not a size`, `the manifest has the input "image-zize", which does not exist in this version`},
		"good.jsonl":           {`"good.jsonl" is a request file, not its manifest` + "\n  " + `give "good.jsonl.manifest.json"`},
		"good.jsonl.manifest.json clash.jsonl.manifest.json": {`has images of "4x4_seed`, "run a server for each"},
		"a/same b/same": {`the folders "a/same" and "b/same" would both be at "/same"`},
		"a --latensy 5ms --listen nowhere:at:all --fail 2 --bandwidth 0 --latency 5 --tls-cert key.pem --memory 1e9 --url-path a/../b": {
			`there is no flag "--latensy"` + "\n  did you mean --latency?", `--listen "nowhere:at:all" is not an address`, "--fail 2 is out of range", "--bandwidth 0 is less than a byte a second",
			`--latency "5" is not a duration`, "--tls-cert needs the private key too", `--memory "1e9" is not a number of bytes`, `--url-path "a/../b" is not a path`,
		},
		"a --listen 99999 --latency 2h --tls-cert key.pem --tls-key key.pem": {`--listen "99999" has no port from 0 to 65535`, "--latency 2h is out of range", `--tls-cert "key.pem" and --tls-key "key.pem" cannot be used`},
		"a --listen 127.0.0.1:x --latency 0s~5ms --tls-key key.pem":          {`--listen "127.0.0.1:x" has no port`, "--latency 0s~5ms has a deviation from no delay", "--tls-key needs the certificates too"},
	} {
		got := program.Run(t, dir, nil, append([]string{"serve"}, strings.Fields(args)...)...)
		if got.Code != 2 || got.Stdout != "" || strings.Count(got.Stderr, "mmjsonl: ") != len(wants) && !strings.Contains(args, "size.json") && !strings.Contains(args, "clash") {
			t.Errorf("serve %s: exit code %d, %s%s", args, got.Code, got.Stdout, got.Stderr)
		}
		for _, want := range wants {
			if !strings.Contains(got.Stderr, want) {
				t.Errorf("serve %s does not say %q:\n%s", args, want, got.Stderr)
			}
		}
	}
}

// Rows that name another place than the server's are warned about.
func TestServeWarnings(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, base := range map[string]string{"port": "http://localhost:9/x", "host": "http://media.example:9/y", "secure": "https://127.0.0.1:9/z"} {
		program.Succeed(t, dir, nil, "-n", "1", "--images-pool", "3", "--image-size", "4", "--image-mode", "http", "--image-url-base", base, "-o", name+".jsonl", "--image-dir", "i")
	}
	port := freePort(t)
	m := startServer(t, dir, "port.jsonl.manifest.json", "host.jsonl.manifest.json", "secure.jsonl.manifest.json", "--listen", port, "--url-path", "x")
	for _, want := range []string{
		`the rows of "port.jsonl.manifest.json" name "http://localhost:9/x", and this server listens at port ` + port + "\n  give --listen 9, or",
		`the rows of "host.jsonl.manifest.json" name the host "media.example", and only this machine reaches the server` + "\n  give --listen 0.0.0.0:" + port,
		`the rows of "secure.jsonl.manifest.json" name "https://127.0.0.1:9/z", and this server speaks plain HTTP`, "--url-path has no effect",
	} {
		if !strings.Contains(m.complained(t), want) {
			t.Errorf("it does not warn %q:\n%s", want, m.complained(t))
		}
	}
	// What to run next says the same from the start.
	got := program.Succeed(t, dir, nil, "-n", "1", "--images-pool", "3", "--image-size", "4", "--image-mode", "http", "--image-url-base", "http://media.example:9/y", "-o", "next.jsonl", "--image-dir", "i")
	if !strings.Contains(got.Stdout, "next.jsonl.manifest.json --listen 0.0.0.0:9   # in another terminal\n") {
		t.Errorf("it does not say how to serve:\n%s", got.Stdout)
	}
}

// A failure that was requested comes as often as requested, and is the same in the next run.
func TestServeConditions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	program.Write(t, filepath.Join(dir, "f", "a.png"), strings.Repeat("a", 1000))
	var before []byte
	for range 2 {
		m := startServer(t, dir, "f", "--listen", "0", "--fail", "30%", "--latency", "1ms~1ms", "--bandwidth", "10MB/s", "--seed", "7")
		var statuses []byte
		for range 50 {
			response, err := http.Get(m.url + "/a.png")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
			statuses = append(statuses, byte('0'+response.StatusCode/100))
		}
		if failed := bytes.Count(statuses, []byte("5")); failed < 4 || failed > 30 || failed+bytes.Count(statuses, []byte("2")) != 50 {
			t.Errorf("answers %s", statuses)
		}
		if before != nil && !bytes.Equal(before, statuses) {
			t.Errorf("answers %s, then %s", before, statuses)
		}
		before = statuses
		m.stop(t, syscall.SIGTERM, 143)
	}
}

// HTTPS, with a certificate and a key from files.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificates := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
	program.Write(t, filepath.Join(dir, "cert.pem"), string(certificates))
	program.Write(t, filepath.Join(dir, "key.pem"), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})))
	program.Write(t, filepath.Join(dir, "f", "a.png"), "a")
	m := startServer(t, dir, "f", "--listen", "0", "--tls-cert", "cert.pem", "--tls-key", "key.pem")
	if !strings.HasPrefix(m.url, "https://127.0.0.1:") {
		t.Errorf("it listens at %s", m.url)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(certificates)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	response, err := client.Get(m.url + "/a.png")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || string(body) != "a" {
		t.Errorf("%q, %v", body, err)
	}
	client.CloseIdleConnections()
	m.stop(t, syscall.SIGTERM, 143)
}
