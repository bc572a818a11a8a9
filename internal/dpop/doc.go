// Package dpop verifies DPoP proofs (RFC 9449 section 4.3) for a resource server.
//
// [Parse] reads a proof and verifies its signature with the key that the proof contains. [Proof.Check] compares the proof with
// the request, the token and the clock. Both together prove that the sender has the private key and signed this request. They
// do not prove that the proof is used for the first time: the caller remembers [Proof.ID] for as long as [Window.Remember] says.
//
// A [Target] is the normalised URL of a request. [Nonces] makes and recognises nonces of the server without storing them.
package dpop
