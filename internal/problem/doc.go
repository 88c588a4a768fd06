// Package problem says what is wrong with what a user requested: which input, as the user typed it, with its value and its bound, and what
// to do. All problems of a configuration are collected in one [List] and reported together.
package problem
