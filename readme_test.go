package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// readmeBlocks returns the README's fenced blocks of a language.
func readmeBlocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		blocks = append(blocks, m[1])
	}
	return blocks
}

// Every command of the README is run: those of the program here, with small images, and the others by the end-to-end tests.
func TestREADMECommands(t *testing.T) {
	t.Parallel()
	// What other tests run: this one's own command, the container, and aiperf.
	elsewhere := regexp.MustCompile(`^(go (run \.|test)|docker (build|run)|aiperf )`)
	ran := 0
	for _, block := range readmeBlocks(t, "sh") {
		if elsewhere.MatchString(block) {
			continue
		}
		if !strings.Contains(block, "mmjsonl ") {
			t.Errorf("nothing runs the README's block\n%s", block)
			continue
		}
		ran++
		t.Run(strings.TrimSpace(block)[:min(40, len(strings.TrimSpace(block)))], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env, _, _ := proxy(t, serve(cocoZip(2000)))
			mustWrite(t, filepath.Join(dir, "instances.zip"), string(zipOf(map[string][]byte{"instances.json": cocoJSON(300, 0)})))
			var urls strings.Builder
			for i := range 300 {
				urls.WriteString(cocoURL(i) + "\n")
			}
			mustWrite(t, filepath.Join(dir, "urls.txt"), urls.String())
			succeed(t, dir, nil, "-n", "20", "--images-pool", "30", "--image-size", "2", "-o", "requests.jsonl")

			cmd := exec.CommandContext(t.Context(), "sh", "-eu", "-c", block)
			cmd.Dir = dir
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=/no-home", "INPUT_IMAGE_SIZE=2", "INPUT_USER_TEXT_TOKENS=3"}, env...)
			if strings.Contains(block, "regenerate") {
				cmd.Env = cmd.Env[:2]
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if ran < 5 {
		t.Errorf("only %d blocks were run", ran)
	}
}

// The README's workflow is part of the example that is run, line by line.
func TestREADMEWorkflowIsTheExample(t *testing.T) {
	t.Parallel()
	example, err := os.ReadFile(".github/workflows/example.yml")
	if err != nil {
		t.Fatal(err)
	}
	blocks := readmeBlocks(t, "yaml")
	if len(blocks) == 0 {
		t.Fatal("the README shows no workflow")
	}
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	for _, block := range blocks {
		// Elsewhere the action is named by its repository.
		if !strings.Contains(squeeze(string(example)), squeeze(strings.ReplaceAll(block, "OWNER/REPOSITORY@v1", "./"))) {
			t.Errorf("the example workflow does not have\n%s", block)
		}
	}
}
