// Package rules reads the YAML files in which people map stages to Hireflix
// positions, and answers events by them.
//
// Compile reads every file and reports every problem at once, each with its
// place. A Set is immutable and safe for concurrent use: Bind, which resolves
// the names of positions to ids, makes a new one. Answering is pure; the same
// event, facts and time give the same answer for ever.
//
// What is unclear is never guessed: rows that contradict each other and values
// that a condition misses are verdicts of their own, for a person to look at.
package rules
