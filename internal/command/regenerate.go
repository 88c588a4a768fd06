package command

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"mmjsonl/generator"
	"mmjsonl/internal/inputs"
	"mmjsonl/internal/manifest"
	"mmjsonl/internal/problem"
)

// regenerate makes a manifest's file again, and fails unless it comes out the same.
func (r *run) regenerate(ctx context.Context, args []string) error {
	flags := pflag.NewFlagSet("regenerate", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.SortFlags = false
	output := flags.StringP("output", "o", "", "`FILE` to write; by default the name in the manifest, in this folder, unless another file has it")
	dir := flags.String("image-dir", "", "`DIR`, the folder of generated images; by default a folder beside the output")
	annotations := flags.String("coco-annotations", "", "`FILE` where the COCO annotations are now")
	list := flags.String("url-list", "", "`FILE` where the list of URLs is now")
	local := flags.Bool("allow-local-urls", false, "as an action, let the COCO annotations be a URL of this machine or its neighbourhood")
	quiet := flags.Bool("quiet", false, "show no progress")

	switch err := flags.Parse(args); {
	case errors.Is(err, pflag.ErrHelp):
		_, err := fmt.Fprintf(r.process.Stdout, `mmjsonl regenerate makes the file of a manifest again, byte for byte, and fails if it comes out otherwise.

Usage: mmjsonl regenerate MANIFEST [flags]

The rows name images as they did when the manifest was written, wherever the images are made now.

%s`, flags.FlagUsagesWrapped(100))
		return err
	case err != nil:
		return problem.List{problem.New("", "%s: see mmjsonl regenerate --help", err)}
	case flags.NArg() != 1:
		return problem.List{problem.New("", "regenerate takes one manifest, not %d: see mmjsonl regenerate --help", flags.NArg())}
	}
	path := flags.Arg(0)
	m, err := manifest.Read(path)
	if err != nil {
		var fault *fs.PathError
		if errors.As(err, &fault) {
			err = fmt.Errorf("%w: give the name of a manifest that is there", fault.Err)
		}
		return problem.List{problem.New("", "the manifest %q cannot be read: %s", path, err)}
	}
	if *output == "" {
		if err := checkName(m.File, path); err != nil {
			return problem.List{problem.New("", "the manifest %q calls its file %.100q, which %s: give --output", path, m.File.Name, err)}
		}
		*output = m.File.Name
	}
	if manifestInfo, err := os.Stat(path); err == nil {
		if outputInfo, err := os.Stat(*output); err == nil && os.SameFile(manifestInfo, outputInfo) {
			return problem.List{problem.New("", "--output %q is the manifest itself: give another name", *output)}
		}
	}
	m.Inputs["output"] = *output
	m.Inputs["allow-local-urls"] = strconv.FormatBool(*local)
	for name, value := range map[string]string{"image-dir": *dir, "coco-annotations": *annotations, "url-list": *list} {
		if value != "" {
			m.Inputs[name] = value
		}
	}
	read, err := inputs.From(ctx, m.Arguments(), nil, false)
	if err != nil {
		return err
	}
	read.Quiet = *quiet
	return r.generate(ctx, read, m)
}

// checkName returns what stands against writing a manifest's file under the name that the manifest gives. A manifest may be somebody else's,
// and must not lead to the loss of a file, or to one that another program reads, like a shell's start-up file.
func checkName(file manifest.File, path string) error {
	plain := generator.CompressionZstd.Decompressed(generator.CompressionGzip.Decompressed(file.Name))
	if strings.HasPrefix(plain, ".") || !strings.HasSuffix(plain, ".jsonl") {
		return errors.New("does not end in .jsonl, .jsonl.gz or .jsonl.zst, or begins with a dot")
	}
	from, err := os.Stat(path)
	if err != nil {
		return err
	}
	if other, err := os.Stat(file.Name + generator.ManifestSuffix); err == nil && !os.SameFile(other, from) {
		return errors.New("has another manifest here")
	}
	info, err := os.Lstat(file.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	// One that is the very file already may be made again.
	if err != nil || !info.Mode().IsRegular() || info.Size() != file.Bytes || file.SHA256 == "" || digestOf(file.Name) != file.SHA256 {
		return errors.New("is there already, and is not the manifest's")
	}
	return nil
}

// digestOf returns a file's SHA-256 in hexadecimal, or "" if it cannot be read.
func digestOf(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, f); err != nil {
		return ""
	}
	return hex.EncodeToString(digest.Sum(nil))
}
