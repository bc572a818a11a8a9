package login

import (
	"net/http"
	"strconv"
	"time"
)

const (
	maxLogins  = 2 // logins within recentLife after which none begins by itself
	recentLife = time.Minute
)

// countLogin counts the logins of a browser that ended well, in a cookie of a short life. [RelyingParty.Require] removes it as soon as
// the browser returns with the session. If the browser never does, a count of [maxLogins] ends the loop of redirects.
func (rp *RelyingParty) countLogin(w http.ResponseWriter, r *http.Request) {
	rp.cookies.set(w, rp.cookies.recent(), strconv.Itoa(rp.recentLogins(r)+1), recentLife, http.SameSiteLaxMode)
}

// recentLogins returns the count.
func (rp *RelyingParty) recentLogins(r *http.Request) int {
	for _, value := range values(r, rp.cookies.recent()) {
		if n, err := strconv.Atoi(value); err == nil && n > 0 && n <= maxLogins {
			return n
		}
	}
	return 0
}
