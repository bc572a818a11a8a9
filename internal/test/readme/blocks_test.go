package readme_test

import (
	"context"
	"database/sql"
	"errors"
	"expvar"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
	"github.com/knownbearer/knownbearer/usermap"
)

// Each of these functions holds one block of a page. They are compiled and not called.
var (
	_ = whole
	_ = routes
	_ = optional
	_ = roles
	_ = rules
	_ = checks
	_ = consume
	_ = infoOfProvider
	_ = chain
	_ = private
	_ = table
	_ = statement
	_ = function
	_ = metrics
	_ = ready
	_ = introspecting
	_ = logout
	_ = resourceMetadata
	_ = stepUp
	_ = behindProxy
	_ = operatorsPage
	_ = watched
	_ = shadow
)

func whole(db *sql.DB) (*oidcauth.Authenticator, error) {
	users, err := usermap.NewSQL(usermap.SQLConfig{
		DB: db, Dialect: usermap.SQLite,
		Table: "accounts", ValueColumn: "login", IDColumn: "id", NameColumn: "name",
		Enabling: []usermap.Flag{{Column: "active"}},
	})
	if err != nil {
		return nil, err
	}
	return oidcauth.New(oidcauth.Config{
		Issuers: []oidcauth.Issuer{{
			URL:      "https://login.example.com",
			Audience: []string{"api://orders"},
			Claims: oidcauth.ClaimRules{
				User:   claims.Name("upn"),                                          // compared with accounts.login
				Checks: []claims.Check{claims.Equals(claims.Name("tid"), "0f8e1d")}, // each must hold
			},
		}},
		Users: users,
	})
}

func routes(auth *oidcauth.Authenticator, mux *http.ServeMux, orders, newOrder http.Handler) {
	mux.Handle("GET /orders", auth.Handler(orders))
	mux.Handle("POST /orders", auth.Handler(auth.RequireScopes("orders.write")(newOrder)))
}

func optional(auth *oidcauth.Authenticator, mux *http.ServeMux) {
	mux.Handle("/catalogue", auth.Optional(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, known := oidcauth.FromContext(r.Context()); known {
			fmt.Fprintln(w, "prices for", id.User().ID)
		}
	})))
}

func roles() oidcauth.ClaimRules {
	return oidcauth.ClaimRules{Roles: oidcauth.RoleRules{
		Paths: []claims.Path{claims.Pointer("/realm_access/roles"), claims.Pointer("/resource_access/orders-api/roles")},
		Map:   map[string][]string{"order-managers": {"editor", "viewer"}, "auditors": {"viewer"}},
	}}
}

func rules(auth *oidcauth.Authenticator, mux *http.ServeMux, edit http.Handler, isOpen func(order string) bool, remove func(order string)) {
	mux.Handle("PUT /orders/{id}", auth.Handler(auth.RequireRoles("editor")(edit)))
	mux.Handle("DELETE /orders/{id}", auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, _ := oidcauth.FromContext(r.Context())
		err := id.Require("order is open", func(id *oidcauth.Identity) error {
			if !isOpen(r.PathValue("id")) {
				return errors.New("the order is shipped")
			}
			return id.RequireClaims(claims.AtLeast(claims.Name("level"), 3))
		})
		if err != nil {
			auth.Refuse(w, r, err)
			return
		}
		remove(r.PathValue("id"))
	})))
}

func checks() []claims.Check {
	return []claims.Check{
		claims.OneOf(claims.Name("tid"), "0f8e1d", "7c2a90"),
		claims.AnyOf(claims.Equals(claims.Name("email_verified"), true), claims.HasPrefix(claims.Name("sub"), "service|")),
		claims.Not(claims.ContainsWord(claims.Name("scope"), "offline_access")),
		claims.Absent(claims.Name("act")), // no token of a delegation (RFC 8693)
	}
}

// message comes from a queue.
type message interface {
	Token() string
	Reject(text, decision string) error
	Handle(*oidcauth.Identity) error
}

func consume(ctx context.Context, auth *oidcauth.Authenticator, m message) error {
	p := oidcauth.Presented{Token: m.Token(), Method: "consume", Route: "orders.new"} // both are for the log
	id, err := auth.CheckToken(ctx, p)
	if err == nil {
		err = id.RequireScopes("orders.write")
	}
	if err != nil {
		answer := auth.RefuseToken(ctx, p, err) // fixed words; the log has the cause
		return m.Reject(answer.Text, answer.DecisionID)
	}
	return m.Handle(id)
}

func infoOfProvider() (oidcauth.Issuer, error) {
	info, err := provider.New(provider.Config{Issuer: "https://login.example.com"})
	if err != nil {
		return oidcauth.Issuer{}, err
	}
	return oidcauth.Issuer{
		URL:      "https://login.example.com",
		Audience: []string{"api://orders"},
		Claims: oidcauth.ClaimRules{
			User:     claims.Name("email"),
			UserInfo: info,
		},
	}, nil
}

func chain(text string) certsource.Source {
	return certsource.Chain(
		certsource.PEM(text), // the application's own certificate text
		certsource.Dir{FS: os.DirFS("/etc/idp"), Thumbprint: "AB:CD:…"}, // a local store, by subject or thumbprint
		certsource.Endpoint{URL: "https://login.example.com/certs", Subject: "CN=signing"},
		certsource.Discovered{}, // the provider's key set
	)
}

func private(caPEM string) (oidcauth.Issuer, error) {
	client, err := provider.HTTPClient(provider.Trust{CAs: caPEM}) // or Thumbprint: "AB:CD:…"
	if err != nil {
		return oidcauth.Issuer{}, err
	}
	return oidcauth.Issuer{URL: "https://idp.corp.example", Audience: []string{"api://orders"}, HTTPClient: client}, nil
}

func table() usermap.Finder {
	return usermap.NewTable(
		usermap.Entry{Value: "alice@corp.example", User: usermap.User{ID: "7", Name: "Alice", Enabled: true}},
	)
}

func statement(db *sql.DB) (usermap.Finder, error) {
	text := "SELECT id, name, value, enabled FROM find_user($1)" // every match, not only the first
	return usermap.NewStatement(db, text, func(q usermap.Query) []any { return []any{q.Value} })
}

type account struct {
	ID     string
	Active bool
}

func accountsByEmail(context.Context, string) ([]account, error) { return nil, nil }

func function() usermap.Finder {
	return usermap.FinderFunc(func(ctx context.Context, q usermap.Query) ([]usermap.User, error) {
		found, err := accountsByEmail(ctx, q.Value) // every match, not only the first; no match is not an error
		var users []usermap.User
		for _, a := range found {
			users = append(users, usermap.User{ID: a.ID, Enabled: a.Active, Value: a}) // handlers read it: id.User().Value.(account)
		}
		return users, err
	})
}

func shadow(config oidcauth.Config) oidcauth.Config {
	shadow := config
	shadow.Issuers = slices.Clone(config.Issuers)
	shadow.Issuers[0].Audience = []string{"api://orders-v2"}
	config.Shadow = &shadow
	return config
}

func metrics(requests *expvar.Int, refusals *expvar.Map) oidcauth.Config {
	return oidcauth.Config{
		OnEvent: func(_ context.Context, e decision.Event) {
			switch d := e.Decision; e.Kind {
			case decision.Accepted:
				requests.Add(1)
			case decision.Refused:
				refusals.Add(string(d.Reason), 1)
				if !d.AfterAcceptance {
					requests.Add(1)
				}
			}
		},
	}
}

func ready(auth *oidcauth.Authenticator, mux *http.ServeMux, db *sql.DB) {
	mux.HandleFunc("/readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := errors.Join(auth.Ready(r.Context()), db.PingContext(r.Context())); err != nil {
			slog.Warn("not ready", "err", err)
			http.Error(w, "not ready", http.StatusServiceUnavailable)
		}
	})
}

func introspecting(secret string) (oidcauth.Issuer, error) {
	client, err := provider.New(provider.Config{
		Issuer:   "https://login.example.com",
		ClientID: "orders-api", Auth: provider.Auth{Secret: secret},
	})
	if err != nil {
		return oidcauth.Issuer{}, err
	}
	return oidcauth.Issuer{
		URL:           "https://login.example.com",
		Audience:      []string{"api://orders"},
		Introspection: oidcauth.Introspection{Client: client}, // opaque tokens; JWTs are verified here
		Revoker:       client,                                 // auth.Revoke revokes at the provider too
		Claims:        oidcauth.ClaimRules{UserInfo: client},
	}, nil
}

func logout(auth *oidcauth.Authenticator, mux *http.ServeMux) {
	mux.Handle("POST /backchannel-logout", auth.BackChannelLogout()) // Issuer.LogoutAudience: this service's client ids
	mux.Handle("POST /sign-out", auth.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := auth.BearerToken(r)
		if err == nil {
			err = auth.Revoke(r.Context(), token, "access_token")
		}
		if err != nil {
			slog.Warn("not signed out everywhere", "err", err)
			http.Error(w, "not signed out everywhere", http.StatusServiceUnavailable)
		}
	})))
}

func resourceMetadata(mux *http.ServeMux, orders http.Handler) error {
	auth, err := oidcauth.New(oidcauth.Config{
		Issuers:  []oidcauth.Issuer{{URL: "https://login.example.com", Audience: []string{"https://api.example.com/orders"}}},
		Resource: oidcauth.Resource{ID: "https://api.example.com/orders", Scopes: []string{"orders.read", "orders.write"}},
	})
	if err != nil {
		return err
	}
	mux.Handle(auth.ResourceMetadata()) // at /.well-known/oauth-protected-resource/orders
	mux.Handle("/orders", auth.Handler(orders))
	return nil
}

func stepUp(auth *oidcauth.Authenticator, mux *http.ServeMux, pay http.Handler) {
	recent := auth.RequireAuthentication(5*time.Minute, "urn:example:mfa")
	mux.Handle("POST /payments", auth.Handler(recent(pay)))
}

func behindProxy() oidcauth.Config {
	return oidcauth.Config{
		Credentials: oidcauth.Credentials{Header: "X-Goog-IAP-JWT-Assertion"},
		Issuers: []oidcauth.Issuer{{
			URL:      "https://cloud.google.com/iap",
			Audience: []string{"/projects/123/global/backendServices/456"},
			Keys:     certsource.JWKS{URL: "https://www.gstatic.com/iap/verify/public_key-jwk"},
		}},
	}
}

func operatorsPage(auth *oidcauth.Authenticator, mux *http.ServeMux, operatorsOnly func(http.Handler) http.Handler) {
	mux.Handle("/debug/auth/", auth.DebugHandler(operatorsOnly))
}

func watched(orders http.Handler) (http.Handler, error) {
	watcher, err := settings.Watch("settings.json", settings.WatchOptions{})
	if err != nil {
		return nil, err
	}
	handler := watcher.Handler(func(auth *oidcauth.Authenticator) http.Handler {
		mux := http.NewServeMux()
		mux.Handle("GET /orders", auth.Handler(orders))
		return mux
	})
	return handler, nil
}
