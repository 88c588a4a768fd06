package action

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"mmjsonl/test/program"
)

// payloads are values by which somebody could try to do more than give a value. Neither an environment nor a file's name can have a zero
// byte.
var payloads = map[string]string{
	"new line":         "x\n::error::PWNED",
	"carriage return":  "x\r::add-mask::PWNED",
	"percent":          "x%0A::stop-commands::PWNED%0D%0A",
	"old command":      "##[error]PWNED",
	"hidden old one":   "###[[##[add-path]PWNED",
	"of others":        "##vso[task.setvariable variable=PWNED]1###teamcity[setParameter name='PWNED']",
	"command":          "::set-output name=path::PWNED",
	"command, blanks":  " \t::debug::PWNED",
	"output":           "x\npath=PWNED",
	"heredoc":          "x\n_GitHubActionsFileCommandDelimeter_\npath=PWNED\nz<<_GitHubActionsFileCommandDelimeter_",
	"delimiter":        "_GitHubActionsFileCommandDelimeter_",
	"table":            "a|PWNED|b",
	"backticks":        "`touch PWNED`",
	"fence":            "```\n# PWNED\n```",
	"HTML":             "<img src=x onerror=alert(1)><!--</code></bdi></title><script>PWNED",
	"quotes":           `"'><svg onload=alert(1) x='"PWNED`,
	"Markdown":         "[PWNED](http://h.example) ![x](http://h.example/x) **b** www.evil.example @someone #1",
	"substitution":     "$(touch PWNED)",
	"variable":         "${IFS}$HOME~PWNED",
	"semicolon":        "x;touch PWNED;.jsonl",
	"option":           "--output=PWNED",
	"escape":           "\x1b[2J\x1b]0;PWNED\x07",
	"C1":               "\u009b2J\u0085::error::PWNED",
	"line separators":  "x\u2028::error::PWNED\u2029",
	"bidi":             "\u202ePWNED\u2066\u200f",
	"not UTF-8":        "PWNED\xff\xc3(\xed\xa0\x80",
	"pasted in quotes": `PWNED'"\`,
}

// freeInputs accept any text, or a file's name; the others have values of a kind, and reject all others.
var freeInputs = []string{"prompt", "image-dir", "image-path-prefix", "coco-annotations", "url-list", "image-url-base", "output", "report", "command", "file", "manifest", "runs", "shards", "model", "served-model-name", "job-container"}

// declaredInputs are the names of action.yml's inputs.
func declaredInputs(t *testing.T) []string {
	t.Helper()
	m, err := program.ReadMetadata()
	if err != nil {
		t.Fatal(err)
	}
	return m.InputNames()
}

// codeText is text from outside.
const codeText = "(<code>[^<>|`*_\\[~\\\\$@#:.\\pC]*</code>)"

// The lines that a summary may have, once entities are taken for letters.
var summaryLine = regexp.MustCompile("^(|### .*|\\| input \\| what is wrong \\| what to do \\||\\|---\\|---\\|---\\||\\| " + codeText + "? \\| " + codeText + " \\| " + codeText + "? \\||\\| fact \\| value \\||\\|---\\|---:\\||\\| [a-zA-Z0-9 -]+ \\| ([a-zA-Z0-9. %(),:;_-]+|<code>[^<>|`*_\\[~\\\\$@#:.\\pC]*</code>) \\||" +
	"Next:|    (aiperf profile --model [-a-zA-Z0-9@%+=:,./_]+ --url URL|  --input-file|zstd -d|mmjsonl compare) [-a-zA-Z0-9 @%+=:,./_]*( \\\\)?|    # or (vllm|python -m sglang|guidellm|evalscope)[-a-zA-Z0-9 @%+=:,./_]*|    # where MODEL [-a-zA-Z, ]+|[A-Z][-a-zA-Z(), .]+\\.|- [a-z0-9 :.%(),]+|```mermaid|```|---|config:|  +[a-zA-Z]+:[^|`]*|xychart-beta|    (title|x-axis|y-axis|line) [^|`<]*)$")

// checkStep reads what a step left for the runner: either nothing, or just the outputs and the summary that it always leaves.
func checkStep(t *testing.T, s *program.Step, got program.Result) {
	t.Helper()
	program.CheckLog(t, got, "error|warning")
	outputs := s.Outputs(t)
	m, err := program.ReadMetadata()
	if err != nil {
		t.Fatal(err)
	}
	for name := range outputs {
		if _, declared := m.Outputs[name]; !declared {
			t.Errorf("the output %s was set", name)
		}
	}
	if outputs["path"] == "PWNED" || got.Code == 2 && len(outputs) > 0 {
		t.Errorf("exit code %d, and the outputs are %q", got.Code, outputs)
	}
	checkWords(t, outputs)
	summary := s.Read(t, s.Summary)
	for line := range strings.Lines(regexp.MustCompile(`&#64;<wbr>|<wbr>|&#?[a-z0-9]+;`).ReplaceAllString(summary, "e")) {
		if !summaryLine.MatchString(strings.TrimSuffix(line, "\n")) {
			t.Errorf("the summary has the line %q", line)
		}
	}
	if args := outputs["aiperf-args"]; args != "" {
		var paths []string
		for _, name := range []string{"path", "relative-path"} {
			paths = append(paths, outputs[name], strings.TrimSuffix(outputs[name], ".zst"))
		}
		checkPasted(t, args, paths...)
	}
	err = filepath.WalkDir(filepath.Dir(filepath.Dir(s.Workspace)), func(name string, d fs.DirEntry, err error) error {
		if d.Name() == "PWNED" && !strings.Contains(filepath.Dir(name), "PWNED") {
			t.Errorf("%s was made", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkWords has a shell take each output without quotes: it is one word, not an option, or nothing, and runs nothing.
func checkWords(t *testing.T, outputs map[string]string) {
	t.Helper()
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(outputs)), func(name string) bool { return name == "aiperf-args" || outputs[name] == "" })
	if len(names) == 0 {
		return
	}
	var script, want strings.Builder
	for _, name := range names {
		fmt.Fprintf(&script, "printf '<%%s>' %s\necho\n", outputs[name])
		fmt.Fprintf(&want, "<%s>\n", outputs[name])
		if outputs[name][0] == '-' {
			t.Errorf("the output %s is the option %q", name, outputs[name])
		}
	}
	shell := exec.Command("sh", "-c", script.String())
	shell.Dir = t.TempDir()
	out, err := shell.CombinedOutput()
	entries, dirErr := os.ReadDir(shell.Dir)
	if err != nil || dirErr != nil || string(out) != want.String() || len(entries) > 0 {
		t.Errorf("a shell takes %q for %q, %v, and made %v", want.String(), out, err, entries)
	}
}

// checkPasted has a shell take aiperf-args without quotes: it finds the words that aiperf is to be given, and runs nothing.
func checkPasted(t *testing.T, args string, paths ...string) {
	t.Helper()
	shell := exec.Command("sh", "-c", `printf '%s\n' `+args)
	shell.Dir = t.TempDir()
	out, err := shell.CombinedOutput()
	words := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil || strings.Join(words, " ") != args || len(words) < 6 || len(words)%2 != 0 || words[0] != "--input-file" || !slices.Contains(paths, words[1]) ||
		words[2] != "--custom-dataset-type" || !slices.Contains([]string{"single_turn", "raw_payload"}, words[3]) {
		t.Errorf("a shell takes %q for %q, %v", args, words, err)
	}
	if entries, err := os.ReadDir(shell.Dir); err != nil || len(entries) > 0 {
		t.Errorf("a shell that takes %q makes %v, %v", args, entries, err)
	}
}

// Nothing that an input holds becomes a command of the runner's, an output, a line of the summary or a word of a shell: every input of the
// action with every payload, and the same values as flags, in a script's step.
func TestActionInjection(t *testing.T) {
	t.Parallel()
	for name, payload := range payloads {
		t.Run("others, "+name, func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), "{\"text\":\"a\"}\n")
			var inputs, silent []string
			for _, input := range declaredInputs(t) {
				if !slices.Contains(freeInputs, input) {
					inputs, silent = append(inputs, input+"="+payload), append(silent, input)
				}
			}
			// Every input is read by one of the commands.
			for _, command := range [][]string{{"command=generate"}, {"command=inspect", "file=rows.jsonl"}, {"command=compare", "runs=rows.jsonl"}, {"command=join", "shards=rows.jsonl"}} {
				got := s.Run(t, append(command, inputs...)...)
				silent = slices.DeleteFunc(silent, func(input string) bool {
					return regexp.MustCompile(`(?m)^::error title=Input [^:]*::.*\b` + input + ` "`).MatchString(got.Stdout)
				})
				if got.Code != 2 {
					t.Errorf("%s: exit code %d\n%s%s", command, got.Code, got.Stdout, got.Stderr)
				}
				checkStep(t, s, got)
			}
			if len(silent) > 0 {
				t.Errorf("nothing is said about %q", silent)
			}
		})
		t.Run("flags, "+name, func(t *testing.T) {
			t.Parallel()
			dir, file := t.TempDir(), strings.ReplaceAll(payload, "/", "")
			var all []string
			for _, input := range declaredInputs(t) {
				all = append(all, "--"+input+"="+payload)
			}
			for _, args := range [][]string{
				all,
				{payload, "--" + payload, "-" + payload},
				{"--=" + payload},
				{"inspect", "--" + payload, "--=" + payload, "-" + payload},
				{"inspect", "x", "--cache-images", payload, "--server", payload, "--report", file},
				{"regenerate", "--=" + payload},
				{"-o", "o" + file, "--image-dir", "d" + file, "--report", "r" + file, "--image-path-prefix", "p" + file, "--prompt", payload},
				{"-o", "x", "--image-mode", "http", "--url-list", payload},
				{"-o", "x", "--image-mode", "http", "--coco-annotations", payload},
				{"-o", "x", "--image-mode", "http", "--image-url-base", "http://h.example/" + payload},
			} {
				got := program.Run(t, dir, []string{"INPUT_IMAGE_SIZE=8", "INPUT_NUM_REQUESTS=2", "INPUT_" + payload + "=1"}, args...)
				if got.Code > 2 {
					t.Errorf("%q: exit code %d\n%s%s", args, got.Code, got.Stdout, got.Stderr)
				}
				program.CheckLog(t, got, "")
			}
		})
		for _, input := range freeInputs {
			for form, value := range map[string]string{"alone": payload, "named": "d/n" + payload + ".jsonl"} {
				if form == "named" && input != "output" && input != "report" && input != "image-dir" && input != "file" {
					continue
				}
				t.Run(input+", "+name+", "+form, func(t *testing.T) {
					t.Parallel()
					s := program.NewStep(t)
					inputs := []string{"num-requests=2", "user-text-tokens=2", input + "=" + value}
					switch input {
					case "coco-annotations", "url-list", "image-url-base":
						inputs = append(inputs, "image-mode=http")
					case "file":
						inputs = append(inputs, "command=inspect")
						if form == "named" && !strings.Contains(payload, "/") {
							program.Write(t, filepath.Join(s.Workspace, value), aRow)
						}
					case "model":
						program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), "{\"text\":\"a\"}\n")
						inputs = append(inputs, "command=inspect", "file=rows.jsonl", "server=vllm")
					case "manifest":
						inputs = append(inputs, "command=regenerate")
					case "runs":
						inputs = append(inputs, "command=compare")
					case "shards":
						inputs = append(inputs, "command=join")
					case "served-model-name":
						inputs = append(inputs, "format=raw-payload", "image-mode=datauri", "image-size=2")
					}
					got := s.Run(t, inputs...)
					if got.Code > 2 {
						t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
					}
					checkStep(t, s, got)
				})
			}
		}
	}
}

// Whatever name is taken for the output, a shell reads aiperf-args back as it is; and names of the usual kinds are taken.
func TestAIPerfArgsPasted(t *testing.T) {
	t.Parallel()
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./_-"
	characters := []rune("é\u0085\u00a0\u0131\u2028\u202e／🙂")
	for c := rune(1); c <= 0x7f; c++ {
		characters = append(characters, c)
	}
	for _, c := range characters {
		t.Run(fmt.Sprintf("%#x", c), func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			got := s.Run(t, "num-requests=2", "images-per-request=0", "user-text-tokens=1", "output=a"+string(c)+"b.jsonl")
			if (got.Code == 0) != strings.ContainsRune(safe, c) {
				t.Errorf("exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
			}
			checkStep(t, s, got)
		})
	}
}

// The same of the image folder, and of a file that is inspected.
func TestActionPathsPasted(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"$(touch PWNED)", "a|touch PWNED", "`touch PWNED`", "a b", "a;b", "a&b", "a>PWNED", "a<b", "(a)", "{a,b}", "*", "a?", "[ab]", "~", "~root", "a'b", `a"b`,
		`a\b`, "#a", "!a", "a^b", "é", "a\tb", "$HOME", "-rf", "--help", "a=b", "a,b", "+a", "%a", "@a", "..a", ".a"} {
		safe := !strings.ContainsAny(name, "$|` ;&><(){}*?[]~'\"\\#!^é\t")
		for _, inputs := range [][]string{
			{"image-dir=" + name}, {"image-dir=d/" + name}, {"output=" + name + "/x.jsonl"}, {"output=d/" + name}, {"output=x.jsonl", "image-dir=" + name + "/d"},
			{"command=inspect", "file=" + name}, {"command=inspect", "file=d/" + name}, {"command=inspect", "file=./d/../" + name},
		} {
			s := program.NewStep(t)
			if inputs[0] == "command=inspect" {
				program.Write(t, filepath.Join(s.Workspace, "d", "y"), aRow)
				program.Write(t, filepath.Join(s.Workspace, strings.TrimPrefix(inputs[1], "file=")), aRow)
			}
			before := program.Snapshot(t, s.Workspace)
			got := s.Run(t, append(inputs, "num-requests=2", "user-text-tokens=1")...)
			if safe && got.Code != 0 || !safe && got.Code != 2 {
				t.Errorf("%q: exit code %d\n%s%s", inputs, got.Code, got.Stdout, got.Stderr)
			}
			if after := program.Snapshot(t, s.Workspace); !safe && after != before {
				t.Errorf("%q: something was made:\n%s", inputs, after)
			}
			checkStep(t, s, got)
		}
	}
}

// Where the workspace itself has a name that would have to be quoted, paths are relative, and even then neither an option nor nothing.
func TestAIPerfArgsInStrangeWorkspace(t *testing.T) {
	t.Parallel()
	for _, output := range []string{"x.jsonl", "-x.jsonl", "--url=x", ".zst", "x.jsonl.zst", "d/.zst", "..x", "d/-x"} {
		s := program.NewStep(t)
		s.Workspace = filepath.Join(s.Workspace, "a b;$(touch PWNED)")
		if err := os.Mkdir(s.Workspace, 0o777); err != nil {
			t.Fatal(err)
		}
		s.Env = append(s.Env, "GITHUB_WORKSPACE="+s.Workspace)
		got := s.Run(t, "num-requests=2", "output="+output)
		if got.Code != 0 {
			t.Fatalf("%s: exit code %d\n%s%s", output, got.Code, got.Stdout, got.Stderr)
		}
		checkStep(t, s, got)
		outputs := s.Outputs(t)
		for _, name := range []string{"path", "container-path", "relative-path", "manifest", "image-dir"} {
			if _, err := os.Stat(filepath.Join(s.Workspace, outputs[name])); err != nil || outputs[name] == "" {
				t.Errorf("%s: the output %s, %q, does not lead anywhere from the workspace: %v", output, name, outputs[name], err)
			}
		}
		words := strings.Split(outputs["aiperf-args"], " ")
		if len(words) != 10 || words[1] == "" || words[1][0] == '-' {
			t.Errorf("%s: the words %q", output, words)
		}
		checkPasted(t, outputs["aiperf-args"], strings.TrimSuffix(output, ".zst"), "./"+strings.TrimSuffix(output, ".zst"))
	}
}

// The same of what is in files: their names, rows, URLs, names in a zip, and manifests.
func TestActionInjectionByFiles(t *testing.T) {
	t.Parallel()
	for name, payload := range payloads {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := program.NewStep(t)
			fileName := "f" + strings.ReplaceAll(payload, "/", "") + ".jsonl"
			quoted := func(text string) string {
				b, err := json.Marshal(text)
				if err != nil {
					t.Fatal(err)
				}
				return string(b)
			}
			p := quoted(payload)
			rows := fmt.Sprintf(`{"text":"a","images":[%[1]s,"b"],"session_id":%[1]s,%[2]s:1}
{"text":%[1]s,"images":[%[1]s]}
{"images":[{"contents":[%[1]s],"uuids":[%[1]s],%[2]s:{}}],"extra":{%[2]s:%[1]s}}
{"image_uuids":[%[1]s]}
`, p, quoted(payload+"key"))
			bad := fmt.Sprintf("{%[1]s:1}\n{\"type\":%[1]s,\"text\":\"a\"}\n%[2]s\n{\"text\":%[2]s\n{\"output_length\":%[1]s,\"text\":\"a\"}\n{\"images\":[%[3]s]}\n",
				p, payload, quoted("file:///"+payload))
			program.Write(t, filepath.Join(s.Workspace, fileName), rows)
			program.Write(t, filepath.Join(s.Workspace, "bad "+fileName), rows+bad)
			program.Write(t, filepath.Join(s.Workspace, "rows.jsonl"), rows)
			program.Write(t, filepath.Join(s.Workspace, "bad.jsonl"), rows+bad)
			program.Write(t, filepath.Join(s.Workspace, "list.txt"), "http://h.example/"+payload+"\nhttp://h.example/b\n")
			program.Write(t, filepath.Join(s.Workspace, "coco.json"), fmt.Sprintf(`{"images":[{"id":%[1]s,"file_name":%[1]s,"coco_url":%[2]s},{"coco_url":"http://h.example/b"}],%[1]s:[]}`, p, quoted("http://h.example/"+payload)))
			program.Write(t, filepath.Join(s.Workspace, "two.zip"), string(program.Zip(map[string][]byte{payload + ".json": nil, "b" + payload + ".json": nil})))
			program.Write(t, filepath.Join(s.Workspace, "none.zip"), string(program.Zip(map[string][]byte{payload: nil})))
			program.Write(t, filepath.Join(s.Workspace, "one.zip"), string(program.Zip(map[string][]byte{payload + ".json": []byte("{" + payload)})))

			// The action. Each run has the runner's files to itself.
			for _, inputs := range [][]string{
				{"command=inspect", "file=rows.jsonl", "cache-images=1,2", "report=page.html"},
				{"command=inspect", "file=bad.jsonl"},
				{"command=inspect", "file=" + fileName, "report=none.html"},
				{"command=inspect", "file=bad " + fileName},
				{"image-mode=http", "url-list=list.txt"},
				{"image-mode=http", "url-list=" + fileName},
				{"image-mode=http", "coco-annotations=coco.json"},
				{"image-mode=http", "coco-annotations=two.zip"},
				{"image-mode=http", "coco-annotations=none.zip"},
				{"image-mode=http", "coco-annotations=one.zip"},
			} {
				program.Write(t, s.Output, "")
				program.Write(t, s.Summary, "")
				got := s.Run(t, append([]string{"num-requests=3", "images-per-request=1", "images-pool=2", "user-text-tokens=2", "output=out.jsonl"}, inputs...)...)
				if got.Code > 2 {
					t.Errorf("%q: exit code %d\n%s%s", inputs, got.Code, got.Stdout, got.Stderr)
				}
				checkStep(t, s, got)
			}
			if page, err := os.ReadFile(filepath.Join(s.Workspace, "page.html")); err != nil || strings.Contains(string(page), "<img src=x") || strings.Contains(string(page), "<svg onload") || strings.Contains(string(page), "<script>P") {
				t.Errorf("the page, %v, has what it was given: %s", err, page)
			}

			// The command line, in a script's step.
			dir := s.Workspace
			for _, args := range [][]string{
				{"inspect", "--", fileName, "bad " + fileName, "no " + fileName},
				{"inspect", "--json", "--", fileName, "bad " + fileName},
				{"inspect", "--report", "page " + fileName, "--", fileName},
				{"-n", "2", "--image-size", "8", "-o", "out " + fileName, "--image-dir", "pics " + fileName},
				{"regenerate", "--", "out " + fileName + ".manifest.json"},
				{"regenerate", "--", fileName},
				{"regenerate", "m.json", "-o", "again.jsonl"},
				{"regenerate", "n.json"},
			} {
				if args[len(args)-1] == "again.jsonl" {
					// A manifest of somebody else's, with a payload wherever there can be one.
					program.Succeed(t, dir, nil, "-n", "2", "--image-size", "8", "-o", "x.jsonl")
					text := s.Read(t, filepath.Join(dir, "x.jsonl.manifest.json"))
					program.Write(t, filepath.Join(dir, "m.json"), regexp.MustCompile(`"(mmjsonl|sha256|crc32s_sha256)": "[^"]{6,}"`).ReplaceAllStringFunc(text, func(field string) string {
						key, _, _ := strings.Cut(field, ":")
						return key + ": " + p
					}))
					program.Write(t, filepath.Join(dir, "n.json"), fmt.Sprintf(`{"format":1,"inputs":{%[1]s:%[1]s,"seed":%[1]s},"file":{"name":%[1]s}}`, p))
				}
				got := program.Run(t, dir, nil, args...)
				if got.Code > 2 || args[0] == "regenerate" && strings.HasPrefix(args[1], "m") && got.Code != 1 {
					t.Errorf("%q: exit code %d\n%s%s", args, got.Code, got.Stdout, got.Stderr)
				}
				program.CheckLog(t, got, "")
				if args[1] == "--json" {
					var document struct {
						Files []struct {
							Popularity struct{ Top []struct{ Name string } }
						}
					}
					if err := json.Unmarshal([]byte(got.Stdout), &document); err != nil || len(document.Files) != 2 || utf8.ValidString(payload) && document.Files[0].Popularity.Top[0].Name != payload && len(payload) < 60 {
						t.Errorf("the JSON does not say %q: %v\n%s", payload, err, got.Stdout)
					}
				}
			}
			checkStep(t, s, program.Result{})
		})
	}
}
