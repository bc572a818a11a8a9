package provider_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
)

// A Client is usually set as oidcauth.Issuer.Claims.UserInfo. It can also be called directly.
func ExampleClient_UserInfo() {
	idp, err := oidctest.Start() // It takes the place of the real provider.
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

// Only the provider can say what an opaque token means, and only to a client that it knows.
func ExampleClient_Introspect() {
	idp, err := oidctest.Start() // It takes the place of the real provider.
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close()
	client, err := provider.New(provider.Config{
		Issuer:   idp.Issuer(),
		ClientID: oidctest.ClientID,
		Auth:     provider.Auth{Secret: oidctest.ClientSecret},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	token := idp.Opaque("api://orders", oidctest.Claims{"sub": "s-1"})
	set, err := client.Introspect(ctx, token)
	if err != nil {
		fmt.Println(err)
		return
	}
	sub, err := claims.Decode[string](set, claims.Name("sub"))
	fmt.Println(sub, err)

	if err := client.Revoke(ctx, token, provider.AccessToken); err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Introspect(ctx, token)
	fmt.Println(errors.Is(err, claims.ErrInactive))
	// Output:
	// s-1 <nil>
	// true
}

func ExampleClient_Exchange() {
	idp, err := oidctest.Start() // It takes the place of the real provider.
	if err != nil {
		fmt.Println(err)
		return
	}
	defer idp.Close()
	client, err := provider.New(idp.ClientConfig())
	if err != nil {
		fmt.Println(err)
		return
	}
	stock := provider.ExchangeRequest{
		TokenRequest: provider.TokenRequest{Audience: "api://stock"},
		Expires:      idp.Now().Add(time.Minute), // Identity.Expires
	}
	received := idp.Token("api://orders", oidctest.Claims{"sub": "alice"})
	token, err := client.Exchange(context.Background(), received, stock)
	fmt.Println(token.Type(), err)

	_, err = client.Exchange(context.Background(), "invented", stock)
	var refused *provider.ExchangeError
	fmt.Println(errors.As(err, &refused) && refused.Code == "invalid_grant")
	// Output:
	// Bearer <nil>
	// true
}
