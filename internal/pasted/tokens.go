package pasted

import (
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	// jwt finds JWTs in a text, with and without a signature, and encrypted ones.
	jwt = regexp.MustCompile(`eyJ[A-Za-z0-9_+/-]{8,}={0,2}(?:\.[A-Za-z0-9_+/-]*={0,2}){2,4}`)
	// bearer finds tokens after the scheme.
	bearer = regexp.MustCompile(`(?i)\bbearer[ \t]+([A-Za-z0-9._~+/-]{8,}=*)`)
)

// isJWT reports whether a text begins as a JWT does.
func isJWT(s string) bool { return strings.HasPrefix(s, "eyJ") && strings.Count(s, ".") >= 2 }

// tokenNames lists the names of members, parameters and cookies that contain tokens, with the standard name of each. A name
// that more likely means the access token comes earlier.
var tokenNames = []struct{ name, standard string }{
	{"access_token", "access_token"},
	{"accesstoken", "access_token"},
	{"access-token", "access_token"},
	{"token", "token"},
	{"jwt", "token"},
	{"bearer_token", "token"},
	{"id_token", "id_token"},
	{"idtoken", "id_token"},
	{"refresh_token", "refresh_token"},
	{"refreshtoken", "refresh_token"},
}

// standardName returns the standard name of a member that contains a token.
func standardName(member string) (name string, rank int, ok bool) {
	rank = slices.IndexFunc(tokenNames, func(n struct{ name, standard string }) bool { return strings.EqualFold(n.name, member) })
	if rank < 0 {
		return "", 0, false
	}
	return tokenNames[rank].standard, rank, true
}

// collect adds the tokens of the header.
func (f *Found) collect() {
	for _, value := range f.Header.Values("Authorization") {
		f.add("Authorization", bare(value))
	}
	for _, name := range slices.Sorted(maps.Keys(f.Header)) {
		switch name {
		case "Authorization", "Cookie":
		default:
			for _, value := range f.Header[name] {
				if isJWT(bare(value)) {
					f.add(shown(name), bare(value))
				}
			}
		}
	}
	for _, line := range f.Header.Values("Cookie") {
		f.addCookies(line)
	}
}

// bare returns a credential without its scheme.
func bare(value string) string {
	scheme, rest, ok := strings.Cut(value, " ")
	if ok && isScheme(scheme) {
		return strings.TrimSpace(rest)
	}
	return value
}

// isScheme reports whether a word is an authentication scheme (RFC 9110 section 11.1), or a word that is taken for one.
func isScheme(word string) bool {
	return slices.ContainsFunc([]string{"Bearer", "DPoP", "Token", "JWT", "Basic", "Digest", "Negotiate", "GNAP", "OAuth"}, func(s string) bool {
		return strings.EqualFold(word, s)
	})
}

// addCookies adds the cookies that contain tokens.
func (f *Found) addCookies(line string) {
	cookies, err := http.ParseCookie(line)
	if err != nil {
		f.ignore("A Cookie header is malformed.")
	}
	for _, c := range cookies {
		if _, _, named := standardName(c.Name); named || isJWT(c.Value) {
			f.add("cookie "+shown(c.Name), c.Value)
		}
	}
}

// addQuery adds the tokens in the query of a URL.
func (f *Found) addQuery(target string) {
	if _, query, ok := strings.Cut(target, "?"); ok {
		query, _, _ = strings.Cut(query, "#")
		f.addForm("query", query)
	}
}

// addForm adds the tokens in a query or in a body of the same form.
func (f *Found) addForm(where, text string) {
	values, _ := url.ParseQuery(text)
	for _, known := range tokenNames {
		for name, list := range values {
			if strings.EqualFold(name, known.name) {
				f.add(where+" "+known.standard, list[0])
			}
		}
	}
}
