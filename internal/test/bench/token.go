package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/knownbearer/knownbearer/internal/jose"
)

// recipe changes what a token says before it is signed.
type recipe func(header, claims map[string]any)

// draft is a token that is not signed yet.
type draft struct {
	header  map[string]any
	payload []byte
}

// draft takes the 20 claims of a common access token; with the header and the signature it has about 1.1 KB.
func (s *site) draft(change recipe) (draft, error) {
	s.serial++
	now := time.Now()
	header := map[string]any{"alg": s.alg, "kid": keyID, "typ": "at+jwt"}
	claims := map[string]any{
		"iss": s.Issuer(), "sub": fmt.Sprintf("0f8e6c1a-90d1-4d0b-8a55-%012d", s.serial), "aud": audience,
		"exp": now.Add(12 * time.Hour).Unix(), "iat": now.Unix(), "nbf": now.Unix(), "jti": fmt.Sprintf("jti-%024d", s.serial),
		"azp": "0oa1gjh63g214q0Hq0g4", "scope": "orders.read orders.write", "tid": "72f988bf-86f1-41af-91ab-2d7cd011db47",
		"oid": fmt.Sprintf("9a1c2f3e-5b7d-4e1f-8c3a-%012d", s.serial), "name": "Alice Liddell", "email": "alice@example.com",
		"email_verified": true, "preferred_username": "alice@example.com", "given_name": "Alice",
		"family_name": "Liddell", "locale": "en-GB", "ver": "2.0",
		"roles": []string{"orders.reader", "orders.writer"},
	}
	if change != nil {
		change(header, claims)
	}
	payload, err := json.Marshal(claims)
	return draft{header, payload}, err
}

func (s *site) sign(d draft) (string, error) { return jose.Sign(s.alg, d.header, d.payload, s.key) }

// token makes one.
func (s *site) token(change recipe) (string, error) {
	d, err := s.draft(change)
	if err != nil {
		return "", err
	}
	return s.sign(d)
}

// tokens makes n distinct ones.
func (s *site) tokens(n int, change recipe) ([]string, error) { return s.seal(n, change, s.sign) }

// forgeries makes n distinct tokens under the signature of another: that costs no signatures to make, and as much to refuse.
func (s *site) forgeries(n int) ([]string, error) {
	good, err := s.token(nil)
	if err != nil {
		return nil, err
	}
	signature := good[strings.LastIndexByte(good, '.'):]
	return s.seal(n, nil, func(d draft) (string, error) {
		header, err := json.Marshal(d.header)
		return base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(d.payload) + signature, err
	})
}

// seal signs on all cores: an RSA signature takes a millisecond.
func (s *site) seal(n int, change recipe, sign func(draft) (string, error)) ([]string, error) {
	drafts := make([]draft, n)
	for i := range drafts {
		var err error
		if drafts[i], err = s.draft(change); err != nil {
			return nil, err
		}
	}
	out, faults := make([]string, n), make([]error, n)
	var workers sync.WaitGroup
	for part := range runtime.NumCPU() {
		workers.Go(func() {
			for i := part; i < n; i += runtime.NumCPU() {
				out[i], faults[i] = sign(drafts[i])
			}
		})
	}
	workers.Wait()
	return out, errors.Join(faults...)
}

// broken exchanges one character in the middle of the signature, where every bit counts.
func broken(token string) string {
	at := strings.LastIndexByte(token, '.') + 20
	replacement := "A"
	if token[at] == 'A' {
		replacement = "B"
	}
	return token[:at] + replacement + token[at+1:]
}

// requests are made beforehand, so that only what a server would spend is timed.
func requests(tokens []string) []*http.Request {
	out := make([]*http.Request, len(tokens))
	for i, token := range tokens {
		out[i], _ = http.NewRequest(http.MethodGet, "/orders", nil)
		out[i].Header.Set("Authorization", "Bearer "+token)
	}
	return out
}
