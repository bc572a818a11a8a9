package main

import "github.com/knownbearer/knownbearer/oidcauth/reason"

// advice names flags of this command that help to go on. The fix of a hint names the settings of a service.
func (o options) advice(r reason.Reason) string {
	switch {
	case o.settings != "" && r != reason.Expired:
		return "" // the flags contradict the document
	case r == reason.OpaqueToken && !o.offline:
		return "-introspect asks the provider about opaque tokens; -insecure-by-userinfo asks UserInfo alone"
	case (r == reason.ClaimMissing || r == reason.CheckClaimMissing) && !o.asksUserInfo() && !o.offline:
		return "-userinfo asks UserInfo for claims that the token lacks"
	case r == reason.KeysUnavailable && !o.offline:
		return "-ca trusts the certificate authority of the provider; -offline with -key sends no request"
	case r == reason.Expired && o.at == "":
		return "-at judges the token at an earlier time"
	}
	return ""
}
