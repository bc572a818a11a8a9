package decision

import (
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// EventKind is the kind of an [Event].
type EventKind string

// The kinds of events.
const (
	// Accepted reports that a token, or a request with a session, was accepted. The event has a Decision.
	Accepted EventKind = "accepted"
	// Refused reports that a request, a token, a logout token, an open connection, a login or a session was refused. The event has a Decision.
	Refused EventKind = "refused"
	// Revoked reports a call of Revoke, even if it failed. The event has a Revocation.
	Revoked EventKind = "revoked"
	// LoggedOut reports that a back-channel logout ended sessions. The event has a Logout.
	LoggedOut EventKind = "logged_out"
	// SignedIn reports that a login was accepted, and Refreshed that the answer to a refresh token was accepted and the session goes on.
	// The event has a Decision.
	SignedIn  EventKind = "signed_in"
	Refreshed EventKind = "refreshed"
	// SignedOut reports that a session ended: its user signed out, the provider ended it or refused its refresh token, or a request was
	// refused because of it. After a back-channel logout, which is LoggedOut, the next request of the session reports its end. The end of
	// an idle or an old session is not reported, and of a session in a cookie only that by its user or at the front channel. The event has
	// a SignOut.
	SignedOut EventKind = "signed_out"
	// Fetched reports that a call to a provider or to the user store ended. The event has a Fetch.
	Fetched EventKind = "fetched"
	// Reloaded reports that a configuration was read again. The event has a Reload.
	Reloaded EventKind = "reloaded"
	// Shadowed reports that the shadow configuration would decide a request otherwise, or cannot judge it. The event has a Shadow.
	Shadowed EventKind = "shadowed"
)

// Event reports an event for metrics, traces and audits. It contains no token, and contains personal values only as [Decision]
// does. Later versions may add kinds, so ignore a kind that you do not know. The data of an Event must not be changed, because
// others may read it at the same time.
type Event struct {
	Kind EventKind `json:"kind"`
	Time time.Time `json:"time"`
	// ID identifies the event. If the event has a Decision, it is the ID of the Decision. It is empty for Fetched. For Shadowed, it is the
	// ID of the Decision about the request, or empty if the accepted request has no Decision.
	ID string `json:"id,omitempty"`
	// Issuer is the configured issuer. It is empty if the issuer is unknown, or if the event concerns all issuers.
	Issuer string `json:"issuer,omitempty"`

	// One of the following fields is set, as the Kind says.

	Decision   *Decision   `json:"decision,omitempty"`
	Revocation *Revocation `json:"revocation,omitempty"`
	Logout     *Logout     `json:"logout,omitempty"`
	SignOut    *SignOut    `json:"sign_out,omitempty"`
	Fetch      *Fetch      `json:"fetch,omitempty"`
	Reload     *Reload     `json:"reload,omitempty"`
	Shadow     *Shadow     `json:"shadow,omitempty"`
}

// Revocation describes a call of [github.com/knownbearer/knownbearer/oidcauth.Authenticator.Revoke].
type Revocation struct {
	// Token contains parts of the token. They are verified only if Stored is set. It is empty for a refresh token.
	Token TokenFacts `json:"token"`
	// Stored reports that this service refuses the token from now on.
	Stored bool `json:"stored"`
	// AtProvider is Passed if the provider revoked the token too, Failed if it did not, and Skipped if it was not asked.
	AtProvider Outcome `json:"at_provider"`
	// Fault is the error that Revoke returned. It is empty if Revoke succeeded.
	Fault string `json:"fault,omitempty"`
}

// Logout describes a back-channel logout (OpenID Connect Back-Channel Logout 1.0).
type Logout struct {
	// Token contains parts of the logout token.
	Token TokenFacts `json:"token"`
	// Session reports that the logout token names a session (sid), and User that it names a user (sub).
	Session bool `json:"session"`
	User    bool `json:"user"`
}

// SignOut describes the end of a session.
type SignOut struct {
	// ClientID is the client of the login.
	ClientID string `json:"client_id"`
	// Reason is the reason for which the session ended. It is empty if the user signed out at this service.
	Reason reason.Reason `json:"reason,omitempty"`
	// Subject is the sub of the user. It is empty unless [github.com/knownbearer/knownbearer/oidcauth.Config.ShowClaimValues] is set.
	Subject string `json:"sub,omitempty"`
}

// Endpoint is the kind of the endpoint or store that a call uses.
type Endpoint string

// The endpoints.
const (
	EndpointDiscovery     Endpoint = "discovery"     // provider metadata (OpenID Connect Discovery 1.0, RFC 8414)
	EndpointKeys          Endpoint = "keys"          // a key set (RFC 7517) or certificates
	EndpointUserInfo      Endpoint = "userinfo"      // OpenID Connect Core 1.0 section 5.3
	EndpointIntrospection Endpoint = "introspection" // RFC 7662
	EndpointToken         Endpoint = "token"         // RFC 6749 section 3.2
	EndpointRevocation    Endpoint = "revocation"    // RFC 7009

	EndpointPushedAuthorization Endpoint = "pushed_authorization_request" // RFC 9126
	EndpointGroups              Endpoint = "groups"                       // Microsoft Graph, for the groups that a token does not contain
	EndpointUsers               Endpoint = "users"                        // the user store of the service
)

// Result is the result of a call.
type Result string

// The results.
const (
	// Succeeded means that the answer is usable.
	Succeeded Result = "succeeded"
	// Declined means that the provider answered, and refused the token or this service as its client.
	Declined Result = "declined"
	// Unavailable means that there is no usable answer.
	Unavailable Result = "unavailable"
)

// Fetch describes one call to a provider or to the user store. It may comprise several HTTP requests: redirects and
// repetitions.
type Fetch struct {
	Endpoint Endpoint `json:"endpoint"`
	// Host is the host and port of the last HTTP request. It is empty if this module sent no HTTP request.
	Host string `json:"host,omitempty"`
	// Status is the HTTP status of the last answer. It is 0 if there was no answer.
	Status  int           `json:"status,omitempty"`
	Result  Result        `json:"result"`
	Elapsed time.Duration `json:"elapsed_ns"`
	// Fault is the error. It is empty if the call succeeded.
	Fault string `json:"fault,omitempty"`
}

// Reload describes a configuration that was read again.
type Reload struct {
	// Source names the document.
	Source string `json:"source"`
	// Configuration is the hash of the configuration that is in effect now.
	Configuration string `json:"configuration"`
	// Fault is the cause for which the new configuration is not used. It is empty if the new configuration is in effect.
	Fault string `json:"fault,omitempty"`
}
