package series

import (
	"strconv"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Text returns a text of the configuration as a label, which must be UTF-8.
func Text(s string) string { return strings.ToValidUTF8(s, "�") }

// Audiences returns the label that tells the applications of one issuer apart. It is empty for the only application of its issuer.
func Audiences(issuers []oidcauth.IssuerStatus) []string {
	applications := map[string]int{}
	for _, iss := range issuers {
		applications[Text(iss.Issuer)]++
	}
	taken, out := map[[2]string]int{}, make([]string, len(issuers))
	for i, iss := range issuers {
		if issuer := Text(iss.Issuer); applications[issuer] > 1 {
			out[i] = unique(taken, issuer, Text(strings.Join(iss.Audience, " ")))
		}
	}
	return out
}

// Origins returns the labels of the key sources of one issuer.
func Origins(sources []oidcauth.KeySourceStatus) []string {
	taken, out := map[[2]string]int{}, make([]string, len(sources))
	for i, source := range sources {
		out[i] = unique(taken, "", Text(source.Origin))
	}
	return out
}

// unique adds a number to a name that was taken before in the same group: two series must not have the same labels.
func unique(taken map[[2]string]int, group, name string) string {
	key := [2]string{group, name}
	taken[key]++
	if n := taken[key]; n > 1 {
		return name + " " + strconv.Itoa(n)
	}
	return name
}

// Called returns the endpoints of the issuer that are called for a request, by their labels.
func Called(iss oidcauth.IssuerStatus) map[string]provider.EndpointStats {
	out := map[string]provider.EndpointStats{}
	if iss.UserInfo != nil {
		out["userinfo"] = *iss.UserInfo
	}
	if iss.Introspection != nil {
		out["introspection"] = *iss.Introspection
	}
	return out
}

// CertificateEnd returns the earliest end of a certificate of a key. It is zero if no key has a certificate.
func CertificateEnd(keys []oidcauth.KeyStatus) time.Time {
	var end time.Time
	for _, key := range keys {
		if !key.Until.IsZero() && (end.IsZero() || key.Until.Before(end)) {
			end = key.Until
		}
	}
	return end
}
