package main

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/oidcauth"
)

// bySize makes tokens long by what makes them long in life: groups.
func bySize(p plan) (*table, error) {
	s, err := newSite(p.algs[0])
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var settings []setting
	for _, size := range []int{512, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10} {
		row, err := p.accepting(s, sized(size))
		if err != nil {
			return nil, err
		}
		settings = append(settings, row.named(fmt.Sprintf("%d bytes", len(row.warmer))))
	}
	t := &table{
		title: "Growth with the size of the token, " + s.alg,
		notes: []string{"Beyond 20 claims a token grows by groups of 36 characters; the shortest has 4 claims. Longer ones than 64 KiB are refused unread."},
	}
	return t, p.grow(t, settings)
}

// sized is a recipe for a token of about this size.
func sized(size int) recipe {
	const usual, group = 1170, 52 // bytes in a token
	return func(_, claims map[string]any) {
		if size < usual/2 {
			for name := range claims {
				if name != "iss" && name != "aud" && name != "exp" && name != "jti" {
					delete(claims, name)
				}
			}
			return
		}
		var groups []string
		for i := range (size - usual) / group {
			groups = append(groups, fmt.Sprintf("5e0c6b1d-7a2f-4c8e-9d3b-%012d", i))
		}
		if groups != nil {
			claims["groups"] = groups
		}
	}
}

// byKeys has the key that signs at the end of the set.
func byKeys(p plan) (*table, error) {
	other, err := newKey(p.algs[0])
	if err != nil {
		return nil, err
	}
	var settings []setting
	for _, set := range []struct {
		keys    int
		without bool
	}{{keys: 1}, {keys: 10}, {keys: 100}, {keys: 1, without: true}, {keys: 4, without: true}} {
		s, err := newSite(p.algs[0])
		if err != nil {
			return nil, err
		}
		defer s.Close()
		if err := s.publish(other.Public(), set.keys-1); err != nil {
			return nil, err
		}
		name, change := several(set.keys, "key"), recipe(nil)
		if set.without {
			name, change = name+", a token without kid", func(header, _ map[string]any) { delete(header, "kid") }
		}
		row, err := p.accepting(s, change)
		if err != nil {
			return nil, err
		}
		settings = append(settings, row.named(name))
	}
	t := &table{
		title: "Growth with the number of keys in the set, " + p.algs[0],
		notes: []string{
			"The key that signs is the last.",
			"A token without kid is tried on at most 4 keys, here on all of them.",
		},
	}
	return t, p.grow(t, settings)
}

func several(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// byIssuers has the issuer of the tokens at the end of the configuration.
func byIssuers(p plan) (*table, error) {
	s, err := newSite(p.algs[0])
	if err != nil {
		return nil, err
	}
	defer s.Close()
	known, err := p.accepting(s, nil)
	if err != nil {
		return nil, err
	}
	foreign := setting{site: s, warmer: known.warmer, want: refused}
	if foreign.tokens, err = s.tokens(len(known.tokens), func(_, claims map[string]any) { claims["iss"] = "https://issuer.invalid" }); err != nil {
		return nil, err
	}
	logged := foreign
	foreign.name, logged.name, logged.logged = ", none is the token's", ", none is the token's; refusal logged", true
	var settings []setting
	for _, row := range []setting{known, foreign, logged} {
		for _, n := range []int{1, 10, 100, 1000} {
			if row.want == refused && n > 1 && n < 1000 {
				continue
			}
			if row.change, err = amid(s.alg, n); err != nil {
				return nil, err
			}
			settings = append(settings, row.named(several(n, "issuer")))
		}
	}
	t := &table{
		title: "Growth with the number of issuers configured, " + s.alg,
		notes: []string{
			"The issuer of the token is the last; the others have a key as text.",
			"What is refused is not kept: the figures of a token seen before are those of one more. Of a reason 100 refusals are logged, then 10 a second.",
		},
	}
	return t, p.grow(t, settings)
}

// amid puts n-1 other issuers before the one that is there.
func amid(alg string, n int) (func(*oidcauth.Config), error) {
	key, err := newKey(alg)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	text := certsource.PEM(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return func(c *oidcauth.Config) {
		var all []oidcauth.Issuer
		for i := range n - 1 {
			all = append(all, oidcauth.Issuer{URL: fmt.Sprintf("https://login.example.com/%04d", i), Audience: []string{audience}, Keys: text})
		}
		c.Issuers = append(all, c.Issuers...)
	}, err
}
