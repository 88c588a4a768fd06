// Package report shows what a run wrote or what a file holds: in words and as a curve in characters on a terminal, as a chart in a step
// summary, as a page of HTML, and as the command to run next. It only shows: every figure comes from generator.Stats or reuse.Figures.
package report
