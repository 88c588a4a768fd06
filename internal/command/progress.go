package command

import (
	"fmt"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"mmjsonl/generator"
)

const (
	barEvery = 100 * time.Millisecond
	logEvery = 5 * time.Second
)

// show tells how far a run has come until the returned function is called: a bar on a terminal, a line now and then elsewhere.
func (r *run) show(progress *generator.Progress, quiet bool) (stop func()) {
	if quiet {
		return func() {}
	}
	every, tell, end := logEvery, r.logProgress(progress), func() {}
	if f, ok := r.process.Stderr.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		bar := &progressBar{file: f, progress: progress}
		every, tell, end = barEvery, bar.draw, bar.clear
	}
	ticker := time.NewTicker(every)
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				tell()
			case <-done:
				end()
				return
			}
		}
	}()
	return func() {
		ticker.Stop()
		close(done)
		<-ended
	}
}

func (r *run) logProgress(progress *generator.Progress) func() {
	return func() {
		if stage, done, total := progress.Now(); stage != "" {
			fmt.Fprintf(r.process.Stderr, "%d of %d %s\n", done, total, stage)
		}
	}
}

// progressBar is a bar on a terminal, a new one for each stage.
type progressBar struct {
	file     *os.File
	progress *generator.Progress
	stage    string
	bar      *progressbar.ProgressBar
}

func (b *progressBar) draw() {
	stage, done, total := b.progress.Now()
	if stage == "" {
		return
	}
	if stage != b.stage {
		b.clear()
		b.stage = stage
		b.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(b.file),
			progressbar.OptionSetDescription(stage),
			progressbar.OptionShowCount(),
			progressbar.OptionFullWidth(),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(0),
		)
	}
	b.bar.Set64(done)
}

func (b *progressBar) clear() {
	if b.bar != nil {
		b.bar.Clear()
	}
}
