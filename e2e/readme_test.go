//go:build e2e

package e2e

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestREADME does what the README says first: its three commands, as they are there, with the server that it names. The last one has to print
// what the README shows.
func TestREADME(t *testing.T) {
	defer timed("9 README")()
	bin, tools, dir := buildProgram(t), tool(t, aiperf), t.TempDir()
	tokenizer := filepath.Join(t.TempDir(), "tokenizer")
	mustRun(t, root, filepath.Join(tools, "python"), "e2e/tokenizer.py", tokenizer)
	url := startTryServer(t, filepath.Join(tools, "python"))

	readme := string(must(os.ReadFile(filepath.Join(root, "README.md")))(t))
	block := regexp.MustCompile("(?s)```console\n(.*?)```").FindStringSubmatch(readme)
	if block == nil {
		t.Fatal("the README shows no commands")
	}
	var script, shown strings.Builder
	goesOn := false
	for line := range strings.Lines(block[1]) {
		switch command, isCommand := strings.CutPrefix(line, "$ "); {
		case isCommand:
			script.WriteString(command)
			goesOn = strings.HasSuffix(line, "\\\n")
		case goesOn:
			script.WriteString(line)
			goesOn = strings.HasSuffix(line, "\\\n")
		default:
			shown.WriteString(line)
		}
	}
	commands := strings.NewReplacer("--model MODEL", "--model mock", "--url URL", "--url "+url,
		"aiperf profile ", "aiperf profile --ui none --tokenizer "+tokenizer+" ").Replace(script.String()) // no network is needed for that one
	cmd := exec.CommandContext(t.Context(), "sh", "-euc", commands)
	temp := must(os.MkdirTemp("", "aiperf"))(t) // aiperf makes sockets there, whose paths must be short
	t.Cleanup(func() { os.RemoveAll(temp) })
	cmd.Dir, cmd.Env = dir, cleanEnv("PATH="+bin+":"+tools+":"+os.Getenv("PATH"), "TMPDIR="+temp)
	out, err := cmd.CombinedOutput()
	if err != nil || shown.Len() == 0 || !strings.Contains(string(out), shown.String()) {
		t.Errorf("%v; the README shows %q\n%s\n%s", err, shown.String(), commands, tail(out))
	}
}

// startTryServer starts docs/try_server.py, and returns its URL.
func startTryServer(t *testing.T, python string) string {
	t.Helper()
	server := exec.Command(python, filepath.Join(root, "docs", "try_server.py"), "--port", "0")
	out := must(server.StdoutPipe())(t)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Process.Kill()
		server.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}
