package login

import (
	"encoding/json"
	"net/http"

	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// absence says why the request has no session. Only a cookie shows that its session has ended: a store has forgotten it by then.
func (rp *RelyingParty) absence(r *http.Request) reason.Reason {
	name := rp.cookies.session()
	all := values(r, name)
	if len(all) == 0 {
		return reason.NoCredentials
	}
	if rp.sessions.InCookie {
		var rec record
		text, ok := rp.box.OpenText(purposeSession, name, all[0])
		if ok && json.Unmarshal(text, &rec) == nil && rec.Version == recordVersion && !rp.now().Before(rp.end(&rec)) {
			return reason.SessionExpired
		}
	}
	return reason.SessionUnknown
}
