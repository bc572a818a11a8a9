// Package doctor examines a configuration and the providers and stores behind it: what is risky, what fails, and whether
// tokens can be verified now.
package doctor
