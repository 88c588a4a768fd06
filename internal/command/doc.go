// Package command is the program without its process: arguments, environment and streams come in, an exit code goes out. It
// knows the order of things: inputs, plan, run, report.
package command
