// Package action is the side of the program that GitHub sees. It reads from a runner's environment where files are in the
// steps that follow, writes outputs and the step summary, and shows problems as annotations. Nothing else in the program knows
// of GitHub.
package action
