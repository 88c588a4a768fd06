// Package report says in words what a run wrote: on a terminal, and as the command to run next. It only shows: every
// figure comes from generator.Stats.
package report
