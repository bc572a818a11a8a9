package hints

import (
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

// Case is what can be observed of one fault of one refusal. What is not known is zero. The token's parts are the
// sender's words: nothing but names and values that say nothing of a person may be repeated from them.
type Case struct {
	Reason string // the fault's
	Now    time.Time

	Request   Shape // of the Authorization header
	Token     Shape // of a token that could not be read
	Header    strictjson.Object
	Claims    strictjson.Object
	Signature Lengths

	Issuers      []string // all that are configured
	Issuer       string   // the one configured that the token is of
	DiscoveryURL string
	Audience     []string
	ClientIDs    []string
	Algorithms   []string // configured; nil: the defaults
	Leeway       time.Duration

	KeyFault    string // why a source of keys could not be reached
	KeysHeld    int
	Stale       bool // keys are held, and too old
	OtherIssuer bool // discovery names another issuer

	Claim        string // that is missing, or not as it should be
	Elsewhere    string // where that claim is instead: token or UserInfo, which is not asked for it
	UserInfo     UserInfo
	OfLogout     bool     // it is a logout token that was refused
	Introspected bool     // the claims are introspection's answer
	Client       Refusal  // of this service, at an endpoint
	OwnAudience  bool     // the claims are introspection's, and the JWT that it was asked about names this API itself
	Unread       Refusal  // of the token, by introspection that did not look at it
	Certificate  string   // what is wrong with that of the provider's server, by [CertificateFault]
	Endpoint     string   // the field of provider.Config that names the endpoint, which the provider's document does not
	Required     []string // scopes
	FoldsTo      bool     // a user is found under the same value in another case

	aud []string // the token's; nil: not yet read
}

// Lengths of a signature in bytes.
type Lengths struct{ Has, Wants int }

// Refusal is how an endpoint refused a client. The zero Refusal is none.
type Refusal struct {
	Status int
	Code   string
	HTML   bool

	Assertion string // the aud of the assertion that the client sent
}

// UserInfo is how it answered.
type UserInfo struct {
	Configured, Asked bool
	Status            int    // of a refusal
	Code              string // the error that it named
	HTML              bool   // its body was a page
	Subject           Subject
}

// Subject is how UserInfo's sub differs from the token's claim that it is compared with. The zero Subject does not.
type Subject struct {
	Claim      string // of the token
	Kind, Info string // what the two look like; empty: absent
	Same       string // another claim of the token that UserInfo's sub equals
}

func (c *Case) text(claim string) string {
	v, _ := c.Claims.Get(claim)
	s, _ := v.Text()
	return clip(s)
}

func (c *Case) has(claims ...string) bool {
	return !slices.ContainsFunc(claims, func(n string) bool { return !c.Claims.Has(n) })
}

func (c *Case) hasAny(claims ...string) bool { return slices.ContainsFunc(claims, c.Claims.Has) }

// namesAny tells whether one of the claims has a value: null is none.
func (c *Case) namesAny(claims ...string) bool {
	return slices.ContainsFunc(claims, func(n string) bool {
		v, found := c.Claims.Get(n)
		return found && v.Kind() != strictjson.Null
	})
}

// audience is the token's, one value or many. Many rules look at it, so it is read once.
func (c *Case) audience() []string {
	if c.aud != nil {
		return c.aud
	}
	v, _ := c.Claims.Get("aud")
	list, _ := v.Texts()
	c.aud = make([]string, 0, min(len(list), maxValues))
	for _, s := range list[:min(len(list), maxValues)] {
		c.aud = append(c.aud, clip(s))
	}
	return c.aud
}

// client is who asked for the token, under the names that products use.
func (c *Case) client() string {
	for _, claim := range []string{"azp", "client_id", "cid", "appid"} {
		if id := c.text(claim); id != "" {
			return id
		}
	}
	return ""
}

// words of a claim that is a blank-separated string or a list.
func (c *Case) words(claim string) []string {
	v, _ := c.Claims.Get(claim)
	list, _ := v.Texts()
	var out []string
	for _, s := range list {
		out = append(out, strings.Fields(s)...)
	}
	return out
}

func (c *Case) scopes() []string { return append(c.words("scope"), c.words("scp")...) }

const (
	maxText   = 200
	maxValues = 10
)

func clip(s string) string { return record.Clip(s, maxText) }

// join is for texts of the operator; it is bounded since its elements and their number are.
func join(list []string) string { return strings.Join(list, " ") }
