package oidcprovider_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/knownbearer/knownbearer/internal/test/integration/oidcprovider"
)

func TestLoginGivesTokensOfEveryAlgorithm(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	for alg, resource := range map[string]string{
		"RS256": oidcprovider.RS256, "PS256": oidcprovider.PS256, "ES256": oidcprovider.ES256, "EdDSA": oidcprovider.EdDSA,
	} {
		t.Run(alg, func(t *testing.T) {
			tokens := op.Login(t, "alice", resource, "openid", "email", "api:read")
			header, claims := decode(t, tokens.Access)
			if header["alg"] != alg || header["typ"] != "at+jwt" || !slices.Contains(kids(t, op), header["kid"].(string)) {
				t.Errorf("header %v", header)
			}
			for name, want := range map[string]any{
				"iss": op.Issuer, "aud": resource, "sub": "alice", "client_id": oidcprovider.Confidential, "scope": "api:read",
				"tid": "tenant-a", "groups": []any{"staff", "admins"}, "email": nil,
			} {
				if !reflect.DeepEqual(claims[name], want) {
					t.Errorf("claim %s is %v, want %v", name, claims[name], want)
				}
			}
			if _, id := decode(t, tokens.ID); id["sub"] != "alice" || id["aud"] != oidcprovider.Confidential {
				t.Errorf("ID token %v", id)
			}
		})
	}
}

func TestOtherTokens(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})

	_, claims := decode(t, op.ClientCredentials(t, oidcprovider.ES256, "api:read"))
	if claims["sub"] != oidcprovider.Confidential || claims["aud"] != oidcprovider.ES256 || claims["scope"] != "api:read" {
		t.Errorf("machine: %v", claims)
	}
	_, claims = decode(t, op.ClientCredentials(t, oidcprovider.Short, "api:read"))
	if claims["exp"].(float64)-claims["iat"].(float64) != 2 {
		t.Errorf("short: %v", claims)
	}
	if token := op.ClientCredentials(t, oidcprovider.Opaque, "api:read"); strings.Contains(token, ".") {
		t.Errorf("opaque: %s", token)
	}
	_, claims = decode(t, op.LoginAt(t, oidcprovider.Public, "bob", oidcprovider.ES256, "openid", "api:read").Access)
	if claims["sub"] != "bob" || claims["client_id"] != oidcprovider.Public || claims["tid"] != "tenant-b" {
		t.Errorf("public client: %v", claims)
	}

	tokens := op.Login(t, "alice", oidcprovider.RS256, "openid", "offline_access", "api:read")
	again := op.Refresh(t, tokens.Refresh, oidcprovider.RS256)
	if _, claims = decode(t, again.Access); again.Access == tokens.Access || claims["sub"] != "alice" {
		t.Errorf("refreshed: %v", claims)
	}
}

func TestUserInfo(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	for _, tt := range []struct {
		name, resource string
		scopes         []string
		jwt            bool
		status         int
	}{
		{"opaque, no audience", oidcprovider.None, []string{"openid", "email"}, false, 200},
		{"JWT for an API", oidcprovider.RS256, []string{"openid", "email", "api:read"}, true, 401},
		{"opaque for an API", oidcprovider.Opaque, []string{"openid", "email", "api:read"}, false, 403},
		{"JWT for both", oidcprovider.UserInfo, []string{"openid", "email", "api:read"}, true, 200},
		{"JWT for both, without openid", oidcprovider.UserInfo, []string{"api:read"}, true, 403},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := op.Login(t, "alice", tt.resource, tt.scopes...).Access
			if tt.jwt {
				if _, claims := decode(t, token); claims["aud"] != tt.resource || claims["email"] != nil {
					t.Errorf("claims %v", claims)
				}
			}
			status, info := get(t, op.Issuer+"/me", token)
			if status != tt.status {
				t.Fatalf("UserInfo: %d %v", status, info)
			}
			if status == 200 && (info["sub"] != "alice" || info["email"] != "alice@example.test" || info["tid"] != nil) {
				t.Errorf("UserInfo: %v", info)
			}
		})
	}
}

func TestKeysRotate(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	signer := func() string {
		header, _ := decode(t, op.ClientCredentials(t, oidcprovider.EdDSA, "api:read"))
		return header["kid"].(string)
	}
	user := op.Login(t, "alice", oidcprovider.None, "openid").Access
	first, old := signer(), kids(t, op)

	op.Rotate(t)
	second, both := signer(), kids(t, op)
	if second == first || len(both) != 2*len(old) || !slices.Contains(both, first) || !slices.Contains(both, second) {
		t.Errorf("rotated: %s signs after %s, published %v", second, first, both)
	}
	op.Retire(t)
	if now := kids(t, op); len(now) != len(old) || slices.Contains(now, first) || signer() != second {
		t.Errorf("retired: published %v, old %v", now, old)
	}
	if status, info := get(t, op.Issuer+"/me", user); status != 200 {
		t.Errorf("rotation forgot an opaque token: %d %v", status, info)
	}

	issuer := op.Issuer
	op.Restart(t)
	for _, kid := range kids(t, op) {
		if kid == second || slices.Contains(both, kid) {
			t.Errorf("key %s survived the restart", kid)
		}
	}
	if op.Issuer != issuer {
		t.Errorf("issuer is %s, was %s", op.Issuer, issuer)
	}
	if status, _ := get(t, issuer+"/me", user); status != 401 {
		t.Errorf("an opaque token survived the restart: %d", status)
	}
}

func TestHangingAndDead(t *testing.T) {
	op := oidcprovider.Start(t, oidcprovider.Options{})
	ask := func(timeout time.Duration) error {
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: timeout}).Get(op.Issuer + "/jwks")
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	}
	op.Stop(t)
	if err := ask(100 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("stopped: %v", err)
	}
	op.Continue(t)
	if err := ask(time.Minute); err != nil {
		t.Errorf("continued: %v", err)
	}
	op.Stop(t)
	op.Kill(t)
	if err := ask(time.Minute); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("killed: %v", err)
	}
	op.Restart(t)
	if err := ask(time.Minute); err != nil {
		t.Errorf("restarted: %v", err)
	}
}

func decode(t *testing.T, token string) (header, claims map[string]any) {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("not a JWT: %s", token)
	}
	for i, into := range []*map[string]any{&header, &claims} {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
	}
	return header, claims
}

func kids(t *testing.T, op *oidcprovider.Provider) (ids []string) {
	t.Helper()
	_, set := get(t, op.Issuer+"/jwks", "")
	for _, key := range set["keys"].([]any) {
		ids = append(ids, key.(map[string]any)["kid"].(string))
	}
	return ids
}

func get(t *testing.T, address, token string) (status int, body map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		t.Fatalf("%s: %d: %v", address, resp.StatusCode, err)
	}
	return resp.StatusCode, body
}
