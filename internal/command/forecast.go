package command

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"mmjsonl/generator"
	"mmjsonl/internal/problem"
	"mmjsonl/internal/report"
	"mmjsonl/internal/reuse"
)

// forecastDocument is what --dry-run --json prints. Names do not change once released.
type forecastDocument struct {
	DryRun   bool              `json:"dry_run"` // always true
	Version  string            `json:"mmjsonl"` // of the program
	Inputs   map[string]string `json:"inputs"`  // by name: what decides the bytes, with the seed that was drawn
	File     forecastFile      `json:"file"`
	Images   *forecastImages   `json:"images,omitempty"` // image files; missing if none are written
	Client   forecastClient    `json:"client"`
	Warnings []string          `json:"warnings"`
	Figures  *reuse.Figures    `json:"figures"` // exact, as the manifest will have them
}

// forecastFile is the file of rows.
type forecastFile struct {
	Path  string `json:"path"`
	Bytes int64  `json:"about_bytes"` // before compression
}

// forecastImages are the image files.
type forecastImages struct {
	Folder string `json:"folder"`
	Count  int64  `json:"count"`
	Bytes  int64  `json:"about_bytes"` // those that exist already among them
}

// forecastClient is what aiperf needs before its first request, beside the seconds of its own start.
type forecastClient struct {
	Seconds float64 `json:"about_seconds"` // to read and encode images
	Bytes   int64   `json:"about_bytes"`   // of the files that it writes
}

// forecast shows what a run would make, and makes nothing.
func (r *run) forecast(ctx context.Context, j job, plan *generator.Plan) error {
	stats, err := plan.Forecast(ctx)
	if err != nil {
		return err
	}
	r.left.Store(leftNothingToSay)
	warnings := []string{}
	for _, w := range plan.Warnings {
		r.warn(w)
		warnings = append(warnings, w.Text(func(name problem.Name) string { return string(name) }))
	}
	words := r.process.Stdout
	if j.json {
		words = r.process.Stderr
	}
	if j.quiet {
		words = io.Discard
	}
	about := report.OfPlan(plan, stats)
	if err := about.Text(words, columns(words, 80)); err != nil {
		return fmt.Errorf("failed to write the report: %w", err)
	}
	if !j.json {
		return nil
	}
	cost := plan.Cost()
	document := forecastDocument{
		DryRun:   true,
		Version:  version(r.process.Version),
		Inputs:   j.Deciding(plan),
		File:     forecastFile{Path: filepath.Clean(plan.Names.Output.Next), Bytes: cost.Rows},
		Client:   forecastClient{Seconds: cost.Client.Seconds(), Bytes: cost.ClientBytes},
		Warnings: warnings,
		Figures:  stats.Figures,
	}
	if plan.Output.Stdout {
		document.File.Path = "-"
	}
	if plan.WritesImages() {
		document.Images = &forecastImages{Folder: plan.Names.Images.Next, Count: int64(plan.Shape().Pool), Bytes: cost.Images}
	}
	if err := r.writeJSON(document); err != nil {
		return fmt.Errorf("failed to write the document: %w", err)
	}
	return nil
}
