package provider

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

const (
	exchangesKept  = 10_000
	exchangesBytes = 32 << 20
	exchangeAge    = 24 * time.Hour   // An answer ends earlier by its expires_in.
	exchangeMargin = 10 * time.Second // The time that a kept token is still valid at least.
	unknownLife    = time.Minute      // The time for which an answer without expires_in is kept.
	copies         = 3                // A token holds its texts three times.
)

func newExchanges(c Config) *answers.Cache[*oauth2.Token] {
	concurrent := c.Concurrency
	if concurrent <= 0 {
		concurrent = 64
	}
	return answers.New[*oauth2.Token](answers.Policy{
		Entries: exchangesKept, Bytes: exchangesBytes, Age: exchangeAge,
		FlightLimit: 2 * concurrent, // As many may run as may wait.
		Refusal: func(err error) bool {
			var refused *ExchangeError
			return errors.As(err, &refused)
		},
	})
}

// exchange returns the kept answer, or that of the provider.
func (p *Client) exchange(
	ctx context.Context, subject string, expires time.Time, form url.Values, check func(*oauth2.Token) error,
) (*oauth2.Token, error) {
	if p.id == "" {
		return nil, ErrNoClient
	}
	now := p.now()
	if expires.IsZero() {
		expires = now // The cache takes a zero time for no limit.
	}
	key := form.Encode() + " " + strconv.FormatInt(expires.UnixNano(), 10)
	said, err := p.exchanged.Get(ctx, key, answers.Question{Now: now, End: expires}, func(ctx context.Context) (answers.Answer[*oauth2.Token], error) {
		var size int
		t, err := fetch.Observe(p.observed(ctx, subject), decision.EndpointToken, func(ctx context.Context) (t *oauth2.Token, err error) {
			t, size, err = p.fetchExchanged(ctx, subject, form)
			return t, err
		})
		if err == nil {
			if err = check(t); err != nil {
				err = unavailable(token, err)
			}
		}
		return answers.Answer[*oauth2.Token]{Value: t, Size: copies * size, End: now.Add(keptFor(t))}, err
	})
	switch {
	case errors.Is(err, answers.ErrBusy):
		return nil, ErrBusy
	case err != nil:
		return nil, err
	}
	own := *said.Value // The caller may change it.
	return &own, nil
}

// keptFor returns how long an answer is kept, which is not positive for one that is about to expire.
func keptFor(t *oauth2.Token) time.Duration {
	if t == nil || t.ExpiresIn == 0 {
		return unknownLife
	}
	return time.Duration(t.ExpiresIn)*time.Second - exchangeMargin
}
