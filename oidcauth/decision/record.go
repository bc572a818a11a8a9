package decision

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// Record describes a token without containing it, so that [github.com/knownbearer/knownbearer/oidcauth.Authenticator.Replay] can
// judge the decision again. It has no signature, and no value of a claim that concerns a person: of such a claim it has the JSON
// type and a hash. The hash is HMAC-SHA-256 with [github.com/knownbearer/knownbearer/oidcauth.Log.RecordKey]. Values of one claim
// and issuer that are equal have equal hashes; without the key, a value cannot be guessed from its hash.
type Record struct {
	// ID, Time, Accepted and Reason are those of the decision.
	ID       string        `json:"id"`
	Time     time.Time     `json:"time"`
	Accepted bool          `json:"accepted"`
	Reason   reason.Reason `json:"reason,omitempty"`
	// Form is signed for a JWT that this service verified, introspected for a token that its provider introspected, logout for a
	// logout token, login for the answer of a token endpoint and for a session, and unreadable for any other text.
	Form string `json:"form"`
	// Padded reports that the parts of the JWT have padding.
	Padded bool `json:"padded,omitempty"`
	// Header contains typ, alg, kid, x5t, x5t#S256, crit, cty and b64 of the JWT, as JSON.
	Header map[string]json.RawMessage `json:"header,omitempty"`
	// Claims contains the claims that concern no person, as JSON.
	Claims map[string]json.RawMessage `json:"claims,omitempty"`
	// Hidden describes all other claims.
	Hidden map[string]HiddenClaim `json:"hidden,omitempty"`
	// Incomplete reports that the token has more claims than a Record can have.
	Incomplete bool `json:"incomplete,omitempty"`
	// Key is the thumbprint (RFC 7638) of the key that verified the signature. It is empty if no key verified it.
	Key string `json:"key,omitempty"`
	// Issuer is the configured issuer. Keys and Configuration are hashes of its keys and of its settings at the time.
	Issuer        string `json:"issuer,omitempty"`
	Keys          string `json:"keys,omitempty"`
	Configuration string `json:"configuration,omitempty"`
}

// HiddenClaim describes a claim whose value a [Record] does not contain.
type HiddenClaim struct {
	// Type is string, number, boolean, list, object or null.
	Type string `json:"type"`
	// Hash contains 32 hexadecimal digits.
	Hash string `json:"hash"`
}

// ErrNoRecord reports a text without a record.
var ErrNoRecord = errors.New("decision: the text contains no record: set Log.RecordKey, so that the log contains records")

// ParseRecord reads a Record from one JSON object: from the Record itself, or from the member record of a line of the log, of a
// Decision or of the Decision of an Event.
func ParseRecord(line []byte) (Record, error) {
	var outer struct {
		Record   *Record   `json:"record"`
		Decision *Decision `json:"decision"`
	}
	if err := json.Unmarshal(line, &outer); err != nil {
		return Record{}, err
	}
	switch {
	case outer.Record != nil:
		return *outer.Record, nil
	case outer.Decision != nil && outer.Decision.Record != nil:
		return *outer.Decision.Record, nil
	}
	var own Record
	if err := json.Unmarshal(line, &own); err != nil {
		return Record{}, err
	}
	if own.Form == "" {
		return Record{}, ErrNoRecord
	}
	return own, nil
}

// Replay is the judgement of a [Record] by the present configuration and keys, at the time of the record.
type Replay struct {
	Record Record `json:"record"`
	// Outcome is Passed if the request would be accepted, Failed if it would be refused, and Skipped if the record does not
	// contain enough to decide.
	Outcome Outcome `json:"outcome"`
	// Reason is the reason of the refusal. It is empty for other outcomes, and if an earlier step that cannot be judged may have
	// another reason.
	Reason reason.Reason `json:"reason,omitempty"`
	// Steps lists the steps in order. The detail of a skipped step says why it cannot be judged.
	Steps []Step `json:"steps"`
	// Changes lists what has changed since the record, in sentences.
	Changes []string `json:"changes,omitempty"`
}
