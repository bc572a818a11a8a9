package oidcauth

import (
	"reflect"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/internal/pipeline"
)

// compiledIssuer is an issuer with the settings from which it was made.
type compiledIssuer struct {
	declared *pipeline.Rules // without keys and state; it shares no slice with the Config
	source   certsource.Source
	rules    *pipeline.Rules
	carried  bool // the rules are those of a former Authenticator
}

// noKeys is the source of keys for an issuer whose tokens are all introspected.
type noKeys struct{}

func (noKeys) Keys(certsource.Query) ([]certsource.Key, error) { return nil, certsource.ErrNoKey }

func (noKeys) Report() []certsource.Report { return nil }

// among returns the rules of the same issuer, or nil.
func (iss compiledIssuer) among(former []compiledIssuer) *pipeline.Rules {
	for _, f := range former {
		if equal(iss.source, f.source) && equal(iss.declared, f.declared) {
			return f.rules
		}
	}
	return nil
}

// keysAmong returns the keys of an issuer with the same source of keys, or nil.
func (iss compiledIssuer) keysAmong(former []compiledIssuer) certsource.Source {
	for _, f := range former {
		same := iss.declared.URL == f.declared.URL && iss.declared.DiscoveryURL == f.declared.DiscoveryURL
		if same && iss.declared.HTTPClient == f.declared.HTTPClient && equal(iss.source, f.source) {
			return f.rules.Keys
		}
	}
	return nil
}

// equal reports whether two settings are equal. It compares Rules by their fields. It follows no other pointer, because other goroutines
// may change the value behind it.
func equal(a, b any) bool {
	x, y := reflect.ValueOf(a), reflect.ValueOf(b)
	if !x.IsValid() || !y.IsValid() {
		return x.IsValid() == y.IsValid()
	}
	if rules, ok := a.(*pipeline.Rules); ok {
		other, ok := b.(*pipeline.Rules)
		return ok && equalValues(reflect.ValueOf(rules).Elem(), reflect.ValueOf(other).Elem())
	}
	return x.Type() == y.Type() && equalValues(x, y)
}

func equalValues(x, y reflect.Value) bool {
	switch x.Kind() {
	case reflect.Func:
		return x.IsNil() && y.IsNil()
	case reflect.Interface:
		if x.IsNil() || y.IsNil() {
			return x.IsNil() && y.IsNil()
		}
		return x.Elem().Type() == y.Elem().Type() && equalValues(x.Elem(), y.Elem())
	case reflect.Struct:
		for i := range x.NumField() {
			if !equalValues(x.Field(i), y.Field(i)) {
				return false
			}
		}
		return true
	case reflect.Slice:
		return x.IsNil() == y.IsNil() && equalElements(x, y)
	case reflect.Array:
		return equalElements(x, y)
	case reflect.Map:
		return equalMaps(x, y)
	}
	return x.Comparable() && y.Comparable() && x.Equal(y)
}

func equalElements(x, y reflect.Value) bool {
	if x.Len() != y.Len() {
		return false
	}
	for i := range x.Len() {
		if !equalValues(x.Index(i), y.Index(i)) {
			return false
		}
	}
	return true
}

func equalMaps(x, y reflect.Value) bool {
	if x.IsNil() != y.IsNil() || x.Len() != y.Len() {
		return false
	}
	for _, key := range x.MapKeys() {
		value := y.MapIndex(key)
		if !value.IsValid() || !equalValues(x.MapIndex(key), value) {
			return false
		}
	}
	return true
}
