package tokenizer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileName is what a tokenizer's file is called in a model's folder.
const fileName = "tokenizer.json"

// ReadFile reads a tokenizer.json, which may be in a folder of the name.
func ReadFile(name string, open func(name string) (*os.File, error)) ([]byte, error) {
	f, err := open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		inside, err := open(filepath.Join(name, fileName))
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil, fmt.Errorf("the folder has no %s", fileName)
			}
			return nil, err
		}
		defer inside.Close()
		f = inside
	}
	var data bytes.Buffer
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		data.Grow(int(min(info.Size(), MostBytes)) + bytes.MinRead) // so that it is not copied as it grows
	}
	if _, err := data.ReadFrom(io.LimitReader(f, MostBytes+1)); err != nil {
		return nil, err
	}
	if data.Len() > MostBytes {
		return nil, fmt.Errorf("it has more than %d bytes", MostBytes)
	}
	return data.Bytes(), nil
}
