package drill_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

const publicURL = "https://api.corp.example"

var (
	orders      = service{audience: []string{"api://orders"}}
	ordersAlice = oidctest.Claims{"aud": "api://orders", "sub": "alice", "client_id": "web-shop", "scope": "orders.read", "jti": "9f6a8d52"}
)

func genericDrills() []drill {
	return []drill{
		{
			name:    "expired",
			story:   "The script kept a token in an environment variable since the morning and does not renew it.",
			service: orders,
			token:   token{claims: merged(ordersAlice, oidctest.Claims{"iat": ago(4 * time.Hour), "exp": ago(3 * time.Hour)})},
			want:    [][]string{words("expired")},
		},
		{
			name:    "clock-behind",
			story:   "The clock of the service's machine is four minutes behind, because its time synchronization stopped. Fresh tokens are not yet valid.",
			service: orders,
			token:   token{claims: merged(ordersAlice, oidctest.Claims{"iat": ahead(4 * time.Minute), "nbf": ahead(4 * time.Minute), "exp": ahead(9 * time.Minute)})},
			want:    [][]string{words("clock")},
		},
		{
			name:    "cut-by-a-column",
			story:   "The developer of the proxy keeps tokens in a database column of 512 characters, and the rest of the token is lost.",
			service: orders,
			token:   token{cut: 512, claims: merged(ordersAlice, oidctest.Claims{"groups": strings.Fields(strings.Repeat("accounting-team-of-the-north ", 30))})},
			// The words had "end is missing", and the first line says that the end of the token is missing, which is the same cause.
			want: [][]string{words("cut", "truncat", "incomplete", "shortened", "too short", "is lost", "end is missing", "end of the token is missing")},
		},
		{
			name:    "quoted",
			story:   "The developer read the token with jq but without -r, so it is sent with its quotation marks.",
			service: orders,
			token:   token{claims: ordersAlice},
			request: []string{`Authorization: Bearer "TOKEN"`},
			want:    [][]string{words("quot")},
		},
		{
			name:    "cookie",
			story:   "The web application stores the token in a cookie and expects the API to read it there.",
			service: orders,
			token:   token{claims: ordersAlice},
			request: []string{"Cookie: theme=dark; access_token=TOKEN"},
			want:    [][]string{words("cookie")},
		},
		{
			name:    "query",
			story:   "The developer opens an EventSource, which cannot send headers, and puts the token into the query.",
			service: orders,
			token:   token{claims: ordersAlice},
			target:  "/orders/events?access_token=TOKEN",
			request: []string{"Accept: text/event-stream"},
			want:    [][]string{words("query", "URL")},
		},
		{
			name:    "whole-token-response",
			story:   "The developer of the script sends the whole JSON answer of the token endpoint as the token.",
			service: orders,
			token:   token{claims: ordersAlice},
			request: []string{`Authorization: Bearer {"access_token":"TOKEN","token_type":"Bearer","expires_in":300}`},
			want:    [][]string{words("JSON", "token response", "whole response", "whole answer", "token endpoint")},
		},
		{
			name:    "undefined",
			story:   "The developer of the browser client sends the header before the login has finished, so the variable is undefined.",
			service: orders,
			token:   token{text: "undefined"},
			want:    [][]string{words("undefined", "placeholder", "variable", "not set", "unset", "no token")},
		},
		{
			name:    "disabled-user",
			story:   "The account was disabled when the employee left, but the identity provider still issues tokens.",
			service: service{audience: []string{"api://orders"}, search: "sub", users: []user{{value: "alice", id: "7", disabled: true}}},
			token:   token{claims: ordersAlice},
			want:    [][]string{words("disabled", "deactivated", "not enabled", "locked")},
		},
		{
			name:    "two-users",
			story:   "An import created a second account with the same login.",
			service: service{audience: []string{"api://orders"}, search: "sub", users: []user{{value: "alice", id: "7"}, {value: "alice", id: "19"}}},
			token:   token{claims: ordersAlice},
			want:    [][]string{words("two users", "2 users", "several users", "more than one user", "several enabled users", "more than one enabled user", "two enabled users", "2 enabled users", "ambiguous", "not unique")},
		},
		{
			name:    "gateway-refuses-userinfo",
			story:   "The web application firewall in front of the provider blocks the request to UserInfo with a page of its own.",
			service: service{audience: []string{"api://orders"}, userInfo: true, search: "email", users: []user{{value: "alice@corp.example", id: "7"}}},
			token:   token{claims: ordersAlice, userInfo: oidctest.Claims{"email": "alice@corp.example"}},
			fault: &fault{oidctest.UserInfo, oidctest.Fault{
				Status: http.StatusForbidden, Type: "text/html", Body: "<html><head><title>Request blocked</title></head><body>Request blocked. Support id 11823.</body></html>",
			}},
			want: [][]string{words("UserInfo"), words("gateway", "proxy", "firewall", "not the provider", "not by the provider", "HTML", "in front")},
		},
		{
			name:    "rotated-key-in-a-file",
			story:   "The operator pinned the provider's public key in a file a year ago. The provider has changed its key since.",
			service: service{audience: []string{"api://orders"}, keys: pinned},
			token:   token{claims: ordersAlice},
			want:    [][]string{words("key"), words("rotat", "renewed", "replaced", "changed", "newer", "new key", "another key", "other key", "different key", "not among", "pinned", "configured key", "not contain")},
		},
		{
			name:    "key-set-unreachable",
			story:   "The network policy of the cluster blocks the connection to the provider's key set.",
			service: service{audience: []string{"api://orders"}, keys: unreachable},
			token:   token{claims: ordersAlice},
			want:    [][]string{words("key"), words("unreachable", "reach", "refused", "fetch", "connect", "listen")},
		},
		{
			name:    "private-authority",
			story:   "The provider has a server certificate of the company's own authority, and the operator did not give the authority to the service.",
			service: service{audience: []string{"api://orders"}, keys: privateCA},
			token:   token{claims: ordersAlice},
			want:    [][]string{words("certificate", "TLS"), words("authority", "CA", "trust", "unknown")},
		},
		{
			name:    "bound-token-as-bearer",
			story:   "The developer of the client lets its library fetch DPoP-bound tokens, but sends them with the scheme Bearer and without a proof.",
			service: service{audience: []string{"api://orders"}, publicURL: publicURL},
			token:   token{claims: ordersAlice, bound: true},
			want:    [][]string{words("DPoP"), words("Bearer", "proof")},
		},
		{
			name:    "proof-for-the-public-host",
			story:   "The operator configured the address behind the proxy as the public URL. Clients make their proofs for the host of the proxy.",
			service: service{audience: []string{"api://orders"}, publicURL: "http://orders.default.svc:8080"},
			token:   token{claims: ordersAlice, bound: true, proof: publicURL + "/orders"},
			request: []string{"Authorization: DPoP TOKEN", "DPoP: PROOF"},
			want:    [][]string{words("proof"), words("URL", "host", "htu", "address")},
		},
	}
}

func genericValid() []valid {
	return []valid{
		{
			"proof",
			service{audience: []string{"api://orders"}, publicURL: publicURL},
			token{claims: ordersAlice, bound: true, proof: publicURL + "/orders"},
			[]string{"Authorization: DPoP TOKEN", "DPoP: PROOF"},
		},
		{
			"user-of-userinfo",
			service{audience: []string{"api://orders"}, userInfo: true, search: "email", users: []user{{value: "alice@corp.example", id: "7"}}},
			token{claims: ordersAlice, userInfo: oidctest.Claims{"email": "alice@corp.example"}},
			nil,
		},
	}
}
