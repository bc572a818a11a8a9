package login

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

var (
	// ErrNoSession reports a context without the session of a [RelyingParty]: the request had a bearer token, or it did not pass
	// [RelyingParty.Require].
	ErrNoSession = errors.New("login: the context has no session")
	// ErrNoToken reports a session without a usable access token: it is in a cookie, or the token has expired and the provider issued no
	// refresh token.
	ErrNoToken = errors.New("login: the session has no usable access token")
)

// TokenSource returns the source of the user's access tokens, for calls to other APIs on behalf of the user (oauth2.NewClient). ctx is
// that of a request that passed [RelyingParty.Require]. The source refreshes a token before it expires, at most once at a time for each
// session. Its tokens contain no refresh token. It is safe for concurrent use until the request ends.
//
// The error of its Token method is [ErrNoSession] or [ErrNoToken], or says that the session has ended, or that the provider or the store
// gave no usable answer. No error contains a token.
func TokenSource(ctx context.Context) oauth2.TokenSource {
	if h, ok := ctx.Value(holderKey{}).(*holder); ok {
		return h
	}
	return noSession{}
}

type noSession struct{}

func (noSession) Token() (*oauth2.Token, error) { return nil, ErrNoSession }

// holderKey is the key of the holder in a context.
type holderKey struct{}

// holder is the session of one request.
type holder struct {
	rp      *RelyingParty
	request *http.Request

	mu      sync.Mutex
	session *session
}

// Token returns the present access token.
func (h *holder) Token() (*oauth2.Token, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, err := h.rp.fresh(h.request, h.session)
	if err != nil {
		return nil, err
	}
	h.session = s
	t := s.record.Tokens
	if !h.rp.isLive(t) {
		return nil, ErrNoToken
	}
	out := &oauth2.Token{AccessToken: t.Access, TokenType: t.Type}
	if t.Ends != 0 {
		out.Expiry = time.Unix(t.Ends, 0)
	}
	return out, nil
}
