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
