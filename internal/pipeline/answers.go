package pipeline

import (
	"errors"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
)

// providerAnswers contains the caches of one provider's answers about tokens.
type providerAnswers struct {
	userInfo      *answers.Cache[claims.Set]
	introspection *answers.Cache[claims.Set]
}

// newProviderAnswers makes two caches of 1000 answers and 8 MiB each. No answer is used beyond the token's exp. Answers of
// UserInfo are used for 5 minutes, and answers of introspection for the given age. A refusal is used for 10 s.
func newProviderAnswers(introspectionAge time.Duration) providerAnswers {
	return providerAnswers{
		userInfo: answers.New[claims.Set](answers.Policy{Refusal: func(err error) bool {
			var refused *claims.RefusedError
			return errors.As(err, &refused)
		}}),
		introspection: answers.New[claims.Set](answers.Policy{
			Age:     max(introspectionAge, 1), // with an age of 1 ns, only the requests that wait for an answer share it
			Refusal: func(err error) bool { return errors.Is(err, claims.ErrInactive) },
		}),
	}
}
