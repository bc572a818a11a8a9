// Package readme keeps the documentation in Markdown true: code blocks are copies of Go that is compiled and tested, tables are
// made by the code that they describe, and shown output is what a program prints. A comment before each block says where it
// comes from:
//
//	<!-- go: name -->              body of the function, or value of the variable, of this name
//	<!-- go: func name -->         the whole function
//	<!-- go: file path -->         the file from its package clause on, by its path from the root of the repository
//	<!-- table: name -->           a generated table, up to <!-- end -->
//	<!-- output: name -->          what a program printed
//
// After a change of the code, one command for each module writes all of them again:
//
//	go test ./internal/test/readme -update
//	go -C internal/test/interop test ./migration -update
package readme
