// Package readme keeps README.md true: its code is compiled here, its tables are those of the code.
//
//	go test ./internal/readme -update    writes the tables anew
package readme
