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

// shownIdentity is what may be told of an Identity: the token, and nothing of the person.
type shownIdentity struct {
	Issuer  string    `json:"issuer,omitempty"`
	Tenant  string    `json:"tenant,omitempty"` // where the claim is none that could name a person
	Client  string    `json:"client,omitempty"`
	ID      string    `json:"jti,omitempty"`
	Expires time.Time `json:"expires,omitzero"`
	Scopes  []string  `json:"scopes,omitempty"`
	Claims  []string  `json:"claims,omitempty"` // their names
}

func (i *Identity) shown() shownIdentity {
	known := i.known()
	out := shownIdentity{
		Issuer: record.Short(known.Issuer), Client: record.Short(i.ClientID()), Expires: known.Expires, Scopes: record.List(known.Scopes), Claims: record.List(known.Claims.Names()),
	}
	if known.Token.Known {
		out.ID = record.Short(known.Token.Claims.Text("jti"))
	}
	if known.Rules != nil && record.Impersonal(known.Rules.Tenant.String()) {
		out.Tenant = record.Short(known.Tenant)
	}
	return out
}

// String names the issuer, the client, the token's jti, exp and scopes, and its claims without their values.
func (i *Identity) String() string {
	shown := i.shown()
	if shown.Issuer == "" {
		return "no identity"
	}
	text := "identity of a token of " + shown.Issuer
	for _, part := range [][2]string{
		{"jti", shown.ID},
		{"tenant", shown.Tenant},
		{"client", shown.Client},
		{"expires", trace.Stamp(shown.Expires)},
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

// LogValue is what [Identity.String] tells, as attributes.
func (i *Identity) LogValue() slog.Value {
	shown := i.shown()
	return slog.GroupValue(
		slog.String("issuer", shown.Issuer), slog.String("client", shown.Client), slog.String("jti", shown.ID), slog.Time("expires", shown.Expires),
		slog.Any("scopes", shown.Scopes), slog.Any("claims", shown.Claims),
	)
}

// MarshalJSON is what [Identity.String] tells, as an object: issuer, tenant, client, jti, expires, scopes, claims.
func (i Identity) MarshalJSON() ([]byte, error) { return json.Marshal(i.shown()) }
