package readme_test

import (
	"errors"
	"net/http"
	"os"

	"golang.org/x/oauth2"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/entra"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Each of these functions holds one block of a page. They are compiled and not called.
var (
	_ = exchanging
	_ = onBehalfOf
	_ = workload
	_ = entraGroups
)

func exchanging(r *http.Request, auth *oidcauth.Authenticator, client *provider.Client) (*http.Client, error) {
	id, _ := oidcauth.FromContext(r.Context())
	received, err := auth.BearerToken(r)
	if err != nil {
		return nil, err
	}
	token, err := client.Exchange(r.Context(), received, provider.ExchangeRequest{
		TokenRequest: provider.TokenRequest{Audience: "stock-api"},
		Expires:      id.Expires(), // the token for stock-api is kept until then at most
	})
	if err != nil {
		return nil, err
	}
	return oauth2.NewClient(r.Context(), oauth2.StaticTokenSource(token)), nil
}

func onBehalfOf(w http.ResponseWriter, r *http.Request, client *provider.Client, id *oidcauth.Identity, received string) (*oauth2.Token, error) {
	token, err := client.OnBehalfOf(r.Context(), received, id.Expires(), "api://stock/Stock.Read")
	var refused *provider.ExchangeError
	if errors.As(err, &refused) && refused.Claims != "" { // a policy requires more of the user, such as a second factor
		w.Header().Set("WWW-Authenticate", refused.Challenge())
		w.WriteHeader(http.StatusUnauthorized)
	}
	return token, err
}

func workload() (*provider.Client, error) {
	return provider.New(provider.Config{
		Issuer:   "https://login.microsoftonline.com/" + os.Getenv("AZURE_TENANT_ID") + "/v2.0",
		ClientID: os.Getenv("AZURE_CLIENT_ID"),
		Auth:     provider.Auth{Method: provider.ClientAssertion, AssertionFile: os.Getenv("AZURE_FEDERATED_TOKEN_FILE")},
	})
}

func entraGroups(issuer oidcauth.Issuer, client *provider.Client) (oidcauth.Issuer, error) {
	groups, err := entra.NewGroups(entra.GroupsConfig{Client: client}) // or OnBehalfOf: true
	if err != nil {
		return oidcauth.Issuer{}, err
	}
	issuer.Claims.UserInfo = groups
	issuer.Claims.Checks = append(issuer.Claims.Checks, claims.Equals(claims.Name("groups"), "<id of the group>"))
	return issuer, nil
}
