// Package inputs is the one definition of what a user can ask for: [Inputs], a struct whose tags hold each input's name,
// default, group and help. Command-line flags and the environment of a container action are two ways to fill it, and the
// action's metadata and the README's table are tested against it.
//
//	arguments, environment → Read → Inputs → Config → generator.Config
//
// Nothing is judged here except whether a value can be read at all: a number that is no number. Bounds, and what inputs mean
// together, are the business of generator.NewPlan, which reports both kinds of problem at once.
package inputs
