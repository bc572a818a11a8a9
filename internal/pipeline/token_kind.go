package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/internal/tokenclaims"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// tokenKind is the kind of a token, as its claims state it. If several claims state a kind, the kind with the greatest number
// counts.
type tokenKind uint8

const (
	unstated tokenKind = iota
	accessKind
	boundKind   // an access token that needs a proof of possession
	unknownKind // a value that names no known kind
	idKind
	otherKind // an offline token or a logout token
	refreshKind
)

// kindClaims state the kind of a token, and must name an access token. Introspection uses token_type (RFC 7662 section 2.2), and
// so does Gluu; Cognito and Hydra use token_use, Casdoor tokenType, and Keycloak typ.
var kindClaims = [...]string{"token_use", "token_type", "tokenType", "typ"}

// ambiguousKindClaims state the kind in some products (type in Glewlwyd, tokenName in ForgeRock, tok_type in Oracle's, purpose
// in Curity), and something else in others. They count only if they name a refresh token or an ID token.
var ambiguousKindClaims = [...]string{"type", "tokenName", "tok_type", "purpose"}

// oracleKinds are the abbreviations in tok_type.
var oracleKinds = map[string]string{"IT": "id_token", "RT": "refresh_token"}

// kindOf returns the kind that the claims state, and the claim that states it.
func (r *Rules) kindOf(c strictjson.Object) (greatest tokenKind, by string) {
	add := func(k tokenKind, claim string) {
		if k == idKind && r.IDTokenIsAccessToken {
			k = accessKind
		}
		if k > greatest {
			greatest, by = k, claim
		}
	}
	for _, claim := range kindClaims {
		if v, ok := c.Get(claim); ok {
			k := unknownKind
			if value, isText := v.Text(); isText {
				k = r.kindNamed(value)
			}
			add(k, claim)
		}
	}
	for _, claim := range ambiguousKindClaims {
		value := c.Text(claim)
		if full := oracleKinds[value]; claim == "tok_type" && full != "" {
			value = full
		}
		if k := kindNamed(value); k == idKind || k == refreshKind {
			add(k, claim)
		}
	}
	if c.Has("granted_scopes") && !c.Has("scope") && strings.HasSuffix(c.Text("jti"), "-r") {
		add(refreshKind, "granted_scopes") // a refresh token of Cloud Foundry's UAA
	}
	return greatest, by
}

func (r *Rules) kindNamed(value string) tokenKind {
	if slices.Contains(r.AccessTokenTypes, value) {
		return accessKind
	}
	return kindNamed(value)
}

const maxKindName = 100

var kindSeparators = strings.NewReplacer("_", "", "-", "", " ", "")

// kindNamed returns the kind that products, or RFC 8693 section 3, call by this name.
func kindNamed(value string) tokenKind {
	switch value { // the most frequent names
	case "Bearer", "access", "access_token":
		return accessKind
	}
	if len(value) > maxKindName {
		return unknownKind
	}
	name := strings.ToLower(value)
	name = strings.TrimPrefix(name, "application/")
	name = strings.TrimPrefix(name, "urn:ietf:params:oauth:token-type:")
	name = kindSeparators.Replace(strings.TrimSuffix(name, "+jwt"))
	switch name {
	case "access", "accesstoken", "bearer", "bearertoken", "at", "jwt", "sliding":
		return accessKind
	case "dpop", "pop", "mtls":
		return boundKind
	case "id", "idtoken", "serializedid":
		return idKind
	case "offline", "logout":
		return otherKind
	}
	if strings.Contains(name, "refresh") {
		return refreshKind
	}
	return unknownKind
}

// NamesOtherToken reports whether the value is known to name a kind of token that is not an access token.
func NamesOtherToken(value string) bool {
	k := kindNamed(value)
	return k == idKind || k >= otherKind
}

// kindFault returns a fault if the claims are not those of an access token. mediaType is the typ of the header, or "".
func (r *Rules) kindFault(c strictjson.Object, mediaType string) (tokenKind, *Fault) {
	if c.Has("events") {
		return unstated, Refuse(reason.WrongTokenType, nil, "the token has events, so it is a logout token or a security event token")
	}
	stated, by := r.kindOf(c)
	value, _ := c.Get(by)
	switch {
	case stated >= otherKind:
		return stated, Refuse(reason.WrongTokenType, nil, "%s %s names another kind of token", by, record.Short(value.Raw()))
	case stated == idKind || r.looksLikeIDToken(c, mediaType):
		return stated, Refuse(reason.IDTokenAsAccessToken, nil, "the client sent its ID token; it must send the access token")
	case stated == unknownKind:
		return stated, Refuse(reason.WrongTokenType, nil, "%s %s does not name an access token; Issuer.AccessTokenTypes can allow it", by, record.Short(value.Raw()))
	case stated == boundKind && !c.Has("cnf") && !r.InsecureIgnoreConfirmation:
		return stated, Refuse(reason.SenderConstrained, nil, "%s is %s, and no cnf names the key to which the token is bound", by, record.Short(value.Raw()))
	}
	return stated, nil
}

// looksLikeIDToken recognizes an ID token that does not state its kind by claims that only ID tokens have.
func (r *Rules) looksLikeIDToken(c strictjson.Object, mediaType string) bool {
	if r.IDTokenIsAccessToken || mediaType == "at+jwt" {
		return false
	}
	loneNonce := c.Has("nonce") && !tokenclaims.HasValue(c, "scope") && !tokenclaims.HasValue(c, "scp") && !strings.EqualFold(c.Text("typ"), "Bearer")
	return c.Has("at_hash") || c.Has("c_hash") || loneNonce
}
