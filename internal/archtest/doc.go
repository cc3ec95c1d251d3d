// Package archtest holds the shape of the source tree as tests: which package
// may import which, how large a file may grow, how things are named, and what
// belongs to every kind of connector. It reads the files themselves, so a file
// for another platform or behind a build tag is held too, and the test cache
// notices every change. It exports nothing.
package archtest
