package oidcauth

import (
	"sync"

	"github.com/knownbearer/knownbearer/internal/pipeline"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// maxLoginClients is the number of clients after which loginClients begins anew.
const maxLoginClients = 100

// loginClients contains the clients of logins with the settings of their issuers. A copy keeps its keys, so it is made once.
type loginClients struct {
	mu   sync.Mutex
	made map[loginClient]*provider.Client
}

type loginClient struct {
	rules  *pipeline.Rules
	client *provider.Client
}

// inherit returns the client with the keys, algorithms, HTTP client and clock of the issuer, as inheritSettings does for the Issuer's own
// clients.
func (a *Authenticator) inherit(rules *pipeline.Rules, client *provider.Client) (*provider.Client, error) {
	l, key := &a.logins, loginClient{rules, client}
	l.mu.Lock()
	defer l.mu.Unlock()
	if own := l.made[key]; own != nil {
		return own, nil
	}
	own, err := client.Inherit(clientSettings(rules, a.config.Now))
	if err != nil {
		return nil, err
	}
	if l.made == nil || len(l.made) >= maxLoginClients {
		l.made = map[loginClient]*provider.Client{}
	}
	l.made[key] = own
	return own, nil
}

// useClient replaces the clients of the issuer by that of the login. It replaces no Fetcher or Introspector of the application.
func (a *Authenticator) useClient(l *pipeline.Login, client *provider.Client) error {
	_, info := l.Rules.UserInfo.(*provider.Client)
	_, introspects := l.Rules.Introspector.(*provider.Client)
	if client == nil || !info && !introspects {
		return nil
	}
	own, err := a.inherit(l.Rules, client)
	if err != nil {
		return err
	}
	if info {
		l.UserInfo = own
	}
	if introspects {
		l.Introspector = own
	}
	return nil
}
