package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzRead reads folders that say anything. One that is taken makes tokens of every image it takes, and no number of them is absurd; what is
// wrong with another is one line.
func FuzzRead(f *testing.F) {
	folders, err := filepath.Glob("testdata/*/config.json")
	if err != nil || len(folders) < 5 {
		f.Fatal(folders, err)
	}
	for _, name := range folders {
		config, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		preprocessor, err := os.ReadFile(filepath.Join(filepath.Dir(name), preprocessorFile))
		if os.IsNotExist(err) {
			continue
		}
		f.Add(config, preprocessor, uint16(511), uint16(299))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, config, preprocessor []byte, width, height uint16) {
		for name, content := range map[string][]byte{configFile: config, preprocessorFile: preprocessor} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		m, err := Read(os.DirFS(dir))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 2000 {
				t.Errorf("%q", err)
			}
			return
		}
		image, err := m.Image(int64(width)+1, int64(height)+1)
		if err != nil {
			return
		}
		const most = 1 << 50
		if image.Tokens < 1 || image.Values < 1 || image.Tokens > most || image.Values > most || m.EmbeddingBytes(image.Tokens) < 0 {
			t.Errorf("%dx%d becomes %+v", int(width)+1, int(height)+1, image)
		}
	})
}
