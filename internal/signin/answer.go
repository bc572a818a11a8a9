package signin

import (
	"context"
	"net/http"
)

// Answer writes the answer to a refused request.
type Answer func(http.ResponseWriter, *http.Request, error)

type answerKey struct{}

// WithAnswer returns a context with the Answer to the refusals of a request. A nil Answer leaves the answer to the Authenticator.
func WithAnswer(ctx context.Context, a Answer) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

// AnswerOf returns the Answer of the context, or nil.
func AnswerOf(ctx context.Context) Answer {
	a, _ := ctx.Value(answerKey{}).(Answer)
	return a
}

// Session describes the answer to a refused request that was judged without a token: by its session, or as a step of a login.
type Session struct {
	// Text is one sentence for the client.
	Text string
	// Alone reports that the resource accepts no token either.
	Alone bool
}

type sessionKey struct{}

// WithSession returns a context with which the Authenticator answers a refusal as Session says.
func WithSession(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// SessionOf returns the Session of the context.
func SessionOf(ctx context.Context) (s Session, ok bool) {
	s, ok = ctx.Value(sessionKey{}).(Session)
	return s, ok
}
