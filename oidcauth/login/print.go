package login

import (
	"fmt"
	"io"
	"log/slog"
)

// String returns the PublicURL and the number of providers and keys.
func (c Config) String() string {
	return fmt.Sprintf("login at %s with %d provider(s) and %d key(s) [redacted]", c.PublicURL, len(c.Providers), len(c.Keys))
}

// Format writes [Config.String] for every verb.
func (c Config) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns [Config.String].
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText returns [Config.String].
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// String returns the URL of the service.
func (rp *RelyingParty) String() string { return "login at " + rp.public.String() }

// Format writes [RelyingParty.String] for every verb.
func (rp *RelyingParty) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, rp.String()) }

// LogValue returns [RelyingParty.String].
func (rp *RelyingParty) LogValue() slog.Value { return slog.StringValue(rp.String()) }
