package doctor

import (
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/internal/mend"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// renamed changes the URL of the issuer.
func (iss issuer) renamed(url string) decision.Mend {
	return mend.OfIssuer(url, "issuer.URL = "+mend.Go(url), mend.Members{})
}

// without sets an Insecure… setting to false. It is true in the configuration. A null would leave the value of a preset.
func (iss issuer) without(setting string) decision.Mend {
	if setting == "InsecureSkipAudience" && len(iss.Audience) == 0 {
		api := []string{mend.Placeholder("api-identifier")}
		return mend.OfIssuer(iss.URL, "issuer.InsecureSkipAudience = false; issuer.Audience = "+mend.GoList(api), mend.Members{"insecureSkipAudience": false, "audience": api})
	}
	group, name, nested := strings.Cut(setting, ".")
	if !nested {
		return mend.OfIssuer(iss.URL, "issuer."+setting+" = false", mend.Members{memberOf(group): false})
	}
	return mend.OfIssuer(iss.URL, "issuer."+setting+" = false", mend.Members{memberOf(group): mend.Members{memberOf(name): false}})
}

// memberOf returns the member of a settings document for a field.
func memberOf(field string) string { return strings.ToLower(field[:1]) + field[1:] }

// withoutAudience removes an audience. If none is left, the audience is a placeholder.
func (iss issuer) withoutAudience(aud string) decision.Mend {
	list := slices.DeleteFunc(slices.Clone(iss.Audience), func(a string) bool { return a == aud })
	if len(list) == 0 {
		list = []string{mend.Placeholder("api-identifier")}
	}
	return mend.OfIssuer(iss.URL, "issuer.Audience = "+mend.GoList(list), mend.Members{"audience": list})
}

// withVerifiedEmail adds a check. A list in a document replaces the former one, so a document with other checks is not changed here.
func (iss issuer) withVerifiedEmail() decision.Mend {
	m := mend.OfIssuer(iss.URL, `issuer.Claims.Checks = append(issuer.Claims.Checks, claims.Equals(claims.Name("email_verified"), true))`,
		mend.Members{"claims": mend.Members{"checks": []string{"email_verified == true"}}})
	if len(iss.Checks) > 0 {
		m.Settings = ""
	}
	return m
}
