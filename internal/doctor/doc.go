// Package doctor examines a configuration, and the providers and stores that it names. It reports risky settings, failing
// endpoints, and whether tokens can be verified now.
package doctor
