package provider

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/knownbearer/knownbearer/internal/fetch"
)

// shown returns what may be printed of the configuration. The URLs of endpoints are left out.
func (c Config) shown() string {
	issuer := c.Issuer
	switch {
	case issuer == "":
		issuer = "an issuer without name"
	case strings.ContainsAny(issuer, "?#@"):
		issuer = fetch.Display(issuer)
	}
	if c.ClientID == "" {
		return "client of " + issuer
	}
	return "client " + c.ClientID + " of " + issuer
}

// String returns the issuer, without a query, and the ClientID.
func (p Client) String() string { return p.shown }

// Format writes [Client.String] for every verb: the URLs of endpoints may hold secrets in their query.
func (p Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, p.shown) }

// LogValue returns [Client.String].
func (p Client) LogValue() slog.Value { return slog.StringValue(p.shown) }
