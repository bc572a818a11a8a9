package usermap_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

var _ usermap.TenantComparer = (*usermap.Table)(nil)

func find(t *testing.T, f usermap.Finder, q usermap.Query) []usermap.User {
	t.Helper()
	users, err := f.FindUsers(t.Context(), q)
	require.NoError(t, err)
	return users
}

func TestTableMatchesExactly(t *testing.T) {
	alice := usermap.User{ID: "1", Name: "Alice", Enabled: true}
	twin := usermap.User{ID: "2", Enabled: true}
	former := usermap.User{ID: "3"}
	bound := usermap.User{ID: "4", Enabled: true}
	table := usermap.NewTable(
		usermap.Entry{Value: "alice", User: alice},
		usermap.Entry{Value: "both", User: alice},
		usermap.Entry{Value: "both", User: twin},
		usermap.Entry{Value: "former", User: former},
		usermap.Entry{Value: "bound", Claim: "oid", Issuer: "https://a", Tenant: "t1", User: bound},
		usermap.Entry{Value: "", User: alice},
	)
	for _, c := range []struct {
		name  string
		query usermap.Query
		want  []usermap.User
	}{
		{"found", usermap.Query{Value: "alice"}, []usermap.User{alice}},
		{"whatever the claim, issuer and tenant", usermap.Query{Value: "alice", Claim: "sub", Issuer: "https://b", Tenant: "t2"}, []usermap.User{alice}},
		{"unknown", usermap.Query{Value: "mallory"}, nil},
		{"two enabled are both reported", usermap.Query{Value: "both"}, []usermap.User{alice, twin}},
		{"a disabled one is reported", usermap.Query{Value: "former"}, []usermap.User{former}},
		{"empty value", usermap.Query{}, nil},
		{"other letter case", usermap.Query{Value: "Alice"}, nil},
		{"trailing blank", usermap.Query{Value: "alice "}, nil},
		{"prefix", usermap.Query{Value: "alic"}, nil},
		{"bound", usermap.Query{Value: "bound", Claim: "oid", Issuer: "https://a", Tenant: "t1"}, []usermap.User{bound}},
		{"other claim", usermap.Query{Value: "bound", Claim: "sub", Issuer: "https://a", Tenant: "t1"}, nil},
		{"other issuer", usermap.Query{Value: "bound", Claim: "oid", Issuer: "https://A", Tenant: "t1"}, nil},
		{"other tenant", usermap.Query{Value: "bound", Claim: "oid", Issuer: "https://a", Tenant: "t2"}, nil},
		{"no tenant", usermap.Query{Value: "bound", Claim: "oid", Issuer: "https://a"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, find(t, table, c.query))
		})
	}
}

func TestTableZeroValueIsEmpty(t *testing.T) {
	var table usermap.Table
	assert.Empty(t, find(t, &table, usermap.Query{Value: "alice"}))
	table.Replace(usermap.Entry{Value: "alice"})
	assert.Len(t, find(t, &table, usermap.Query{Value: "alice"}), 1)
}

func TestTableKeepsNothingOfItsCaller(t *testing.T) {
	entries := []usermap.Entry{{Value: "alice", User: usermap.User{ID: "1"}}}
	table := usermap.NewTable(entries...)
	entries[0].User.Enabled = true
	got := find(t, table, usermap.Query{Value: "alice"})
	assert.False(t, got[0].Enabled)
	got[0].Enabled = true
	assert.False(t, find(t, table, usermap.Query{Value: "alice"})[0].Enabled)
}

func TestTableReplacesAllEntriesAtOnce(t *testing.T) {
	pair := func(id string) []usermap.Entry {
		e := usermap.Entry{Value: "alice", User: usermap.User{ID: id}}
		return []usermap.Entry{e, e}
	}
	table := usermap.NewTable(pair("old")...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				users, err := table.FindUsers(t.Context(), usermap.Query{Value: "alice"})
				if assert.NoError(t, err) && assert.Len(t, users, 2) {
					assert.Equal(t, users[0], users[1])
				}
			}
		})
	}
	for range 100 {
		table.Replace(pair("new")...)
		table.Replace(pair("old")...)
	}
	wg.Wait()
	table.Replace()
	assert.Empty(t, find(t, table, usermap.Query{Value: "alice"}))
}
