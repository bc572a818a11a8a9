package hints

// Proof describes the proof of possession of a request.
type Proof struct {
	// Accepted reports that DPoP proofs are accepted.
	Accepted bool
	// Scheme reports that the scheme is DPoP, and Headers is the number of DPoP headers.
	Scheme  bool
	Headers int
	// OtherMethod and OtherOrigin report that the proof names another method or another origin than the request.
	OtherMethod, OtherOrigin bool
	// Actual and Expected are the methods or origins that differ.
	Actual, Expected string
	// Forwarded reports that a trusted proxy passed a client certificate on.
	Forwarded bool
}

// proofRules concern tokens that are bound to a key (RFC 9449, RFC 8705).
var proofRules = []Rule{
	{
		Code: "dpop_not_configured", Reasons: []string{"sender_constrained"},
		Cause: "The token is bound to the key of a DPoP proof, and this service is not configured to check proofs.",
		Fix:   "Set Config.PublicURL to the URL below which clients call this service, or have the client request a plain bearer token.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"cnf with jkt", "Config.PublicURL"}, !c.Proof.Accepted && c.confirms("jkt")
		},
	},
	{
		Code: "dpop_token_as_bearer", Reasons: []string{"proof_missing"},
		Cause: "The token is bound to the key of a DPoP proof, but the client sent it with the scheme Bearer.",
		Fix:   "Have the client send \"Authorization: DPoP <token>\" and a proof in the DPoP header (RFC 9449 section 7.1).",
		match: func(c *Case) (evidence, bool) { return evidence{"scheme Bearer", "scheme DPoP"}, !c.Proof.Scheme },
	},
	{
		Code: "dpop_header_missing", Reasons: []string{"proof_missing"},
		Cause: "The request has the scheme DPoP, but no DPoP header.",
		Fix:   "Have the client send a proof in the DPoP header, and check that no proxy removes the header.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"no DPoP header", "one DPoP header"}, c.Proof.Scheme && c.Proof.Headers == 0
		},
	},
	{
		Code: "dpop_header_several", Reasons: []string{"proof_invalid"},
		Cause: "The request has several DPoP headers.",
		Fix:   "Have the client send one proof; a proxy or a retry may have added another.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"several DPoP headers", "one DPoP header"}, c.Proof.Headers > 1
		},
	},
	{
		Code: "proof_other_origin", Reasons: []string{"proof_other_request"},
		Cause: "The DPoP proof names another scheme, host or port than Config.PublicURL.",
		Fix:   "If clients call this service at the URL of the proof, set Config.PublicURL to it: a proxy may change scheme, host or port. Otherwise have the client make the proof for the URL that it calls.",
		match: func(c *Case) (evidence, bool) {
			return evidence{c.Proof.Actual, c.Proof.Expected}, c.Proof.OtherOrigin
		},
	},
	{
		Code: "proof_other_method", Reasons: []string{"proof_other_request"},
		Cause: "The DPoP proof was made for another HTTP method.",
		Fix:   "Have the client make a proof for each request, with its method in upper case.",
		match: func(c *Case) (evidence, bool) {
			return evidence{"htm " + c.Proof.Actual, "htm " + c.Proof.Expected}, c.Proof.OtherMethod
		},
	},
	{
		Code: "proof_other_path", Reasons: []string{"proof_other_request"},
		Cause: "The path in the DPoP proof is not the path of the request below Config.PublicURL.",
		Fix:   "If a proxy removes or adds a prefix of the path, set Config.PublicURL to the URL with the prefix. Otherwise have the client make the proof for the URL that it calls, with the same slashes and case.",
		match: func(c *Case) (evidence, bool) {
			return evidence{}, !c.Proof.OtherMethod && !c.Proof.OtherOrigin
		},
	},
	{
		Code: "client_certificate_of_proxy", Reasons: []string{"client_certificate_mismatch"},
		Cause: "The certificate of the connection is not the one to which the token is bound.",
		Fix:   "If a proxy connects to this service with its own certificate, set Config.ClientCertificate so that the client's certificate is read from the proxy's header. Otherwise the client may have changed its certificate since it got the token: have it request a new token.",
		match: func(c *Case) (evidence, bool) { return evidence{}, !c.Proof.Forwarded },
	},
}

// confirms reports whether cnf has the member.
func (c *Case) confirms(member string) bool {
	v, _ := c.Claims.Get("cnf")
	o, ok := v.Object()
	return ok && o.Has(member)
}
