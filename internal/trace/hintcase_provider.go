package trace

import (
	"errors"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/clientfault"
	"github.com/knownbearer/knownbearer/internal/hints"
	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/internal/record"
	"github.com/knownbearer/knownbearer/internal/resolve"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// addUserInfo adds the facts about a refusal of UserInfo.
func (t *Trace) addUserInfo(c *hints.Case, err error) {
	var refused *claims.RefusedError
	if errors.As(err, &refused) {
		c.UserInfo.Status, c.UserInfo.HTML = refused.Status, refused.HTML
		c.UserInfo.Code, c.UserInfo.Scope = t.Redacted(refused.Code, record.MaxShort), t.Redacted(refused.Scope, record.MaxShort)
	}
	var subject *resolve.SubjectError
	if errors.As(err, &subject) {
		c.UserInfo.Subject = hints.Subject{
			Claim: subject.Claim.String(), Kind: subject.Token, Info: subject.UserInfo, Same: record.Short(subject.Same.String()),
		}
	}
}

// addClient adds the facts about a provider that refused this service as a client, or refused its request.
func (t *Trace) addClient(c *hints.Case, err error) {
	var client clientfault.ClientRefused
	if errors.As(err, &client) {
		c.Client.Status, c.Client.Code, c.Client.HTML = client.ClientRefused()
	}
	var scoped clientfault.RefusedScope
	if errors.As(err, &scoped) {
		c.Client.Scope = t.Redacted(scoped.RefusedScope(), record.MaxShort)
	}
	var refusedToken clientfault.TokenRefused
	if errors.As(err, &refusedToken) {
		c.TokenRefusal.Status, c.TokenRefusal.Code = refusedToken.TokenRefused()
	}
	var assertion clientfault.ClientAssertion
	if errors.As(err, &assertion) {
		c.Client.Assertion = assertion.ClientAssertion()
	}
	var missing clientfault.MissingEndpoint
	if errors.As(err, &missing) {
		c.Endpoint = missing.MissingEndpoint()
	}
}

// NotRevoked returns the hints about a provider that did not revoke the token.
func (t *Trace) NotRevoked(stillActive bool, err error) []decision.Hint {
	c := t.hintCase(&pipeline.Fault{Err: err})
	var unsupported clientfault.NotRevocable
	c.Reason, c.Revocation = hints.NotRevoked, hints.Revocation{StillActive: stillActive, Unsupported: errors.As(err, &unsupported)}
	out := asHints(hints.For(c))
	for i := range out {
		out[i].Reason = "" // it is no reason of a refusal
	}
	return out
}

// addDownstream adds the facts about calls to other APIs.
func (t *Trace) addDownstream(c *hints.Case, err error) {
	var exchange interface{ ExchangeRefused() (string, []int) }
	if errors.As(err, &exchange) {
		code, numbers := exchange.ExchangeRefused()
		c.Exchange = hints.Exchange{Refused: true, Code: t.Redacted(code, record.MaxShort), Numbers: numbers}
	}
	var graph interface{ GraphRefused() (int, string) }
	if errors.As(err, &graph) {
		status, code := graph.GraphRefused()
		c.Graph.Status, c.Graph.Code = status, t.Redacted(code, record.MaxShort)
	}
	var file interface{ AssertionFile() string }
	if errors.As(err, &file) {
		c.AssertionFile = t.Redacted(file.AssertionFile(), record.MaxShort)
	}
}
