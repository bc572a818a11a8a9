package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

var (
	algorithms  = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
	authMethods = []string{
		string(provider.ClientSecretBasic), string(provider.ClientSecretPost), string(provider.ClientSecretJWT), string(provider.PrivateKeyJWT),
		string(provider.ClientAssertion), string(provider.NoAuth),
	}
)

// parse reads the command line.
func parse(args []string) (options, error) {
	var o options
	f := o.flagSet()
	if err := f.Parse(args); err != nil {
		return o, fmt.Errorf("%w (explain -h lists the flags)", err)
	}
	if f.NArg() > 0 {
		return o, errors.New("a token is read from standard input or -file, never from an argument, because other processes can see arguments")
	}
	return o, nil
}

// validate refuses options that contradict each other. oidcauth.New refuses the rest.
func (o options) validate() error {
	var faults []error
	refuse := func(bad bool, problem string) {
		if bad {
			faults = append(faults, errors.New(problem))
		}
	}
	if err := o.validateDocument(); err != nil || o.settings != "" {
		return err
	}
	refuse(o.issuer == "", "-issuer is required: the issuer that your service trusts")
	noAudience := len(o.audience) == 0 && !o.skipAudience && !o.clientInsteadOfAudience
	refuse(noAudience && !o.discover, "-audience is required: the name of your service in aud")
	source := o.keyDir != "" || o.keyURL != ""
	selected := o.keyThumbprint != "" || o.keySubject != ""
	refuse(source && !selected, "-key-dir and -key-url need -key-thumbprint or -key-subject")
	refuse(selected && !source, "-key-thumbprint and -key-subject need -key-dir or -key-url")
	refuse(o.offline && (o.keyURL != "" || o.jwks != ""), "-offline cannot fetch -key-url or -jwks")
	refuse(o.offline && (o.introspects() || o.asksUserInfo()), "-offline cannot ask introspection or UserInfo")
	refuse(o.offline && (o.discover || o.doctor), "-offline cannot examine the provider")
	refuse(o.noDiscovery && len(o.keys) == 0 && !source && o.jwks == "", "-no-discovery needs -key, -key-dir, -key-url or -jwks")
	refuse(o.offline && len(o.keys) == 0 && o.keyDir == "", "-offline needs -key or -key-dir")
	refuse(o.introspectJWTs && !o.introspect && !o.byUserInfo, "-introspect-jwts needs -introspect or -insecure-by-userinfo")
	refuse((o.withoutAudience || o.withoutTokenType) && !o.introspects(), "-insecure-without-audience and -insecure-without-token-type need -introspect")
	refuse(o.hasClient() && !o.introspects(), "the flags of the client need -introspect")
	refuse(o.listen != "" && !o.serve, "-listen needs -serve")
	refuse(len(o.columns) > 0 && o.users == "", "-user-column needs -users")
	refuse(o.authMethod != "" && !slices.Contains(authMethods, o.authMethod), "-auth is one of "+strings.Join(authMethods, ", "))
	return errors.Join(faults...)
}

func (o options) introspects() bool { return o.introspect || o.introspectionURL != "" }

func (o options) hasClient() bool {
	return o.client != "" || o.authMethod != "" || o.authKey != "" || o.authKeyID != "" || o.authCertificate != "" || o.authAudience != "" ||
		o.authAssertion != "" || o.authEndpointAudience || o.rawBasic
}

func (o options) asksUserInfo() bool {
	return o.userInfo || o.userInfoOnly || o.byUserInfo || o.userInfoURL != ""
}

// now returns the clock of -at, or nil for the real one.
func (o options) now() (func() time.Time, error) {
	if o.at == "" {
		return nil, nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if err != nil {
		return nil, fmt.Errorf("-at is not a time of RFC 3339: %w", err)
	}
	return func() time.Time { return at }, nil
}
