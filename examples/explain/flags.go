package main

import (
	"flag"
	"io"
	"strings"
	"time"
)

// options are the command line.
type options struct {
	file, pick, at string
	replay         string

	issuer, discoveryURL                               string
	tenants, audience, parties, algorithms             list
	leeway                                             time.Duration
	credentialsHeader, protocol                        string
	clientInsteadOfAudience, skipAudience, takeIDToken bool

	keys                                      list
	keyDir, keyURL, keyThumbprint, keySubject string
	jwks                                      string
	noDiscovery, offline                      bool

	ca, tlsThumbprint, tlsCertificate string

	introspect, introspectJWTs, byUserInfo, withoutAudience, withoutTokenType bool
	introspectionURL                                                          string

	client, authMethod, authKey, authKeyID, authCertificate, authAudience, authAssertion string
	authEndpointAudience, rawBasic                                                       bool

	search                       string
	required, checks, scopes     list
	userInfo, userInfoOnly       bool
	userInfoURL, userInfoSubject string
	users                        string
	columns                      list
	showValues                   bool

	discover, doctor, serve, json, verbose, help bool
	listen                                       string
	completion                                   string

	settings, application, as string
	effective                 bool
}

// list is a flag that may be repeated.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(s string) error {
	*l = append(*l, s)
	return nil
}

// setting is one flag. Its argument is empty for a switch; FILE and DIR are completed as such, and words otherwise.
type setting struct {
	name, argument, text string
	into                 any // *string, *bool, *list or *time.Duration
	words                []string
}

// group is a subject of the help.
type group struct {
	title    string
	settings []setting
}

// groups returns every flag. The help, the completion and the parser are made of it.
func (o *options) groups() []group {
	return []group{
		{"Commands (without one: explain the token)", []setting{
			{"serve", "", "show a page on this machine that explains tokens and shows the state of issuers and keys", &o.serve, nil},
			{"listen", "ADDRESS", "the loopback address of -serve, such as 127.0.0.1:8089; default: a free port", &o.listen, nil},
			{"doctor", "", "examine provider, keys, clock, user table and configuration", &o.doctor, nil},
			{"discover", "", "print the result of discovery, and the configuration as a Go file", &o.discover, nil},
			{"replay", "FILE", "judge the records in a JSON log again, by these flags; - is standard input", &o.replay, nil},
			{"as", "FORM", "with -discover: print the configuration as go, which is the default, or as settings", &o.as, forms},
			{"effective", "", "print the configuration in effect of -settings, with -discover the discovered values too", &o.effective, nil},
			{"completion", "SHELL", "print the completion of these flags for bash, zsh or fish", &o.completion, shells},
			{"h", "", "print this text", &o.help, nil},
		}},
		{"Settings document (instead of the flags for issuer, keys, client, claims and users)", []setting{
			{"settings", "FILE", "the settings document of your service, as JSON", &o.settings, nil},
			{"application", "NAME", "use only this application of the document", &o.application, nil},
		}},
		{"Issuer", []setting{
			{"issuer", "URL", "the issuer that your service trusts, exactly as in iss; required", &o.issuer, nil},
			{"tenant", "ID", "a trusted value of {tenantid} in -issuer; may be repeated", &o.tenants, nil},
			{"discovery", "URL", "the discovery document; default: issuer + /.well-known/openid-configuration", &o.discoveryURL, nil},
			{"audience", "NAME", "a name of your service in aud; required, may be repeated", &o.audience, nil},
			{"authorized-party", "ID", "a client whose tokens are accepted; default: every client; may be repeated", &o.parties, nil},
			{"client-instead-of-audience", "", "accept a token without aud of an -authorized-party (Amazon Cognito)", &o.clientInsteadOfAudience, nil},
			{"alg", "ALG", "an accepted algorithm; may be repeated", &o.algorithms, algorithms},
			{"leeway", "TIME", "the tolerance of exp and nbf; default: 60s", &o.leeway, nil},
			{"credentials-header", "NAME", "the header that contains the token alone, set by a proxy", &o.credentialsHeader, nil},
			{"websocket-protocol", "NAME", "the WebSocket subprotocol that carries the token", &o.protocol, nil},
		}},
		{"Input", []setting{
			{"file", "FILE", "the file with the token, or with the request or answer that contains it; default: standard input", &o.file, nil},
			{"pick", "NAME", "examine this one of several tokens, such as id_token or \"cookie session\"", &o.pick, nil},
			{"at", "TIME", "judge the token at this time, such as 2026-11-21T10:00:00Z; default: now", &o.at, nil},
		}},
		{"Output", []setting{
			{"v", "", "print also the steps that did not run, and why", &o.verbose, nil},
			{"json", "", "print JSON", &o.json, nil},
			{"show-values", "", "print the values of personal claims", &o.showValues, nil},
		}},
		{"Keys (the given ones come before those of discovery)", []setting{
			{"key", "FILE", "certificates or public keys as PEM; may be repeated", &o.keys, nil},
			{"key-dir", "DIR", "a folder of certificates, with -key-thumbprint or -key-subject", &o.keyDir, nil},
			{"key-url", "URL", "an endpoint of certificates, with -key-thumbprint or -key-subject", &o.keyURL, nil},
			{"key-thumbprint", "HEX", "the SHA-1 or SHA-256 thumbprint of the certificate", &o.keyThumbprint, nil},
			{"key-subject", "NAME", "the subject of the certificate, such as CN=signing", &o.keySubject, nil},
			{"jwks", "URL", "a JSON Web Key Set", &o.jwks, nil},
			{"no-discovery", "", "use only the keys given here", &o.noDiscovery, nil},
			{"offline", "", "use only -key and -key-dir, and no network at all", &o.offline, nil},
		}},
		{"TLS to the provider", []setting{
			{"ca", "FILE", "certificate authorities to trust besides the system's, as PEM", &o.ca, nil},
			{"tls-thumbprint", "HEX", "the thumbprint of the server's own certificate", &o.tlsThumbprint, nil},
			{"tls-certificate", "FILE", "the certificate of this service and its key, as PEM, for mutual TLS", &o.tlsCertificate, nil},
		}},
		{"Opaque tokens", []setting{
			{"introspect", "", "introspect opaque tokens, as the client below", &o.introspect, nil},
			{"introspect-jwts", "", "introspect JWTs too, instead of verifying them", &o.introspectJWTs, nil},
			{"introspection-url", "URL", "the endpoint; default: that of discovery", &o.introspectionURL, nil},
			{"insecure-by-userinfo", "", "accept an opaque token if UserInfo accepts it", &o.byUserInfo, nil},
		}},
		{"Client (CLIENT_ID and CLIENT_SECRET are read from the environment, never from an argument)", []setting{
			{"client", "FILE", "a file with lines CLIENT_ID=... and CLIENT_SECRET=... instead of the environment", &o.client, nil},
			{"auth", "METHOD", "how the client authenticates; default: by what is given, or client_secret_basic", &o.authMethod, authMethods},
			{"auth-key", "FILE", "the private key of private_key_jwt, as PEM", &o.authKey, nil},
			{"auth-kid", "ID", "the kid of its assertion", &o.authKeyID, nil},
			{"auth-certificate", "FILE", "the certificate of -auth-key, for x5t#S256", &o.authCertificate, nil},
			{"auth-audience", "URL", "the aud of the assertion; default: the issuer", &o.authAudience, nil},
			{"auth-endpoint-audience", "", "the aud of the assertion is the URL of the endpoint", &o.authEndpointAudience, nil},
			{"auth-assertion", "FILE", "the assertion of client_assertion, such as a Kubernetes token", &o.authAssertion, nil},
			{"raw-basic", "", "do not form-encode the id and secret of client_secret_basic", &o.rawBasic, nil},
		}},
		{"Claims and users", []setting{
			{"search-claim", "NAME", "the claim that finds the user; a name, or a JSON Pointer such as /user/id", &o.search, nil},
			{"require", "NAME", "a claim that a token must have; may be repeated", &o.required, nil},
			{"check", "NAME=VALUE", "a claim and its value, such as tid=8a7f; true, false and integers are not text unless quoted; may be repeated", &o.checks, nil},
			{"scope", "NAME", "a scope that the route requires; may be repeated", &o.scopes, nil},
			{"userinfo", "", "ask UserInfo for claims that the token lacks", &o.userInfo, nil},
			{"userinfo-only", "", "take all claims from UserInfo", &o.userInfoOnly, nil},
			{"userinfo-url", "URL", "the endpoint; default: that of discovery", &o.userInfoURL, nil},
			{"userinfo-subject", "NAME", "the claim that UserInfo's sub must equal; default: sub (Okta: uid)", &o.userInfoSubject, nil},
			{"users", "FILE", "the users, as CSV with a line of column names or as a JSON list of objects", &o.users, nil},
			{"user-column", "NAME=COLUMN", "where -users has value, id, name, enabled, disabled, issuer or tenant, if the column has another name; may be repeated", &o.columns, nil},
		}},
		{"Weaker rules, if your service has them", []setting{
			{"insecure-skip-audience", "", "accept tokens for other services", &o.skipAudience, nil},
			{"insecure-id-token", "", "accept ID tokens", &o.takeIDToken, nil},
			{"insecure-without-audience", "", "accept answers of introspection without aud", &o.withoutAudience, nil},
			{"insecure-without-token-type", "", "accept answers of introspection that do not name the type of the token", &o.withoutTokenType, nil},
		}},
	}
}

// flagSet returns the parser of the flags. It prints nothing.
func (o *options) flagSet() *flag.FlagSet {
	f := flag.NewFlagSet("explain", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	for _, g := range o.groups() {
		for _, s := range g.settings {
			switch into := s.into.(type) {
			case *string:
				f.StringVar(into, s.name, "", s.text)
			case *bool:
				f.BoolVar(into, s.name, false, s.text)
			case *time.Duration:
				f.DurationVar(into, s.name, 0, s.text)
			case *list:
				f.Var(into, s.name, s.text)
			}
		}
	}
	f.BoolVar(&o.help, "help", false, "")
	return f
}
