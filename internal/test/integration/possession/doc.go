// Package possession tests proofs of possession with real parts: proofs of oauth4webapi and dpop of npm, tokens that oidc-provider
// binds, and nginx and HAProxy in front of the service.
package possession
