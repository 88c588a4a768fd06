//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// client is the docker program that is used throughout.
var client string

// clients are where a docker program may be: a newer one on the PATH cannot use BuildKit without its buildx plugin, and Debian's,
// which can, is then behind it.
var clients = []string{"docker", "/usr/bin/docker"}

// startEngine finds a Docker engine or starts one, installing it first if need be, and chooses the client. stop ends the engine if
// it was started here.
func startEngine() (stop func(), err error) {
	stop = func() {}
	if !engineAnswers() {
		if err := installPackages("docker.io", "iptables", "ca-certificates"); err != nil {
			return nil, err
		}
	}
	if !engineAnswers() { // the package's own service may have started it
		if stop, err = startDockerd(); err != nil {
			return nil, err
		}
	}
	for _, client = range clients {
		probe := exec.Command(client, "build", "-q", "-")
		probe.Stdin = strings.NewReader("FROM scratch\nLABEL mmjsonl-e2e=probe\n")
		probe.Env = append(os.Environ(), "DOCKER_BUILDKIT=1")
		id, failed := run(probe)
		if failed == nil {
			exec.Command(client, "rmi", id).Run()
			return stop, nil
		}
		err = errors.Join(err, failed)
	}
	stop()
	return nil, fmt.Errorf("found no docker client that builds with BuildKit, install its buildx plugin: %w", err)
}

func engineAnswers() bool {
	for _, client := range clients {
		if exec.Command(client, "version").Run() == nil {
			return true
		}
	}
	return false
}

// startDockerd starts the engine on its default socket. Its log is in the cache folder.
func startDockerd() (stop func(), err error) {
	log, err := os.Create(filepath.Join(cache, "dockerd.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	engine := exec.Command("dockerd")
	engine.Stdout, engine.Stderr = log, log
	engine.Env = append(os.Environ(), "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
	// A group of its own, so that an interrupt from the keyboard ends the tests first.
	engine.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
	if err := engine.Start(); err != nil {
		return nil, fmt.Errorf("failed to start the engine, run this as root: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- engine.Wait() }()
	stop = func() {
		engine.Process.Signal(syscall.SIGTERM)
		<-ended
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		select {
		case err := <-ended:
			return nil, fmt.Errorf("the engine ended, see %s: %w", log.Name(), err)
		default:
		}
		if engineAnswers() {
			return stop, nil
		}
	}
	stop()
	return nil, fmt.Errorf("the engine did not answer within a minute, see %s", log.Name())
}

// docker runs the client, which must succeed.
func docker(t *testing.T, args ...string) string {
	t.Helper()
	return mustRun(t, root, client, args...)
}

// start starts a container that waits, and removes it at the end of the test.
func start(t *testing.T, args ...string) (id string) {
	t.Helper()
	id = docker(t, append([]string{"run", "-d", "--entrypoint", "tail"}, args...)...)
	t.Cleanup(func() {
		if _, err := run(exec.Command(client, "rm", "-f", "-v", id)); err != nil { // t.Context is over by now
			t.Error(err)
		}
	})
	return id
}
