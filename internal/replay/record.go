// Package replay records decisions without their tokens, and makes tokens from records, so that a decision can be judged again.
package replay

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/spiffe"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// The forms of a token.
const (
	signed       = "signed"
	introspected = "introspected"
	logout       = "logout"
	login        = "login"
	unreadable   = "unreadable"
)

// headerNames lists the members of a header that a record contains.
var headerNames = [...]string{"typ", "alg", "kid", "x5t", "x5t#S256", "crit", "cty", "b64"}

// hashBytes is the length of a hash.
const hashBytes = 16

// NewRecord describes the token of a run. The key protects the values of personal claims.
func NewRecord(t *pipeline.Run, d *decision.Decision, key []byte) *decision.Record {
	r := &decision.Record{ID: d.ID, Time: d.Time, Accepted: d.Accepted, Reason: d.Reason, Form: formOf(t)}
	if t.Rules != nil {
		r.Issuer, r.Keys, r.Configuration = t.Rules.URL, KeysOf(t.Rules), ConfigurationOf(t.Rules)
	}
	if !t.Token.Known {
		return r
	}
	if sums := jose.KeyThumbprints(t.Key().Public); len(sums) > 0 {
		r.Key = sums[0]
	}
	r.Padded = t.Token.JWT != nil && t.Token.JWT.Padded()
	r.Header = map[string]json.RawMessage{}
	for _, name := range headerNames {
		if v, ok := t.Token.Header().Raw.Get(name); ok && len(v.Raw()) <= record.MaxShort {
			r.Header[name] = json.RawMessage(v.Raw())
		}
	}
	addClaims(r, t, key)
	return r
}

func formOf(t *pipeline.Run) string {
	switch {
	case t.Login() != nil:
		return login
	case t.Form == pipeline.Opaque:
		return introspected
	case !t.Token.Known:
		return unreadable
	case t.Form == pipeline.Logout:
		return logout
	}
	return signed
}

func addClaims(r *decision.Record, t *pipeline.Run, key []byte) {
	r.Claims, r.Hidden = map[string]json.RawMessage{}, map[string]decision.HiddenClaim{}
	for name, v := range t.Token.Claims.All() {
		switch {
		case len(r.Claims)+len(r.Hidden) == record.MaxList || len(name) > record.MaxShort:
			r.Incomplete = true
		case record.Impersonal(name) && len(v.Raw()) <= record.MaxShort:
			r.Claims[name] = json.RawMessage(v.Raw())
		default:
			r.Hidden[name] = decision.HiddenClaim{Type: typeOf(v), Hash: hashOf(key, t.Text("iss"), name, v.Raw())}
		}
	}
}

// hashOf separates its inputs by a byte that JSON texts and names do not contain.
func hashOf(key []byte, issuer, name, value string) string {
	h := hmac.New(sha256.New, key)
	for _, part := range []string{issuer, name, value} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:hashBytes])
}

func typeOf(v strictjson.Value) string {
	switch raw := v.Raw(); raw[0] {
	case '"':
		return "string"
	case '[':
		return "list"
	case '{':
		return "object"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// standIns are values of the hidden types.
var standIns = map[string]json.RawMessage{
	"string": []byte(`"hidden"`), "number": []byte(`1`), "boolean": []byte(`true`), "list": []byte(`["hidden"]`), "object": []byte(`{"hidden":true}`),
	"null": []byte(`null`),
}

// decisive lists the claims that choose the rules for a token, or that the rules compare. Their values are hidden only if they are long.
var decisive = [...]string{"iss", "aud", "tid", "azp", "client_id", "cid", "appid"}

// unjudged returns why a record cannot be judged, or "".
func unjudged(r decision.Record) string {
	switch {
	case r.Form == login:
		return "the record is about a login or a session, which no bearer token can replace"
	case r.Form == introspected:
		return "the provider introspected the token, and cannot be asked about a token that is not recorded"
	case r.Form == logout:
		return "the record is about a logout token"
	case r.Form != signed:
		return "no JWT could be read"
	case r.Incomplete:
		return "the token has more claims than a record"
	}
	for _, name := range decisive {
		if _, hidden := r.Hidden[name]; hidden {
			return "the value of " + name + " is too long for a record"
		}
	}
	return ""
}

// Token makes a JWT from a record, with a signature that no key verifies. Hidden claims have stand-ins of their type. If it cannot,
// it says why.
func Token(r decision.Record) (token, problem string) {
	if problem := unjudged(r); problem != "" {
		return "", problem
	}
	claims := map[string]json.RawMessage{}
	for name, h := range r.Hidden {
		claims[name] = standIns[h.Type]
	}
	for name, v := range r.Claims {
		claims[name] = v
	}
	if _, named := claims["iss"]; !named && spiffe.IsTrustDomain(r.Issuer) {
		claims["sub"], _ = json.Marshal(r.Issuer + "/hidden") // the trust domain of sub stands for iss
	}
	header, err := json.Marshal(r.Header)
	payload, err2 := json.Marshal(claims)
	if err != nil || err2 != nil {
		return "", "the record is damaged"
	}
	encode := base64.RawURLEncoding.EncodeToString
	if r.Padded {
		encode = base64.URLEncoding.EncodeToString
	}
	return encode(header) + "." + encode(payload) + "." + encode([]byte("not a signature!")), "" // these 16 bytes need padding
}

// Expiry returns the exp of the recorded token, or the zero Time.
func Expiry(r decision.Record) time.Time {
	var seconds float64
	if json.Unmarshal(r.Claims["exp"], &seconds) != nil || seconds <= 0 || seconds > 1<<40 {
		return time.Time{}
	}
	return time.Unix(int64(seconds), 0)
}
