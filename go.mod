module github.com/knownbearer/knownbearer

go 1.25.0
