package drill_test

import (
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

// drill is one request with one mistake.
type drill struct {
	name string
	// story tells who made which mistake.
	story   string
	service service
	// token is the token of the request. TOKEN in the request stands for it.
	token token
	// request contains the lines of the request after its first line. If it is nil, the token is sent as RFC 6750 section 2.1
	// says.
	request []string
	// target is the path and query of the request. The default is /orders.
	target string
	// fault is a fault of the provider.
	fault *fault
	// want is the true cause in words: the first line contains one word of each list. A word of more than three letters may be
	// the beginning of a longer one. Case does not matter.
	want [][]string
}

// service is the configuration of a service, from which the oidcauth.Config and the flags of the tool are made.
type service struct {
	// issuer is the trusted issuer. If it is empty, it is the fake provider, with discovery. The keys of another issuer are those
	// of the fake provider.
	issuer                     string
	tenants, audience, clients []string
	clientInsteadOfAudience    bool
	keys                       keys
	// search is the claim that finds the user.
	search string
	users  []user
	// checks are claims and their values, as NAME=VALUE.
	checks []string
	// scopes are required by the route.
	scopes                  []string
	userInfo, introspection bool
	// secret is the secret of the client of introspection. The default is the right one.
	secret string
	// header contains the token instead of Authorization.
	header    string
	publicURL string
}

// keys names the source of an issuer's keys.
type keys string

const (
	published   keys = ""            // the key set of the provider
	pinned      keys = "pinned"      // a file with the public key of an earlier year
	unreachable keys = "unreachable" // a key set at an address where no server listens
	privateCA   keys = "private CA"  // a key set behind a server certificate of a company's own authority
)

// user is a row of the user store.
type user struct {
	value, id string
	disabled  bool
}

// token describes a token of the fake provider.
type token struct {
	header map[string]any
	claims oidctest.Claims // an ago or an ahead is resolved by the provider's clock
	// text is a token that the fake provider did not make.
	text string
	// opaque registers an opaque token with these claims for introspection.
	opaque bool
	hmac   bool   // signs with a symmetric key
	cut    int    // the number of characters that arrive, if not 0
	proof  string // the URL for which a DPoP proof is made, if any: PROOF in the request stands for it
	bound  bool   // binds the token to the key of the proof
	// userInfo is the answer of UserInfo for the subject of the token.
	userInfo oidctest.Claims
}

// A time of a claim, relative to the provider's clock.
type (
	ago   time.Duration
	ahead time.Duration
)

// fault is a fault of an endpoint.
type fault struct {
	endpoint oidctest.Endpoint
	answer   oidctest.Fault
}

// valid is a request without a mistake.
type valid struct {
	name    string
	service service
	token   token
	request []string
}

// merged returns base with changes. A change to nil removes the claim.
func merged(base, changes oidctest.Claims) oidctest.Claims {
	out := oidctest.Claims{}
	for name, v := range base {
		out[name] = v
	}
	for name, v := range changes {
		out[name] = v
	}
	return out
}

// words requires one of the words.
func words(alternatives ...string) []string { return alternatives }
