package oidcauth_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

// proxyShapes are the tokens of proxies that authenticate users, in their headers. Their keys are at
// https://www.gstatic.com/iap/verify/public_key-jwk and https://TEAM.cloudflareaccess.com/cdn-cgi/access/certs.
func proxyShapes() map[string]scene {
	iap := scene{
		issuer: oidcauth.Issuer{URL: "https://cloud.google.com/iap", Audience: []string{"/projects/123/global/backendServices/456"}},
		from:   oidcauth.Credentials{Header: "X-Goog-IAP-JWT-Assertion"}, headers: [][2]string{{"x-goog-iap-jwt-assertion", "TOKEN"}},
		header: map[string]any{"typ": "JWT"},
		claims: oidctest.Claims{
			"iss": "https://cloud.google.com/iap", "aud": "/projects/123/global/backendServices/456", "sub": "accounts.google.com:1234567890",
			"azp": "/projects/123/global/backendServices/456", "email": "alice@corp.example", "hd": "corp.example", "identity_source": "GOOGLE",
			"google": map[string]any{"access_levels": []string{"accessPolicies/1/accessLevels/x"}},
		},
	}
	cloudflare := scene{
		issuer: oidcauth.Issuer{URL: "https://team.cloudflareaccess.com", Audience: []string{"32eafc76"}},
		from:   oidcauth.Credentials{Header: "Cf-Access-Jwt-Assertion"}, headers: [][2]string{{"Cf-Access-Jwt-Assertion", "TOKEN"}},
		header: map[string]any{"typ": "JWT"},
		claims: oidctest.Claims{
			"iss": "https://team.cloudflareaccess.com", "aud": []string{"32eafc76"}, "sub": "7335d417-61da-459d-899c-0a01c76a2f94", "type": "app",
			"email": "alice@corp.example", "identity_nonce": "6ei69kawdKzMIAPF", "country": "US",
		},
	}
	machine := cloudflare
	machine.claims = oidctest.Claims{
		"iss": "https://team.cloudflareaccess.com", "aud": "32eafc76", "sub": "", "type": "app", "common_name": "e367826f93b8d71185e03fe518aff3b4.access",
	}
	alb := scene{
		issuer: oidcauth.Issuer{
			URL: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", ClientIDs: []string{"shop"}, ClientIDInsteadOfAudience: true,
		},
		from: oidcauth.Credentials{Header: "x-amzn-oidc-accesstoken"}, headers: [][2]string{{"x-amzn-oidc-accesstoken", "TOKEN"}, {"x-amzn-oidc-identity", "alice"}},
		claims: oidctest.Claims{
			"iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", "aud": nil, "client_id": "shop", "token_use": "access", "username": "alice", "scope": "openid",
		},
	}
	return map[string]scene{"Google IAP": iap, "Cloudflare Access": cloudflare, "Cloudflare Access, service token": machine, "AWS load balancer, access token": alb}
}

func TestProxyTokensAreRead(t *testing.T) {
	p := oidctest.New(t)
	for name, s := range proxyShapes() {
		t.Run(name, func(t *testing.T) {
			d := s.decide(t, p)
			require.True(t, d.Accepted, d)
			other := s
			other.issuer.Audience, other.issuer.ClientIDs = []string{"another"}, []string{"another"}
			require.False(t, other.decide(t, p).Accepted, "a token for another service behind the same proxy")
			direct := s
			direct.headers = [][2]string{{"Authorization", "Bearer TOKEN"}}
			require.Equal(t, reason.NoCredentials, direct.decide(t, p).Reason)
		})
	}
}

// X-Amzn-Oidc-Data of an AWS load balancer is base64url with padding, which RFC 7515 section 2 forbids. It has no aud.
func TestLoadBalancerDataIsRefused(t *testing.T) {
	p := oidctest.New(t)
	s := scene{
		from: oidcauth.Credentials{Header: "x-amzn-oidc-data"}, header: map[string]any{"signer": "arn:aws:elasticloadbalancing:x", "client": "shop"},
		issuer: oidcauth.Issuer{Claims: oidcauth.ClaimRules{User: claims.Name("sub")}},
	}
	parts := strings.Split(s.token(p), ".")
	for i, part := range parts {
		data, err := base64.RawURLEncoding.DecodeString(part)
		require.NoError(t, err)
		for i < 2 && len(data)%3 == 0 {
			data = append(data, ' ') // adds bytes until base64url needs padding
		}
		parts[i] = base64.URLEncoding.EncodeToString(data)
	}
	s.headers = [][2]string{{"x-amzn-oidc-data", strings.Join(parts, ".")}}
	require.Contains(t, s.headers[0][1], "=.")
	d := s.decide(t, p)
	require.Equal(t, reason.MalformedRequest, d.Reason, d)
	require.Equal(t, "alb_data", d.HintCodes()[0])
}
