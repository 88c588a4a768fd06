package repository

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mmjsonl/test/program"
)

// kinds are the licences that the program may be under, by a sentence of their text.
var kinds = []struct{ name, sentence string }{
	{"Apache-2.0", "Apache License Version 2.0"},
	{"MPL-2.0", "Mozilla Public License, version 2.0"},
	{"MIT", "Permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"BSD", "Redistribution and use in source and binary forms, with or without modification, are permitted"},
}

var licenseFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice)([-.].*)?$`)

// module is one whose packages are linked into the program.
type module struct {
	dir      string
	packages []string // their folders
}

// linked returns the modules of the image's program by path.
func linked(t *testing.T) map[string]module {
	t.Helper()
	const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}"
	cmd := exec.Command("go", "list", "-deps", "-f", format, ".")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH=amd64", "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]module{}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Split(strings.TrimSpace(line), "\t"); len(fields) == 3 {
			modules[fields[0]] = module{fields[1], append(modules[fields[0]].packages, fields[2])}
		}
	}
	if len(modules) == 0 {
		t.Fatal("found no module")
	}
	return modules
}

// licenses returns the licences of a module: those in the folders of the packages in use and above them, up to the module's.
func (m module) licenses(t *testing.T) (texts, names []string) {
	t.Helper()
	seen := map[string]bool{}
	for _, dir := range m.packages {
		for ; len(dir) >= len(m.dir) && !seen[dir]; dir = filepath.Dir(dir) {
			seen[dir] = true
			entries, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, entry := range entries {
				if entry.IsDir() || !licenseFile.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
					continue
				}
				text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
				if err != nil {
					t.Fatal(err)
				}
				words := strings.Join(strings.Fields(string(text)), " ")
				for _, kind := range kinds {
					if strings.Contains(strings.ToLower(words), strings.ToLower(kind.sentence)) && !slices.Contains(names, kind.name) {
						names = append(names, kind.name)
					}
				}
				texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n"))+"\n")
			}
		}
	}
	slices.Sort(texts)
	slices.Sort(names)
	return slices.Compact(texts), names
}

// A file has the licences of everything that is linked into the program. The container image holds it as well.
func TestThirdPartyLicenses(t *testing.T) {
	t.Parallel()
	modules := linked(t)
	var table, texts strings.Builder
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		found, names := modules[path].licenses(t)
		if len(names) == 0 {
			t.Errorf("%s: found none of the licences that the program may be under", path)
		}
		fmt.Fprintf(&table, "%s: %s\n", path, strings.Join(names, ", "))
		for _, text := range found {
			fmt.Fprintf(&texts, "\n%s\n%s\n\n%s", strings.Repeat("=", 100), path, text)
		}
	}
	want := "What is linked into mmjsonl, beside Go and its standard library, which are under the licence of golang.org/x/sys. The source of\n" +
		"each module is found by its name; go.mod has the versions.\n\n" + table.String() + texts.String()

	const file = root + "/THIRD_PARTY_LICENSES"
	if *update {
		program.Write(t, file, want)
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not what go.mod says: run go test ./test/repository -run ThirdParty -update", file)
	}
}

// Every module that go.mod asks for has its reason where contributors look.
func TestDependencyReasons(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &file); err != nil || len(file.Require) == 0 {
		t.Fatalf("found no module in go.mod: %v", err)
	}
	reasons, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range file.Require {
		if !module.Indirect && !strings.Contains(string(reasons), "`"+strings.TrimPrefix(module.Path, "github.com/")+"`") {
			t.Errorf("CONTRIBUTING.md does not say why %s is there", module.Path)
		}
	}
}

// In go.mod the modules that are imported are in one block, those they need in another: go mod tidy leaves a module where it once was.
func TestDependencyBlocks(t *testing.T) {
	t.Parallel()
	gomod, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := strings.Split(string(gomod), "\nrequire ")[1:]
	if len(blocks) != 2 {
		t.Errorf("go.mod has %d requirements, want 2 blocks", len(blocks))
	}
	for i, block := range blocks {
		block, _, _ = strings.Cut(block, "\n)")
		for line := range strings.Lines(strings.TrimPrefix(block, "(\n")) {
			if strings.HasSuffix(strings.TrimSpace(line), "// indirect") != (i > 0) {
				t.Errorf("go.mod has %q among the others of block %d", strings.TrimSpace(line), i+1)
			}
		}
	}
}

// The container image holds the licences.
func TestImageHoldsLicenses(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "Dockerfile"))
	if err != nil {
		t.Fatal(err)
	}
	_, image, _ := strings.Cut(string(text), "FROM busybox")
	for _, file := range []string{"LICENSE", "THIRD_PARTY_LICENSES"} {
		copied := false
		for line := range strings.Lines(image) {
			copied = copied || strings.HasPrefix(line, "COPY ") && slices.Contains(strings.Fields(line), file)
		}
		if !copied {
			t.Errorf("the Dockerfile does not copy %s into the container image", file)
		}
	}
}
