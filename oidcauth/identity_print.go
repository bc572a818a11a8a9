package oidcauth

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/trace"
)

// shownIdentity contains the fields of an Identity that do not identify a person. Printed, logged and marshalled forms contain
// only these fields.
type shownIdentity struct {
	Issuer  string    `json:"issuer,omitempty"`
	Tenant  string    `json:"tenant,omitempty"` // empty if the claim could identify a person
	Client  string    `json:"client,omitempty"`
	ID      string    `json:"jti,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Scopes  []string  `json:"scopes,omitempty"`
	Claims  []string  `json:"claims,omitempty"` // the names of the claims
}

func (i *Identity) shown() shownIdentity {
	data := i.data()
	out := shownIdentity{
		Issuer: record.Short(data.Issuer), Client: record.Short(i.ClientID()), Expires: data.Expires,
		Scopes: record.List(data.Scopes), Claims: record.List(data.Claims.Names()),
	}
	if data.Token.Known {
		out.ID = record.Short(data.Token.Claims.Text("jti"))
	}
	if data.Rules != nil && record.Impersonal(data.Rules.Tenant.String()) {
		out.Tenant = record.Short(data.Tenant)
	}
	return out
}

// String returns the issuer, the tenant, the client, the token's jti, exp and scopes, and the names of its claims. It omits
// absent values.
func (i *Identity) String() string {
	shown := i.shown()
	if shown.Issuer == "" {
		return "no identity"
	}
	expires := ""
	if !shown.Expires.IsZero() {
		expires = trace.Stamp(shown.Expires)
	}
	text := "identity of a token of " + shown.Issuer
	for _, part := range [][2]string{
		{"jti", shown.ID},
		{"tenant", shown.Tenant},
		{"client", shown.Client},
		{"expires", expires},
		{"scopes", strings.Join(shown.Scopes, " ")},
		{"claims", strings.Join(shown.Claims, " ")},
	} {
		if part[1] != "" {
			text += ", " + part[0] + " " + part[1]
		}
	}
	return record.Printable(text)
}

// Format prints [Identity.String] for every verb.
func (i Identity) Format(f fmt.State, verb rune) { record.Format(f, verb, i.String()) }

// LogValue returns the issuer, the client, the token's jti, exp and scopes, and the names of its claims as attributes. It omits
// an absent exp.
func (i *Identity) LogValue() slog.Value {
	shown := i.shown()
	attrs := []slog.Attr{slog.String("issuer", shown.Issuer), slog.String("client", shown.Client), slog.String("jti", shown.ID)}
	if !shown.Expires.IsZero() {
		attrs = append(attrs, slog.Time("expires", shown.Expires))
	}
	return slog.GroupValue(append(attrs, slog.Any("scopes", shown.Scopes), slog.Any("claims", shown.Claims))...)
}

// MarshalJSON returns an object with issuer, tenant, client, jti, expires, scopes and the names of the claims.
func (i Identity) MarshalJSON() ([]byte, error) { return json.Marshal(i.shown()) }
