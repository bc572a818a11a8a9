// Package certsource provides the keys that verify an issuer's tokens. A source is a certificate text ([PEM]), a
// folder of certificates ([Dir]), a certificate endpoint ([Endpoint]), a JSON Web Key Set ([JWKS]), or the key set
// that discovery names ([Discovered]).
//
// A [Chain] combines several sources. It asks them in order, but prefers the source that holds the very key that a
// token names:
//
//	certsource.Chain(certsource.PEM(text), certsource.Discovered{})
//
// These types are declarations. oidcauth.New binds each one to its issuer; [Bind] does so for other callers. A bound
// source answers at once from the keys that it holds. Only [Refresher.Refresh] fetches, within the limits of
// [Refresh]. Bound sources are safe for concurrent use.
package certsource
