package pipeline

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// class is what a token, or an answer about one, says of itself. The greatest of several counts.
type class uint8

const (
	unsaid       class = iota
	accessClass        // an access token
	boundClass         // an access token that needs a proof
	unknownClass       // a value that is no access token's
	idClass            // an ID token
	otherClass         // an offline token or a logout token
	refreshClass
)

// classClaims say of what kind a token is: what one of them says must be access. token_type is introspection's (RFC 7662
// section 2.2) and Gluu's, token_use Cognito's and Hydra's, tokenType Casdoor's, typ Keycloak's.
var classClaims = [...]string{"token_use", "token_type", "tokenType", "typ"}

// hintClaims say the same in some products (Glewlwyd's type, ForgeRock's tokenName, Oracle's tok_type, Curity's purpose), and
// something else in others: only that they name a refresh token or an ID token counts against a token.
var hintClaims = [...]string{"type", "tokenName", "tok_type", "purpose"}

// oracleTypes are the abbreviations in tok_type.
var oracleTypes = map[string]string{"IT": "id_token", "RT": "refresh_token"}

// class returns the greatest class that the claims name, and the claim that does.
func (t *Run) class() (worst class, by string) {
	take := func(k class, claim string) {
		if k == idClass && t.RulesOrDefault().IDTokenIsAccessToken {
			k = accessClass
		}
		if k > worst {
			worst, by = k, claim
		}
	}
	for _, claim := range classClaims {
		if v, ok := t.Token.Claims.Get(claim); ok {
			value, isText := v.Text()
			k := unknownClass
			if isText {
				k = t.RulesOrDefault().classOf(value)
			}
			take(k, claim)
		}
	}
	for _, claim := range hintClaims {
		value := t.Text(claim)
		if full := oracleTypes[value]; claim == "tok_type" && full != "" {
			value = full
		}
		if k := classNamed(value); k == idClass || k == refreshClass {
			take(k, claim)
		}
	}
	if t.Has("granted_scopes") && !t.Has("scope") && strings.HasSuffix(t.Text("jti"), "-r") {
		take(refreshClass, "granted_scopes") // a refresh token of Cloud Foundry's UAA
	}
	return worst, by
}

func (iss *Rules) classOf(value string) class {
	if slices.Contains(iss.AccessTokenTypes, value) {
		return accessClass
	}
	return classNamed(value)
}

// classNamed is the kind that products and RFC 8693 section 3 call so.
func classNamed(value string) class {
	switch value { // nearly always
	case "Bearer", "access", "access_token":
		return accessClass
	}
	if len(value) > maxClassName {
		return unknownClass
	}
	name := strings.ToLower(value)
	name = strings.TrimPrefix(name, "application/")
	name = strings.TrimPrefix(name, "urn:ietf:params:oauth:token-type:")
	name = plainClass.Replace(strings.TrimSuffix(name, "+jwt"))
	switch name {
	case "access", "accesstoken", "bearer", "bearertoken", "at", "jwt", "sliding":
		return accessClass
	case "dpop", "pop", "mtls":
		return boundClass
	case "id", "idtoken", "serializedid":
		return idClass
	case "offline", "logout":
		return otherClass
	}
	if strings.Contains(name, "refresh") {
		return refreshClass
	}
	return unknownClass
}

// NamesOtherToken reports whether a value is known to name an ID token, a refresh token or another token than an access token.
func NamesOtherToken(value string) bool {
	k := classNamed(value)
	return k == idClass || k >= otherClass
}

const maxClassName = 100

var plainClass = strings.NewReplacer("_", "", "-", "", " ", "")

// checkAnswerClass wants an answer of introspection to say that the token is an access token where products are known to
// call refresh tokens active: where other answers of the issuer said so, and where no aud says whom the token is for.
func (t *Run) checkAnswerClass(said class) *Fault {
	iss := t.RulesOrDefault()
	if t.Form != Opaque || iss.InsecureOpaqueByUserInfo || iss.InsecureIntrospectionWithoutTokenType || said != unsaid {
		return nil
	}
	const fix = "; set Issuer.Introspection.InsecureWithoutTokenType if no refresh token is ever active at this provider"
	switch {
	case iss.RequireTokenType:
		return Refuse(reason.WrongTokenType, nil, "introspection does not say that this is an access token (token_type), as RequireTokenType demands")
	case iss.tellsClass.Load():
		return Refuse(reason.WrongTokenType, nil, "introspection does not say that this is an access token (token_type), and it did of others"+fix)
	case t.namesNoService():
		return Refuse(reason.WrongTokenType, nil, "introspection says neither that this is an access token (token_type) nor whom it is for (aud)"+fix)
	}
	return nil
}

// namesNoService reports whether no aud is compared, and the token may pass all the same.
func (t *Run) namesNoService() bool {
	iss := t.RulesOrDefault()
	if iss.InsecureSkipAudience {
		return true
	}
	if t.Has("aud") {
		return false
	}
	if iss.InsecureIntrospectionWithoutAudience {
		return t.unverified == nil || !t.unverified.Claims.Has("aud") // the JWT's own is compared
	}
	return iss.ClientIDInsteadOfAudience
}

// learnClass remembers that introspection said of a token that was accepted what kind it is of.
func (t *Run) learnClass() {
	if t.Form != Opaque || t.Rules.InsecureOpaqueByUserInfo || t.Rules.tellsClass.Load() {
		return
	}
	if said, _ := t.class(); said != unsaid {
		t.Rules.tellsClass.Store(true)
	}
}
