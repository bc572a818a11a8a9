package provider_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// Mostly a Client is what oidcauth.Issuer.UserInfo is set to; it can be asked directly, too.
func ExampleClient_UserInfo() {
	idp, err := oidctest.Start() // stands for the real provider
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close()
	idp.SetUserInfo("s-1", oidctest.Claims{"email": "alice@example.com", "email_verified": true})

	client, err := provider.New(provider.Config{Issuer: idp.Issuer()})
	if err != nil {
		fmt.Println(err)
		return
	}
	set, err := client.UserInfo(context.Background(), idp.Token("api://orders", oidctest.Claims{"sub": "s-1"}))
	if err != nil {
		fmt.Println(err)
		return
	}
	email, err := claims.Decode[string](set, claims.Name("email"))
	fmt.Println(email, err)

	_, err = client.UserInfo(context.Background(), "not-a-token")
	var refused *claims.RefusedError
	fmt.Println(errors.As(err, &refused), refused.Status)
	// Output:
	// alice@example.com <nil>
	// true 401
}
