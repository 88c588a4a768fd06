package generator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"mmjsonl/internal/files"
	"mmjsonl/internal/media"
)

// eights are images of 8 × 8 pixels.
func eights(seed int) media.Source {
	return media.Noise{Seed: uint64(seed), Size: media.Size{Width: 8, Height: 8}}
}

func claim(p *Plan) error {
	folder, _, err := p.claim()
	if err == nil {
		err = folder.Close()
	}
	return err
}

// Of runs that put different images into one folder at the same moment only those of one set go on, and their mark stands there.
func TestClaimsAtTheSameMoment(t *testing.T) {
	t.Parallel()
	const sets, each = 2, 3
	dir := t.TempDir()
	for round := range 200 {
		folder := filepath.Join(dir, fmt.Sprint(round))
		var claimed [sets * each]error
		var all sync.WaitGroup
		begin := make(chan struct{})
		for run := range claimed {
			p := &Plan{Media: eights(run % sets), Names: Names{Images: files.Place{Here: folder}}}
			all.Go(func() {
				<-begin
				claimed[run] = claim(p)
			})
		}
		close(begin)
		all.Wait()
		var winners []int
		for run, err := range claimed {
			if err == nil {
				winners = append(winners, run)
			} else if want := "give each its own folder"; !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), folder) {
				t.Fatalf("got %v, want %q of %s", err, want, folder)
			}
		}
		if len(winners) != each {
			t.Fatalf("round %d: runs %v may write, want %d of one set", round, winners, each)
		}
		for _, run := range winners {
			if run%sets != winners[0]%sets {
				t.Fatalf("round %d: runs %v may write, of different sets", round, winners)
			}
		}
		marks, err := filepath.Glob(filepath.Join(folder, markBefore+"*"+markAfter))
		want := markBefore + eights(winners[0]%sets).Set() + markAfter
		if err != nil || len(marks) != 1 || filepath.Base(marks[0]) != want {
			t.Fatalf("round %d: the marks are %q, %v, want %s", round, marks, err, want)
		}
	}
}

// A run that puts images into a folder does not mark it while another is about to, and finds that one's mark then.
func TestClaimWaitsItsTurn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	held, err := files.Place{Here: folder}.OpenFolder()
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	_, release := held.Lock()
	claimed := make(chan error)
	go func() {
		claimed <- claim(&Plan{Media: eights(1), Names: Names{Images: files.Place{Here: folder}}})
	}()
	time.Sleep(100 * time.Millisecond)
	marks := func() []string {
		names, err := filepath.Glob(filepath.Join(folder, ".*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	if early := marks(); len(early) > 0 {
		t.Errorf("the folder has been marked: %q", early)
	}
	theirs := filepath.Join(folder, markBefore+eights(2).Set()+markAfter)
	if err := os.WriteFile(theirs, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	release()
	if err := <-claimed; err == nil || !strings.Contains(err.Error(), `another run is putting images of "8x8_seed2" there: give each its own folder`) {
		t.Errorf("got %v, want that another run is there", err)
	}
	if now := marks(); len(now) != 1 || now[0] != theirs {
		t.Errorf("the marks are %q, want %s alone", now, theirs)
	}
}
