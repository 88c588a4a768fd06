// Package report shows what a run wrote or what a file holds. A [Report] lists its facts once, for everything that shows them: the text on
// a terminal with a curve in characters, the page of HTML, the step summary with its chart, and the action's outputs. Every figure comes from
// generator.Stats, inspect.Result or reuse.Figures.
package report
