package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// own is this command's folder: the addresses in it are examples.
const own = "internal/home"

// leftOut are folders without texts of the repository: its history, and what a release is made into.
var leftOut = []string{".git", "build", "dist", own}

// mayHold matches the names of files that may hold an address.
var mayHold = regexp.MustCompile(`^[^.]+$|\.(?:go|html|md|mod|py|sh|toml|txtar|ya?ml)$`)

// A change is to a file's content.
type change struct {
	path        string
	old, wanted []byte
	mode        fs.FileMode
}

// plan returns what changes in the folder root when its address does. It writes nothing.
func plan(root string, before, next address) (changes []change, err error) {
	var problems []error
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if name = filepath.ToSlash(name); entry.IsDir() && slices.Contains(leftOut, name) {
			return fs.SkipDir
		}
		if !entry.Type().IsRegular() || !mayHold.MatchString(entry.Name()) {
			return nil
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if before != next {
			for _, at := range mentions(string(text), next.action, next.image) {
				problems = append(problems, fmt.Errorf("%s:%d mentions %s already, which could not be told apart from this repository's address "+
					"afterwards: choose another name; if an earlier run was interrupted, run git restore . first",
					name, 1+bytes.Count(text[:at[0]], []byte("\n")), text[at[0]:at[1]]))
			}
		}
		wanted, err := moved(path, text, before, next)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, err))
		} else if !bytes.Equal(wanted, text) {
			changes = append(changes, change{path, text, wanted, info.Mode().Perm()})
		}
		return nil
	})
	return changes, errors.Join(append(problems, err)...)
}

// moved returns a file's text with the address next in place of the one before, and wherever it still says that there is none.
func moved(path string, text []byte, before, next address) ([]byte, error) {
	if filepath.Base(path) == "go.mod" {
		out, err := exec.Command("go", "mod", "edit", "-module="+next.module, "-print", path).Output()
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			err = errors.New(strings.TrimSpace(string(exit.Stderr)))
		}
		return out, err
	}
	names := map[string]string{}
	for _, old := range []address{before, nowhere} {
		for i, name := range old.names() {
			names[name] = next.names()[i]
		}
	}
	renamed := replaced(string(text), names)
	if !strings.HasSuffix(path, ".go") {
		return []byte(renamed), nil
	}
	// Without an address, the module's name is the program's too, so only imports are the module.
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, path, renamed, parser.ImportsOnly)
	if err != nil {
		return nil, err
	}
	var out strings.Builder
	end := 0
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		rest, inside := strings.CutPrefix(name, nowhere.module)
		if !inside || rest != "" && rest[0] != '/' {
			continue
		}
		at := positions.Position(spec.Path.Pos()).Offset
		out.WriteString(renamed[end:at] + strconv.Quote(next.module+rest))
		end = at + len(spec.Path.Value)
	}
	out.WriteString(renamed[end:])
	if out.String() == string(text) {
		return text, nil
	}
	return format.Source([]byte(out.String())) // sorts the imports
}

// mentions returns where a text has one of the names, not as a part of a longer name.
func mentions(text string, names ...string) (found [][]int) {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	one := regexp.MustCompile(strings.Join(quoted, "|"))
	inName := regexp.MustCompile(`^[A-Za-z0-9_-]`)
	for _, at := range one.FindAllStringIndex(text, -1) {
		if !inName.MatchString(text[at[1]:]) && (at[0] == 0 || !inName.MatchString(text[at[0]-1:])) {
			found = append(found, at)
		}
	}
	return found
}

// replaced returns a text with each of the names replaced by another.
func replaced(text string, names map[string]string) string {
	var keys []string
	for name := range names {
		keys = append(keys, name)
	}
	var out strings.Builder
	end := 0
	for _, at := range mentions(text, keys...) {
		out.WriteString(text[end:at[0]] + names[text[at[0]:at[1]]])
		end = at[1]
	}
	return out.String() + text[end:]
}

// write makes the changes, all of them or none: files are replaced when the new ones are all on the disk.
func write(changes []change) error {
	var temporary []string
	defer func() {
		for _, name := range temporary {
			os.Remove(name)
		}
	}()
	for _, c := range changes {
		file, err := os.CreateTemp(filepath.Dir(c.path), ".home-")
		if err != nil {
			return err
		}
		temporary = append(temporary, file.Name())
		_, err = file.Write(c.wanted)
		if err := errors.Join(err, file.Chmod(c.mode), file.Close()); err != nil {
			return fmt.Errorf("failed to write %q: %w", c.path, err)
		}
	}
	for i, c := range changes {
		if err := os.Rename(temporary[i], c.path); err != nil {
			err = fmt.Errorf("failed to replace %q, so nothing is changed: %w", c.path, err)
			for _, done := range changes[:i] {
				if undo := os.WriteFile(done.path, done.old, done.mode); undo != nil {
					err = errors.Join(err, fmt.Errorf("but this file is: run git restore .: %w", undo))
				}
			}
			return err
		}
	}
	return nil
}
