//go:build e2e

package e2e

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestCluster runs the files of docs/cluster with the engines that they are for. What is joined is what one process makes.
func TestCluster(t *testing.T) {
	defer timed("7 cluster")()
	t.Run("Slurm", testSlurm)
	t.Run("Ray", testRay)
	t.Run("Kubernetes", testKubernetesJobs)
}

// buildProgram builds the program into a folder of its own, which it returns.
func buildProgram(t *testing.T) string {
	t.Helper()
	bin := t.TempDir()
	mustRun(t, root, "go", "build", "-o", filepath.Join(bin, "mmjsonl"), ".")
	return bin
}

// digestOfOne is the SHA-256 of what one process makes of arguments, and writes nowhere.
func digestOfOne(t *testing.T, bin, dir string, args ...string) []byte {
	t.Helper()
	one := exec.CommandContext(t.Context(), filepath.Join(bin, "mmjsonl"), append(args, "--quiet", "--output=-")...)
	one.Dir = dir
	digest := sha256.New()
	var messages bytes.Buffer
	one.Stdout, one.Stderr = digest, &messages
	if err := one.Run(); err != nil {
		t.Fatalf("%v: %s", err, messages.String())
	}
	return digest.Sum(nil)
}

func digestOfFile(t *testing.T, name string) []byte {
	t.Helper()
	f := must(os.Open(name))(t)
	defer f.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, f); err != nil {
		t.Fatal(err)
	}
	return digest.Sum(nil)
}

// slurmConfig is that of a controller and four nodes on this machine, in a folder DIR.
const slurmConfig = `ClusterName=mmjsonl
SlurmctldHost=HOST(127.0.0.1)
SlurmctldPort=17000
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=DIR/munge
StateSaveLocation=DIR/state
SlurmdSpoolDir=DIR/spool/%n
SlurmctldPidFile=DIR/slurmctld.pid
SlurmdPidFile=DIR/%n.pid
SlurmctldLogFile=DIR/slurmctld.log
SlurmdLogFile=DIR/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
ReturnToService=2
MpiDefault=none
SlurmdTimeout=5
NodeName=n[1-4] NodeHostname=HOST NodeAddr=127.0.0.1 Port=[17001-17004] CPUs=1 RealMemory=500 State=UNKNOWN
PartitionName=p Nodes=n[1-4] Default=YES MaxTime=INFINITE State=UP
`

// slurm is a cluster on this machine, in a folder.
type slurm struct {
	dir string
	env []string
}

// startSlurm starts a controller and four nodes, and ends them with the test.
func startSlurm(t *testing.T, bin string) *slurm {
	t.Helper()
	if err := installPackages("slurm-wlm", "munge"); err != nil {
		t.Fatal(err)
	}
	s := &slurm{dir: t.TempDir()}
	for _, folder := range []string{"state", "spool/n1", "spool/n2", "spool/n3", "spool/n4"} {
		if err := os.MkdirAll(filepath.Join(s.dir, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	host := must(os.Hostname())(t)
	config := filepath.Join(s.dir, "slurm.conf")
	if err := os.WriteFile(config, []byte(strings.NewReplacer("DIR", s.dir, "HOST", host).Replace(slurmConfig)), 0o644); err != nil {
		t.Fatal(err)
	}
	s.env = append(cleanEnv(), "SLURM_CONF="+config, "PATH="+bin+":"+os.Getenv("PATH")+":/usr/sbin:/sbin")

	// Munge of its own, as root: the system's may not run.
	if err := os.WriteFile(filepath.Join(s.dir, "munge.key"), bytes.Repeat([]byte("mmjsonl "), 16), 0o600); err != nil {
		t.Fatal(err)
	}
	s.must(t, "munged", "--force", "--socket="+s.dir+"/munge", "--key-file="+s.dir+"/munge.key", "--pid-file="+s.dir+"/munged.pid",
		"--log-file="+s.dir+"/munged.log", "--seed-file="+s.dir+"/munge.seed")
	t.Cleanup(func() { s.end("munged") })
	s.must(t, "slurmctld")
	t.Cleanup(func() { s.end("slurmctld") })
	for _, node := range []string{"n1", "n2", "n3", "n4"} {
		s.must(t, "slurmd", "-N", node)
		t.Cleanup(func() { s.end(node) })
	}
	s.wait(t, "four idle nodes", func() bool { return strings.Count(s.try("sinfo", "-h", "-N", "-o", "%T"), "idle") == 4 })
	return s
}

// command is one of Slurm's in the folder where the jobs run.
func (s *slurm) command(name string, args ...string) *exec.Cmd {
	path := name
	if name != "sbatch" && name != "scancel" && name != "squeue" && name != "sinfo" && name != "scontrol" {
		path = "/usr/sbin/" + name
	}
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	return cmd
}

func (s *slurm) must(t *testing.T, name string, args ...string) string {
	t.Helper()
	return must(run(s.command(name, args...)))(t)
}

// try returns a command's output, or "" if it fails.
func (s *slurm) try(name string, args ...string) string {
	out, _ := run(s.command(name, args...))
	return out
}

// pid is a daemon's, or 0.
func (s *slurm) pid(daemon string) int {
	text, _ := os.ReadFile(filepath.Join(s.dir, daemon+".pid"))
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return pid
}

func (s *slurm) end(daemon string) {
	if pid := s.pid(daemon); pid > 0 {
		syscall.Kill(pid, syscall.SIGTERM)
		for range 100 {
			if syscall.Kill(pid, 0) != nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

func (s *slurm) wait(t *testing.T, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Minute); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "slurmctld.log"))
			t.Fatalf("there is no end of waiting for %s\n%s\n%s", what, s.try("squeue", "-t", "all"), tail(log))
		}
	}
}

// writes reports whether a task is in the middle of writing its shard.
func (s *slurm) writes(task int) bool {
	names, _ := filepath.Glob(filepath.Join(s.dir, fmt.Sprintf(".x.shard-%03d-*.part", task)))
	return len(names) > 0
}

// killNode ends a node's daemon and all that it has started, at once, as a machine that loses its power does.
func (s *slurm) killNode(t *testing.T, node string) {
	t.Helper()
	syscall.Kill(s.pid(node), syscall.SIGKILL)
	killed := 0
	environments := must(filepath.Glob("/proc/[0-9]*/environ"))(t)
	for _, name := range environments {
		environ, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		variables := strings.Split(string(environ), "\x00")
		if !slices.Contains(variables, "SLURMD_NODENAME="+node) || !slices.Contains(variables, "SLURM_CONF="+s.dir+"/slurm.conf") {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
			var parent int
			var state string
			_, rest, _ := strings.Cut(string(stat), ") ")
			fmt.Sscan(rest, &state, &parent)
			if comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent)); strings.HasPrefix(string(comm), "slurmstepd") {
				syscall.Kill(parent, syscall.SIGKILL)
			}
			syscall.Kill(pid, syscall.SIGKILL)
			killed++
		}
	}
	if killed == 0 {
		t.Errorf("nothing ran on %s", node)
	}
}

// An array of 8 tasks on 4 nodes, of which one task is cancelled and one node goes down while they write; both are made again, and joined.
func testSlurm(t *testing.T) {
	bin := buildProgram(t)
	s := startSlurm(t, bin)
	for _, name := range []string{"slurm-shards.sh", "slurm-join.sh"} {
		content := must(os.ReadFile(filepath.Join(root, "docs", "cluster", name)))(t)
		if err := os.WriteFile(filepath.Join(s.dir, name), content, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	output := filepath.Join(s.dir, "x.jsonl")
	args := []string{"-n=320", "--images-per-request=1", "--image-size=1024", "--image-mode=datauri", "--hit-rate=0.4@20"}
	job := s.must(t, "sbatch", append([]string{"--parsable", "slurm-shards.sh", "--output=" + output}, args...)...)

	s.wait(t, "task 2 to write", func() bool { return s.writes(2) })
	s.must(t, "scancel", job+"_2")
	s.wait(t, "task 3 to write", func() bool { return s.writes(3) })
	node := s.must(t, "squeue", "-h", "-t", "R", "-j", job+"_3", "-o", "%N")
	if node == "" {
		t.Fatal("task 3 has ended before it could be killed: give it more to do")
	}
	s.killNode(t, node)
	if _, err := os.Stat(filepath.Join(s.dir, "x.shard-003-of-008.jsonl")); err == nil {
		t.Error("task 3 was complete before its node was killed")
	}
	s.wait(t, "task 2 to be cancelled", func() bool { return s.try("squeue", "-h", "-t", "CANCELLED", "-j", job+"_2", "-o", "%T") != "" })
	s.must(t, "scontrol", "requeue", job+"_2")
	s.wait(t, "the node to be down", func() bool { return strings.Contains(s.try("sinfo", "-h", "-n", node, "-o", "%T"), "down") })
	s.must(t, "slurmd", "-N", node)

	// What failed begins again at once, not after the two minutes that Slurm waits by itself.
	s.wait(t, "all tasks", func() bool {
		for line := range strings.Lines(s.try("squeue", "-h", "-r", "-t", "PENDING", "-j", job, "-o", "%i %r")) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[1] == "BeginTime" {
				s.try("scontrol", "update", "JobId="+fields[0], "StartTime=now")
			}
		}
		shards, _ := filepath.Glob(filepath.Join(s.dir, "x.shard-*.manifest.json"))
		return len(shards) == 8 && s.try("squeue", "-h", "-j", job) == ""
	})
	s.must(t, "sbatch", "--wait", "slurm-join.sh", filepath.Join(s.dir, "x"))
	if got, want := digestOfFile(t, output), digestOfOne(t, bin, s.dir, args...); !bytes.Equal(got, want) {
		t.Errorf("the joined file has the SHA-256 %x, and that of one process %x", got, want)
	}
}

// ray is the version that is pinned.
const rayVersion = "ray==2.60.0"

func testRay(t *testing.T) {
	bin := buildProgram(t)
	bins := must(environment(rayVersion))(t)
	dir := t.TempDir()
	args := []string{"--num-requests=90", "--images-pool=40", "--image-size=64", "--image-path-prefix=images", "--reuse-pattern=zipf"}
	job := exec.CommandContext(t.Context(), filepath.Join(bins, "python"),
		append([]string{filepath.Join(root, "docs", "cluster", "ray_shards.py"), "--output=" + filepath.Join(dir, "x.jsonl")}, args...)...)
	job.Dir, job.Env = dir, cleanEnv("PATH="+bin+":"+os.Getenv("PATH"), "RAY_USAGE_STATS_ENABLED=0")
	if _, err := run(job); err != nil {
		t.Fatal(err)
	}
	if got, want := digestOfFile(t, filepath.Join(dir, "x.jsonl")), digestOfOne(t, bin, dir, args...); !bytes.Equal(got, want) {
		t.Errorf("the joined file has the SHA-256 %x, and that of one process %x", got, want)
	}
	if images := must(filepath.Glob(filepath.Join(dir, "images_*", "*.png")))(t); len(images) != 40 {
		t.Errorf("there are %d images, want 40", len(images))
	}
}

// testKubernetesJobs has the types of Kubernetes' API read the manifests, and an engine run the containers of the Jobs as kubelets would: each with
// its index, as the user that the pod names, with the volume where it is mounted.
func testKubernetesJobs(t *testing.T) {
	image := projectImage(t)
	data := t.TempDir()
	if os.Getuid() == 0 {
		if err := os.Chown(data, 1000, 1000); err != nil {
			t.Fatal(err)
		}
	}
	// Inputs that the manifests do not give: small images.
	small := []string{"-e", "INPUT_IMAGE_SIZE=8", "-e", "INPUT_USER_TEXT_TOKENS=3", "-e", "INPUT_IMAGE_PATH_PREFIX=/images"}
	read := func(name string) (job struct {
		Completions, User, Group int
		Args                     []string
		Mounts                   map[string]string
	}) {
		text := mustRun(t, filepath.Join(root, "e2e", "kubernetes"), "go", "run", ".", filepath.Join(root, "docs", "cluster", name))
		if err := json.Unmarshal([]byte(text), &job); err != nil {
			t.Fatal(err)
		}
		return job
	}
	shards, join := read("kubernetes-shards.yaml"), read("kubernetes-join.yaml")
	if shards.Completions != 8 || join.Completions != 1 || shards.Mounts["mmjsonl"] != "/data" || join.Mounts["mmjsonl"] != "/data" {
		t.Fatalf("the Jobs are %+v and %+v", shards, join)
	}
	start := func(args []string, env ...string) {
		t.Helper()
		all := append([]string{"run", "--rm", "--network=none", "-u", fmt.Sprintf("%d:%d", shards.User, shards.Group), "-v", data + ":/data"}, small...)
		docker(t, append(append(append(all, env...), image), args...)...)
	}
	for index := range shards.Completions {
		start(shards.Args, "-e", fmt.Sprintf("JOB_COMPLETION_INDEX=%d", index))
	}
	start(join.Args)
	one := []string{"--output=/data/one.jsonl"}
	for _, arg := range shards.Args {
		if !strings.HasPrefix(arg, "--shard=") && !strings.HasPrefix(arg, "--output=") {
			one = append(one, arg)
		}
	}
	start(one)
	if got, want := digestOfFile(t, filepath.Join(data, "requests.jsonl")), digestOfFile(t, filepath.Join(data, "one.jsonl")); !bytes.Equal(got, want) {
		t.Errorf("the joined file has the SHA-256 %x, and that of one process %x", got, want)
	}
}
