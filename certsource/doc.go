// Package certsource provides the keys that verify an issuer's tokens. A source is a certificate text ([PEM]), a
// folder of certificates ([Dir]), a certificate endpoint ([Endpoint]), a JSON Web Key Set ([JWKS]), a URL for each key
// ([KeyURL]), or the key set that discovery names ([Discovered]).
//
// A [Chain] combines several sources. It asks them in order, but prefers a source whose key has the kid or thumbprint
// that a token names:
//
//	certsource.Chain(certsource.PEM(text), certsource.Discovered{})
//
// These types are declarations: oidcauth.New makes of each one a source that holds the keys of its issuer. Such a source
// answers at once from the keys that it holds. Only [Refresher.Refresh] fetches, within the limits of [Refresh]. It is
// safe for concurrent use.
//
// A [Source] of your own needs the method Keys alone. It may also be a [Refresher], if it fetches, and a [Reporter], so
// that the operator sees what it holds. [Wrap] adds to a source of this package.
package certsource
