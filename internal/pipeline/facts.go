package pipeline

import "strings"

// Form is the way in which a token is verified.
type Form uint8

// The forms.
const (
	Signed  Form = 1 << iota // an access token that is a JWT, verified by its signature
	Opaque                   // an access token that the provider introspects
	Logout                   // a logout token of OpenID Connect Back-Channel Logout 1.0
	IDToken                  // the ID token of a login
	Granted                  // the access token of a login without an ID token
	Resumed                  // a session that a login began
)

const (
	access = Signed | Opaque           // access tokens
	signed = Signed | Logout | IDToken // tokens that are verified by their signature
	login  = IDToken | Granted
)

// Facts are properties of a token that the steps have established. After a fault, a step that needs a missing fact is skipped,
// because it could only report a consequence of the fault.
type Facts uint16

// The facts.
const (
	Parsed      Facts = 1 << iota
	KnownIssuer       // the issuer is configured
	Recent            // the token did not expire long ago
	Signable          // the algorithm is allowed
	HasKeys           // there are keys to try
	Verified          // a key verifies the signature, or the provider says that the token is active
	AccessToken       // the token is an access token
	Timely            // the token is valid at this time
	Resolved          // the claims are read from all sources
	UserNamed         // the claims that find and name the user are present
)

// String returns a text for the operator. It states for each fact that the fact is missing.
func (f Facts) String() string {
	texts := []struct {
		Facts
		text string
	}{
		{Parsed, "the token cannot be read"},
		{KnownIssuer, "its issuer is unknown"},
		{Recent, "it expired long ago"},
		{Signable, "its header is refused"},
		{HasKeys, "there is no key"},
		{Verified, "its signature is not verified"},
		{AccessToken, "it is not an access token"},
		{Resolved, "its claims are not resolved"},
		{UserNamed, "the claims that identify the user are missing"},
	}
	if f&Parsed != 0 {
		f &^= Recent // a token that cannot be read has no known exp
	}
	var out []string
	for _, t := range texts {
		if f&t.Facts != 0 {
			out = append(out, t.text)
		}
	}
	return strings.Join(out, ", ")
}
