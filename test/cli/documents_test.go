package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// Every command of the documents is run: those of the program here, with small images, and the others by the end-to-end tests.
func TestDocumentedCommands(t *testing.T) {
	t.Parallel()
	// What other tests run: this one's own command, the container, aiperf, the wheel, and the server, which does not end.
	elsewhere := regexp.MustCompile(`^(go (run \.|test)|docker (build|run)|aiperf |uvx mmjsonl|mmjsonl serve )`)
	ran := 0
	var blocks []string
	for _, document := range program.Documents(t) {
		if document == "README.md" || strings.HasPrefix(document, "docs/") {
			blocks = append(blocks, program.Blocks(t, document, "sh")...)
		}
	}
	for _, block := range blocks {
		if elsewhere.MatchString(block) {
			continue
		}
		if !strings.Contains(block, "mmjsonl ") {
			t.Errorf("nothing runs the documents' block\n%s", block)
			continue
		}
		ran++
		t.Run(strings.TrimSpace(block)[:min(40, len(strings.TrimSpace(block)))], func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			env, _, _ := program.Archive(t, program.Serve(program.COCOZip(2000)))
			program.Write(t, filepath.Join(dir, "instances.zip"), string(program.Zip(map[string][]byte{"instances.json": program.COCO(300, 0)})))
			var urls strings.Builder
			for i := range 300 {
				urls.WriteString(program.COCOURL(i) + "\n")
			}
			program.Write(t, filepath.Join(dir, "urls.txt"), urls.String())
			if err := os.CopyFS(filepath.Join(dir, "Qwen3-VL-30B-A3B"), os.DirFS("../../internal/model/testdata/qwen3_moe")); err != nil {
				t.Fatal(err)
			}
			tokenizer, err := os.ReadFile("../../internal/tokenizer/testdata/qwen.json")
			if err != nil {
				t.Fatal(err)
			}
			program.Write(t, filepath.Join(dir, "Qwen3-VL-30B-A3B", "tokenizer.json"), string(tokenizer))
			program.Succeed(t, dir, nil, "-n", "20", "--images-pool", "30", "--image-size", "2", "-o", "requests.jsonl")

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

// The commands that make each of two caches hit print the figures that stand beneath them.
func TestDocumentedCombinations(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/experiments.md")
	if err != nil {
		t.Fatal(err)
	}
	figures := regexp.MustCompile(`(?m)^\| `+"`([a-z]+)`"+` \| ([\d,]+) \| (\d+) \|$`).FindAllStringSubmatch(string(document), -1)
	if len(figures) != 4 {
		t.Fatalf("%d combinations of caches, want 4", len(figures))
	}
	dir := t.TempDir()
	for _, figure := range figures {
		name, prefix, images := figure[1], figure[2], figure[3]
		command := regexp.MustCompile(`(?m)^mmjsonl (.* -o ` + name + `\.jsonl)$`).FindStringSubmatch(string(document))
		if command == nil {
			t.Fatalf("no command makes %s.jsonl", name)
		}
		got := program.Succeed(t, dir, nil, strings.Fields(command[1])...)
		if got.Stderr != "" {
			t.Errorf("%s: %s", name, got.Stderr)
		}
		if has := strings.Contains(got.Stdout, "prefix cache          "+prefix+" tokens\n"); has != (prefix != "0") {
			t.Errorf("%s: hits of the prefix cache are not %s:\n%s", name, prefix, got.Stdout)
		}
		if has := strings.Contains(got.Stdout, "("+images+" of 900 slots"); has != (images != "0") {
			t.Errorf("%s: hits of images are not %s:\n%s", name, images, got.Stdout)
		}
	}
}
