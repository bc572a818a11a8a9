// Package certsource says where the keys come from that verify an issuer's tokens: certificate text, a folder of
// certificates, a certificate endpoint, a JSON Web Key Set, or the key set that discovery names.
//
// A [Chain] serves the tokens of all its sources. It is asked in order, and a source that holds the very key that a token names
// goes first:
//
//	certsource.Chain(certsource.PEM(text), certsource.Discovered{})
//
// [PEM], [Dir], [Endpoint], [JWKS] and [Discovered] are declarations; oidcauth.New binds them to their issuer. A bound
// source answers from what it holds and never waits; [Refresher] fetches, within a budget. Bound sources are safe for
// concurrent use.
package certsource
