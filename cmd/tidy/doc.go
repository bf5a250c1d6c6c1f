// Package tidy holds the house rules of this repository as Go tests: which
// folder may import which (the ladder), what the law may not touch (the
// doors), what stands at the top of the tree, and what every package says of
// itself. It reads the tree in-process with go/parser, so that the test cache
// sees what the rules see; a rule that asked another program would stay
// falsely green.
package tidy
