package settings_test

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/certsource"
	"github.com/knownbearer/knownbearer/claims"
	"github.com/knownbearer/knownbearer/oidcauth"
	"github.com/knownbearer/knownbearer/oidcauth/login"
	"github.com/knownbearer/knownbearer/oidcauth/provider"
	"github.com/knownbearer/knownbearer/oidcauth/settings"
	"github.com/knownbearer/knownbearer/usermap"
)

// dumped is everything that a document yields, as text, with the defaults of the core.
func dumped(t *testing.T, doc *settings.Document) string {
	t.Helper()
	out, err := dump(doc)
	require.NoError(t, err)
	return out
}

func dump(doc *settings.Document) (string, error) {
	var d dumper
	o := options
	o.OpenDB = func(name, dsn string) (*sql.DB, error) {
		fmt.Fprintln(&d.out, "database", name, dsn)
		return new(sql.DB), nil
	}
	c, clients, err := settings.Unchecked(doc, o)
	if err != nil {
		return "", err
	}
	withDefaults(&c.Config)
	for i, iss := range c.Config.Issuers {
		if owns := iss.Introspection.Owns; owns != nil {
			fmt.Fprintln(&d.out, i, "owns", owns("ref_1"), owns("zz"))
		}
	}
	d.value(reflect.ValueOf(c.Config), 0)
	d.value(reflect.ValueOf(c.Applications), 0)
	loginDefaults(&c.Login)
	d.value(reflect.ValueOf(c.Login), 0)
	for i := range clients {
		if clients[i].Concurrency == 0 {
			clients[i].Concurrency = 64
		}
	}
	d.value(reflect.ValueOf(clients), 0)
	d.users(c.Config.Users)
	return d.out.String(), nil
}

// withDefaults fills in the defaults of the core, because an effective document names the defaults.
func withDefaults(c *oidcauth.Config) {
	orInt := func(n *int, standard int) {
		if *n == 0 {
			*n = standard
		}
	}
	orTime := func(d *time.Duration, standard time.Duration) {
		if *d == 0 {
			*d = standard
		}
	}
	orInt(&c.Cache.Entries, 10_000)
	orInt(&c.Cache.Bytes, 64<<20)
	orTime(&c.Cache.MaxAge, 5*time.Minute)
	orTime(&c.WatchInterval, 30*time.Second)
	orTime(&c.DPoP.MaxAge, time.Minute)
	orInt(&c.DPoP.ProofsPerKey, 10_000)
	orTime(&c.Revocation.MaxTokenLife, 24*time.Hour)
	if c.Response.Realm == "" {
		c.Response.Realm = "api"
	}
	for i := range c.Issuers {
		iss := &c.Issuers[i]
		iss.Leeway = oidcauth.Exactly(iss.Leeway.Or(time.Minute))
		if iss.Algorithms == nil {
			iss.Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
		}
		if iss.Claims.ACR.IsZero() {
			iss.Claims.ACR = claims.Name("acr")
		}
		iss.Introspection.MaxAge = oidcauth.Exactly(iss.Introspection.MaxAge.Or(time.Minute))
	}
}

func loginDefaults(c *login.Config) {
	c.Path, c.CookieName = cmp.Or(c.Path, "/auth"), cmp.Or(c.CookieName, "session")
	c.Sessions.Idle, c.Sessions.Absolute = cmp.Or(c.Sessions.Idle, time.Hour), cmp.Or(c.Sessions.Absolute, 12*time.Hour)
	for i := range c.Providers {
		c.Providers[i].Callback = cmp.Or(c.Providers[i].Callback, "callback")
	}
}

// users writes whom a table finds, because its entries are behind an atomic pointer.
func (d *dumper) users(f usermap.Finder) {
	if table, ok := f.(*usermap.Table); ok {
		found, err := table.FindUsers(context.Background(), usermap.Query{Value: "alice", Claim: "upn", Issuer: "https://a", Tenant: "t"})
		fmt.Fprintln(&d.out, found, err)
	}
}

// dumper writes values with their unexported fields. A pointer is written as the value that it points to.
type dumper struct {
	out  strings.Builder
	seen []uintptr
}

func (d *dumper) value(v reflect.Value, depth int) {
	if !v.IsValid() || depth > 40 {
		return
	}
	switch v.Type() {
	case reflect.TypeFor[sql.DB](), reflect.TypeFor[provider.Client](), reflect.TypeFor[usermap.Table]():
		d.out.WriteString(v.Type().String())
		return
	case reflect.TypeFor[certsource.Refresh]():
		d.refresh(v)
		return
	case reflect.TypeFor[os.File]():
		d.out.WriteString(v.Field(0).Elem().FieldByName("name").String())
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			d.out.WriteString("nil")
			return
		}
		if v.Kind() == reflect.Pointer {
			if slices.Contains(d.seen, v.Pointer()) {
				return
			}
			d.seen = append(d.seen, v.Pointer())
			defer func() { d.seen = d.seen[:len(d.seen)-1] }()
		}
		d.value(v.Elem(), depth+1)
	case reflect.Struct:
		fmt.Fprintf(&d.out, "%s{\n", v.Type())
		for i := range v.NumField() {
			if v.Type().Field(i).Name == "seed" {
				continue // of a hash
			}
			fmt.Fprintf(&d.out, "%*s%s: ", depth, "", v.Type().Field(i).Name)
			d.value(v.Field(i), depth+1)
			d.out.WriteByte('\n')
		}
		d.out.WriteByte('}')
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			d.value(v.Index(i), depth+1)
			d.out.WriteByte(',')
		}
	case reflect.Map:
		var entries []string
		for _, key := range v.MapKeys() {
			of := dumper{seen: d.seen}
			of.value(key, depth+1)
			of.out.WriteByte('=')
			of.value(v.MapIndex(key), depth+1)
			entries = append(entries, of.out.String())
		}
		slices.Sort(entries)
		d.out.WriteString(strings.Join(entries, ";"))
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		fmt.Fprint(&d.out, v.Kind(), v.IsNil())
	default:
		fmt.Fprintf(&d.out, "%v", v)
	}
}

// refresh writes a certsource.Refresh with its defaults.
func (d *dumper) refresh(v reflect.Value) {
	for i, standard := range []int64{int64(5 * time.Second), 3, 0, int64(10 * time.Minute), int64(24 * time.Hour)} {
		n := v.Field(i).Int()
		if n == 0 {
			n = standard
		}
		fmt.Fprint(&d.out, " ", n)
	}
}

// noConnector is of a database that is never connected.
type noConnector struct{}

func (noConnector) Connect(context.Context) (driver.Conn, error) { return nil, driver.ErrBadConn }
func (noConnector) Driver() driver.Driver                        { return nil }

func noDatabase(string, string) (*sql.DB, error) { return sql.OpenDB(noConnector{}), nil }

func counting(opened *int) func(string, string) (*sql.DB, error) {
	return func(name, dsn string) (*sql.DB, error) {
		*opened++
		return noDatabase(name, dsn)
	}
}
