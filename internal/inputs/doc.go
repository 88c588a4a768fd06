// Package inputs is the one definition of what a user can give: for each command a struct, like [Generate], whose tags hold each input's
// name, default, group and help. Command-line flags, the environment of a container action and a manifest are three ways to fill it, and the
// action's metadata and docs/reference.md are tested against it.
//
//	struct of a command → Bind → Flags and Arguments, ReadEnvironment, ReadManifest → Problems, or the fields' values
//
// Nothing is judged here except whether a value can be read at all: a number that is not a number. Bounds, and what inputs mean together, are
// for the command; that of a generated file asks generator.NewPlan, which reports both kinds of problem at once.
package inputs
