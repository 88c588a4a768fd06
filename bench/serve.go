//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	serveImages  = 100 // of each size
	serveSeconds = 2   // a measurement
	serveCore    = "0" // of every server
	clientCore   = "1"
)

// served is a way in which the program serves images of a size, in pixels.
type served struct {
	name string
	size int
	args string // of mmjsonl serve, beside the address
}

var servedWays = []served{
	{"64×64, 12 KB, files of a folder", 64, "images-64 --url-path x"},
	{"64×64, kept in memory", 64, "64.jsonl.manifest.json"},
	{"64×64, made each time", 64, "64.jsonl.manifest.json --memory 0"},
	{"512×512, 787 KB, files of a folder", 512, "images-512 --url-path x"},
	{"512×512, kept in memory", 512, "512.jsonl.manifest.json"},
	{"512×512, made each time", 512, "512.jsonl.manifest.json --memory 0"},
}

// nginxConfig is Debian's as far as it matters, with what makes it fastest: no log, connections that stay, and files that stay open.
const nginxConfig = `worker_processes 1; daemon off; pid nginx.pid; error_log stderr error;
events { worker_connections 768; }
http {
	sendfile on; tcp_nopush on; types { image/png png; }
	access_log off; keepalive_requests 1000000000; open_file_cache max=1000; open_file_cache_valid 60s;
	server { listen 127.0.0.1:PORT; location /x/ { alias DIR/images-SIZE/; } }
}
`

// wrkScript requests the images in turn.
const wrkScript = `local i = 0
request = function()
	i = (i + 37) % IMAGES
	return wrk.format("GET", string.format("/x/img_%04d.png", i))
end
`

// measureServing has wrk fetch images from nginx, which sends files, and from the program, in turns, each server on the same core and wrk on
// another. It calls tell with a Markdown table of requests a second, and of processor time a request, the program's in relation to nginx's.
func (b *bench) measureServing(only string, tell func(format string, args ...any)) error {
	for _, needed := range []string{"nginx", "wrk", "taskset"} {
		if _, err := exec.LookPath(needed); err != nil {
			return fmt.Errorf("%w: install it to measure serving", err)
		}
	}
	if err := os.WriteFile(filepath.Join(b.dir, "wrk.lua"), []byte(strings.ReplaceAll(wrkScript, "IMAGES", strconv.Itoa(serveImages))), 0o644); err != nil {
		return err
	}
	if err := os.Chmod(b.dir, 0o755); err != nil { // nginx's worker is another user
		return err
	}
	tell("| `mmjsonl serve`, against nginx on files | requests a second | lowest to highest | processor time a request |\n|---|---|---|---|\n")
	for _, way := range servedWays {
		if !strings.Contains(way.name, only) {
			continue
		}
		if err := b.makeServed(way.size); err != nil {
			return err
		}
		rates, times, err := b.compareServers(way)
		if err != nil {
			return fmt.Errorf("%s: %w", way.name, err)
		}
		m := measurement{took: rates, other: make([]float64, len(rates))}
		for i := range m.other {
			m.other[i] = 1
		}
		spread := strings.SplitN(m.ratio(), " ", 2)
		tell("| %s | %s | %s | %.2f |\n", way.name, spread[0], strings.Trim(spread[len(spread)-1], "()"), median(times))
	}
	return nil
}

// makeServed makes images of a size, and the file whose rows name them.
func (b *bench) makeServed(size int) error {
	name := strconv.Itoa(size)
	out, err := b.inFolder(b.words["PROGRAM"], "--quiet", "-n", strconv.Itoa(serveImages), "--images-per-request", "1", "--images-pool", strconv.Itoa(serveImages), "--image-size", name,
		"--image-mode", "http", "--image-url-base", "http://127.0.0.1:1/x", "--image-dir", "images-"+name, "-o", name+".jsonl").CombinedOutput()
	if err != nil {
		return fmt.Errorf("failed to make the images: %w\n%s", err, out)
	}
	return nil
}

// inFolder is a command that runs in the bench's folder.
func (b *bench) inFolder(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = b.dir
	return cmd
}

// compareServers returns, pair by pair, what the program does in relation to nginx.
func (b *bench) compareServers(way served) (rates, times []float64, err error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, nil, err
	}
	config := strings.NewReplacer("PORT", ports[0], "DIR", b.dir, "SIZE", strconv.Itoa(way.size)).Replace(nginxConfig)
	if err := os.WriteFile(filepath.Join(b.dir, "nginx.conf"), []byte(config), 0o644); err != nil {
		return nil, nil, err
	}
	commands := [][]string{
		{"nginx", "-p", b.dir, "-c", filepath.Join(b.dir, "nginx.conf")},
		append([]string{b.words["PROGRAM"], "serve", "--listen", "127.0.0.1:" + ports[1]}, strings.Fields(way.args)...),
	}
	var servers []int
	for i, command := range commands {
		cmd := b.inFolder("taskset", append([]string{"-c", serveCore}, command...)...)
		if err := cmd.Start(); err != nil {
			return nil, nil, err
		}
		defer func() {
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait() // its exit code says that it was stopped
		}()
		if err := awaitServer(ports[i]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", command[0], err)
		}
		servers = append(servers, cmd.Process.Pid)
	}
	for pair := range b.pairs + 1 {
		var rate, time [2]float64
		for i, pid := range servers {
			before, err := processorTime(pid)
			if err != nil {
				return nil, nil, err
			}
			requests, perSecond, err := b.fetch(ports[i])
			if err != nil {
				return nil, nil, err
			}
			after, err := processorTime(pid)
			if err != nil {
				return nil, nil, err
			}
			rate[i], time[i] = perSecond, (after-before)/requests
		}
		if pair > 0 {
			rates, times = append(rates, rate[1]/rate[0]), append(times, time[1]/time[0])
		}
	}
	return rates, times, nil
}

// freePorts are ports that nothing listens at.
func freePorts(n int) (ports []string, err error) {
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer listener.Close()
		_, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			return nil, err
		}
		ports = append(ports, port)
	}
	return ports, nil
}

func awaitServer(port string) error {
	for range 500 {
		response, err := http.Get("http://127.0.0.1:" + port + "/x/img_0000.png")
		if err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
			return errors.New(response.Status)
		}
		time.Sleep(20 * time.Millisecond)
	}
	return errors.New("it does not listen")
}

var wrkCounts = regexp.MustCompile(`(?s)(\d+) requests in .*Requests/sec: +([0-9.]+)`)

// fetch has wrk fetch images from a port.
func (b *bench) fetch(port string) (requests, perSecond float64, err error) {
	out, err := b.inFolder("taskset", "-c", clientCore, "wrk", "-t1", "-c16", fmt.Sprintf("-d%ds", serveSeconds), "-s", "wrk.lua", "http://127.0.0.1:"+port).CombinedOutput()
	counts := wrkCounts.FindSubmatch(out)
	if err != nil || counts == nil || bytes.Contains(out, []byte("Non-2xx")) {
		return 0, 0, fmt.Errorf("wrk: %w\n%s", err, out)
	}
	requests, _ = strconv.ParseFloat(string(counts[1]), 64)
	perSecond, _ = strconv.ParseFloat(string(counts[2]), 64)
	return requests, perSecond, nil
}

// processorTime is the processor time that a process and its child, as nginx has one, took so far, in ticks.
func processorTime(pid int) (ticks float64, err error) {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", pid))
	if err != nil {
		return 0, err
	}
	for _, process := range append(strings.Fields(string(children)), strconv.Itoa(pid)) {
		text, err := os.ReadFile("/proc/" + process + "/stat")
		if err != nil {
			return 0, err
		}
		_, after, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(after)
		for _, field := range fields[11:13] { // user and system time
			n, err := strconv.ParseFloat(field, 64)
			if err != nil {
				return 0, err
			}
			ticks += n
		}
	}
	return ticks, nil
}
