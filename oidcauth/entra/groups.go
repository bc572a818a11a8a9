package entra

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/internal/answers"
	"github.com/knownbearer/knownbearer/internal/circuit"
	"github.com/knownbearer/knownbearer/internal/claimset"
	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/jose"
	"github.com/knownbearer/knownbearer/internal/strictjson"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

const (
	publicGraph = "https://graph.microsoft.com"
	defaultAge  = 5 * time.Minute
	maxAge      = time.Hour
	refusedAge  = time.Minute
	maxFlights  = 64
)

// GroupsConfig says how the groups of a user are fetched. Client is required.
type GroupsConfig struct {
	// Client requests the tokens for Graph. It is a client of the user's tenant with credentials of its own.
	Client *provider.Client
	// OnBehalfOf asks as the user, with a token of [provider.Client.OnBehalfOf] for the delegated permission User.Read. If
	// false, the service asks as itself, which needs an application permission, such as User.Read.All, and the consent of an
	// administrator.
	OnBehalfOf bool
	// AllGroups also fetches the groups that are not security groups, the administrative units and the directory roles of
	// the user.
	AllGroups bool
	// GraphURL is the root of Microsoft Graph. If empty, it is "https://graph.microsoft.com". National clouds have their
	// own.
	GraphURL string
	// MaxAge is the time for which the groups of a user are kept, at most 1 h. If 0, it is 5 min. An Authenticator keeps the
	// answer for a token for 5 min more, so a change of the groups is seen after the sum of both times.
	MaxAge time.Duration
	// HTTPClient sends the requests to Graph. If nil, a client with timeouts is used.
	HTTPClient *http.Client
	// Now is the clock. If nil, it is time.Now.
	Now func() time.Time
}

// Groups is a [claims.Fetcher] of the claim groups. [NewGroups] makes one. It is safe for concurrent use.
type Groups struct {
	config GroupsConfig
	client *fetch.Client
	root   *url.URL
	app    *appToken // It is nil with OnBehalfOf.
	cache  *answers.Cache[string]
	gate   *circuit.Gate

	mu     sync.Mutex
	paused time.Time // Graph is not asked before this time.
}

var _ claims.Distributed = (*Groups)(nil)

// NewGroups checks the configuration. It fetches nothing.
func NewGroups(c GroupsConfig) (*Groups, error) {
	if c.GraphURL == "" {
		c.GraphURL = publicGraph
	}
	if c.MaxAge == 0 {
		c.MaxAge = defaultAge
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	root, _ := url.Parse(c.GraphURL)
	switch err := fetch.CheckURL(c.GraphURL); {
	case err != nil:
		return nil, fmt.Errorf("entra: GroupsConfig.GraphURL: %w", err)
	case strings.Trim(root.Path, "/") != "" || root.RawQuery != "":
		return nil, errors.New("entra: GroupsConfig.GraphURL has a path or a query; it must be the root of Microsoft Graph")
	case c.Client == nil:
		return nil, errors.New("entra: GroupsConfig.Client is nil")
	case c.MaxAge < 0 || c.MaxAge > maxAge:
		return nil, errors.New("entra: GroupsConfig.MaxAge is not between 0 and 1 h")
	case c.HTTPClient != nil && guard.IsNil(c.HTTPClient.Transport):
		return nil, errors.New("entra: GroupsConfig.HTTPClient has a nil pointer or function as its Transport")
	}
	root.Path = ""
	g := &Groups{config: c, client: fetch.NewClient(c.HTTPClient), root: root, gate: circuit.New(circuit.Policy{Concurrent: maxFlights}, c.Now)}
	g.cache = answers.New[string](answers.Policy{
		Age: c.MaxAge, RefusedAge: refusedAge, FlightLimit: maxFlights,
		Refusal: func(err error) bool {
			var refused *claims.RefusedError
			return errors.As(err, &refused)
		},
	})
	if !c.OnBehalfOf {
		g.app = &appToken{client: c.Client, scope: root.String() + "/.default"}
	}
	return g, nil
}

// Refers reports whether the token has groups overage.
func (g *Groups) Refers(token claims.Set) bool {
	if v, found := token.Lookup(claims.Name("hasgroups")); found {
		yes, _ := v.Bool()
		text, _ := v.Text()
		if yes || text == "true" {
			return true
		}
	}
	_, found := token.Lookup(claims.Pointer("/_claim_names/groups"))
	return found
}

// UserInfo returns sub and groups of the token's user. Without groups overage it calls nothing, and returns sub alone.
// The token must be verified: oid and sub are read from it.
//
// The groups of a user are kept for MaxAge: those of at most 1000 users, in 8 MiB. Concurrent callers share one call for each user.
// After 429, or 503 with Retry-After, Graph is not asked for as long as Retry-After says, at most 5 min; if it fails for five
// users in a row, it is not asked for 5 s.
//
// The error is a [*claims.RefusedError] if the token cannot lead to groups: it is no JWT, Graph does not know its user, or the
// user has more than 10,000 groups ([ErrTooManyGroups]), which is kept for 1 min, or Entra ID refuses to exchange the token,
// which is a [*provider.ExchangeError] too. A [*GraphError] or a [*provider.ClientRefusedError] means that this service lacks
// a permission, or that Graph limits its calls.
func (g *Groups) UserInfo(ctx context.Context, accessToken string) (claims.Set, error) {
	u, err := g.userOf(accessToken)
	if err != nil {
		return claims.Set{}, err
	}
	if !u.overage {
		return u.set("")
	}
	var own *oauth2.Token
	if g.config.OnBehalfOf {
		// Each token is exchanged by itself, so that the refusal of one does not concern another of the same user.
		if own, err = g.config.Client.OnBehalfOf(ctx, accessToken, u.expires, g.root.String()+"/User.Read"); err != nil {
			return claims.Set{}, exchangeError(err)
		}
	}
	said, err := g.cache.Get(ctx, u.tenant+" "+u.id, answers.Question{Now: g.config.Now()}, func(ctx context.Context) (answers.Answer[string], error) {
		list, err := fetch.Observe(ctx, decision.EndpointGroups, func(ctx context.Context) (string, error) { return g.ask(ctx, u, own) })
		return answers.Answer[string]{Value: list, Size: len(list)}, err
	})
	if err != nil {
		return claims.Set{}, fmt.Errorf("entra: groups: %w", err)
	}
	return u.set(said.Value)
}

// exchangeError makes the refusal of a token a refusal of UserInfo. The token's sender can cause it.
func exchangeError(err error) error {
	var refused *provider.ExchangeError
	if errors.As(err, &refused) {
		return fmt.Errorf("entra: groups: %w: %w", &claims.RefusedError{Status: refused.Status, Code: refused.Code}, err)
	}
	return fmt.Errorf("entra: groups: %w", err)
}

// user is what a token says of its user.
type user struct {
	sub        strictjson.Value
	id, tenant string
	expires    time.Time
	overage    bool
}

// An id is a part of a URL.
var idText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (g *Groups) userOf(token string) (user, error) {
	t, err := jose.Parse(token, 0)
	if err != nil {
		return user{}, fmt.Errorf("entra: groups: the token is no JWT: %w", &claims.RefusedError{Status: http.StatusBadRequest}) // The cause would repeat a part of it.
	}
	u := user{id: t.Claims.Text("oid"), tenant: t.Claims.Text("tid"), overage: g.Refers(claimset.FromObject(t.Claims))}
	u.sub, _ = t.Claims.Get("sub")
	exp, _ := t.Claims.Get("exp")
	if d, ok := exp.Number(); ok {
		u.expires, _ = d.Date()
	}
	if _, ok := u.sub.Text(); !ok || u.overage && !idText.MatchString(u.id) {
		return user{}, fmt.Errorf("entra: groups: the token has no sub, or no oid: %w", &claims.RefusedError{Status: http.StatusBadRequest})
	}
	return u, nil
}

// set returns the claims sub and groups. An empty list leaves groups out.
func (u user) set(groups string) (claims.Set, error) {
	text := `{"sub":` + u.sub.Raw()
	if groups != "" {
		text += `,"groups":` + groups
	}
	o, err := strictjson.ParseText(text+"}", strictjson.Limits{Bytes: 2 * maxBytes, Values: 2 * maxGroups})
	if err != nil {
		return claims.Set{}, fmt.Errorf("entra: groups: %w", err)
	}
	return claimset.FromObject(o), nil
}

// ask returns the groups as a JSON array, by the user's own token for Graph or by that of the service.
func (g *Groups) ask(ctx context.Context, u user, token *oauth2.Token) (string, error) {
	if err := g.checkPause(); err != nil {
		return "", err
	}
	path := "/v1.0/me/getMemberObjects"
	if token == nil {
		var err error
		if token, err = g.app.get(ctx); err != nil {
			return "", err
		}
		path = "/v1.0/users/" + u.id + "/getMemberObjects"
	}
	var list []string
	err := g.gate.Do(ctx, circuit.Key(keyOf(u)), func() (circuit.Outcome, error) {
		var err error
		list, err = g.pages(ctx, path, token.AccessToken)
		return fetch.Outcome(ctx, err), err
	})
	if err != nil {
		return "", g.graphError(err)
	}
	text, err := json.Marshal(list)
	return string(text), err
}

// Stats counts the calls to Graph as those to UserInfo.
func (g *Groups) Stats() provider.Stats {
	s := g.gate.Stats()
	return provider.Stats{UserInfo: provider.EndpointStats{
		Calls: s.Calls, Failures: s.Failures, Paused: s.Opened, Refused: s.Refused, InFlight: s.InFlight, Waiting: s.Waiting, Open: s.Open,
	}}
}
