// Package codeflow does as a client does at a provider under test: it makes authorization requests by code with PKCE (RFC 7636), and
// sends token requests. How a user logs in is the package's of the provider.
package codeflow
