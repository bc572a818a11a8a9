package settings

import (
	"database/sql"
	"errors"
	"os"

	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	idp "github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Options configure [Document.Configuration]. The zero Options have the defaults.
type Options struct {
	// Application is the name of the only application that is used. If the document has no application of this name, the default
	// application is used. If empty, all applications are used, and the token's aud selects one.
	Application string
	// LookupEnv returns an environment variable. If nil, it is [os.LookupEnv].
	LookupEnv func(name string) (string, bool)
	// OpenDB opens a database for the user store. If nil, it is [sql.Open]; the program must import the driver. A program that
	// makes several Configurations can return the same database, and must then not call Close.
	OpenDB func(driver, dsn string) (*sql.DB, error)
	// Parse reads the document of [Watch], and the one that the member shadow names. If nil, they are read as JSON. ParseFile of
	// package settings/yaml reads YAML.
	Parse func(file string, data []byte) (*Document, error)

	watched *watched // nil without [Watch] and without a shadow
}

func (o Options) withDefaults() Options {
	if o.LookupEnv == nil {
		o.LookupEnv = os.LookupEnv
	}
	if o.Parse == nil {
		o.Parse = parse
	}
	if o.OpenDB == nil {
		o.OpenDB = sql.Open
	}
	return o
}

// Configuration is the result of a document.
type Configuration struct {
	// Config is for [oidcauth.New]. The program may change it before it calls New.
	Config oidcauth.Config
	// Login is for [login.New], after the program has set Authenticator. It can add Sessions.Store and Refuse. Without the
	// member login, the Login is zero.
	Login login.Config
	// Applications describe Config.Issuers, in the same order.
	Applications []Application

	settled   login.Config // Login as the document describes it
	databases []*sql.DB
	parts     map[fingerprint]any
	opened    map[[2]string]*sql.DB // the databases by driver and data source
}

// Application is an application of a document, or a provider that no application uses.
type Application struct {
	// Name and Provider are the names in the document.
	Name, Provider string
	// Client calls the provider. It is nil if the document has no client for it.
	Client *idp.Client
	// Request configures requests for tokens (login.scopes, login.resources, login.audience), such as [idp.Client.ClientCredentials].
	Request idp.TokenRequest
	// ACRValues are the requested authentication contexts, in order of preference (login.acrValues).
	ACRValues []string
	// Logout configures [idp.Client.EndSessionURL] (login.logout). The program adds the ID token.
	Logout idp.Logout
}

// Application returns the application of this name, or else the first one, which is the default.
func (c *Configuration) Application(name string) Application {
	for _, a := range c.Applications {
		if a.Name == name {
			return a
		}
	}
	return c.Applications[0]
}

// Close closes the databases that were opened. Call it when the Authenticator is no longer used.
func (c *Configuration) Close() error {
	var faults []error
	for _, db := range c.databases {
		faults = append(faults, db.Close())
	}
	return errors.Join(faults...)
}
