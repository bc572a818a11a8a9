// Package interop holds no code, only tests and a command that puts the verdict table to other libraries: it runs published vectors and a corpus of odd tokens through
// internal/jose and internal/strictjson, and compares what they read to what other JOSE libraries read.
//
// Package migration below it holds the services of .github/MIGRATION.md, before and after the change.
//
// It is a module of its own, so that users of the library do not depend on those libraries.
//
// What is asserted goes one way. Whatever we accept, the others must accept and read alike, or a table says why
// not; that we refuse more than they do is intended.
package interop
