package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// program is what the program is called, whatever the repository's name.
const program = "mmjsonl"

// An address is where a repository is at home, in three forms.
type address struct {
	module string // github.com/OWNER/NAME
	action string // OWNER/NAME
	image  string // ghcr.io/owner/name
}

// nowhere is what a repository says of its address before it has one.
var nowhere = address{module: "mmjsonl", action: "OWNER/REPOSITORY", image: "ghcr.io/OWNER/REPOSITORY"}

// A registry allows no separator at either end of a name, and few of them in a row.
var (
	addressForm = regexp.MustCompile(`^github\.com/([A-Za-z0-9]+(?:(?:_|__|-+)[A-Za-z0-9]+)*)/([A-Za-z0-9]+(?:(?:[._]|__|-+)[A-Za-z0-9]+)*)$`)
	majorSuffix = regexp.MustCompile(`^v[0-9]+$`)
)

// names are the forms in which texts name the repository, and its owner's tap of Homebrew. For each address they are in the same order.
func (a address) names() []string {
	owner, _, _ := strings.Cut(a.action, "/")
	return []string{a.action, a.image, owner + "/tap", owner + "/homebrew-tap"}
}

// parse reads an address as it is typed.
func parse(typed string) (address, error) {
	names := addressForm.FindStringSubmatch(typed)
	refuse := func(why string) (address, error) { return address{}, fmt.Errorf("address %q %s", typed, why) }
	switch {
	case names == nil:
		return refuse("does not have the form github.com/OWNER/NAME: leave https:// and anything behind NAME out")
	case strings.HasSuffix(names[2], ".git"):
		return refuse("ends in .git: leave that out")
	case majorSuffix.MatchString(names[2]):
		return refuse("ends in what Go reads as a major version: give the repository another name")
	case names[1] == "OWNER":
		return refuse("is the example: give the owner and the name of the repository on GitHub")
	}
	action := names[1] + "/" + names[2]
	return address{typed, action, "ghcr.io/" + strings.ToLower(action)}, nil
}

// current returns the address that the repository in the folder root has.
func current(root string) (address, error) {
	gomod := filepath.Join(root, "go.mod")
	out, err := exec.Command("go", "mod", "edit", "-json", gomod).Output()
	if err != nil {
		return address{}, fmt.Errorf("failed to read %q: %w: run this in the repository's top folder", gomod, err)
	}
	var file struct{ Module struct{ Path string } }
	if err := json.Unmarshal(out, &file); err != nil {
		return address{}, fmt.Errorf("failed to read %q: %w", gomod, err)
	}
	if file.Module.Path == nowhere.module {
		return nowhere, nil
	}
	a, err := parse(file.Module.Path)
	if err != nil {
		return address{}, fmt.Errorf("%s has a module path that this command did not write: %w", gomod, err)
	}
	return a, nil
}
