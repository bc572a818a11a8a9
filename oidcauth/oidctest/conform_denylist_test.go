package oidctest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
	"github.com/knownbearer/knownbearer/oidcauth/oidctest"
)

func TestMemoryConforms(t *testing.T) { require.NoError(t, oidctest.TestDenyList(&denylist.Memory{})) }

// elsewhere embeds a Memory but keeps its entries in another list. It inherits the Empty of the Memory.
type elsewhere struct {
	denylist.Memory
	list denylist.Memory
}

func (l *elsewhere) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	return l.list.Add(ctx, e)
}

func (l *elsewhere) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	return l.list.Find(ctx, keys...)
}

func TestListThatEmbedsAMemoryConforms(t *testing.T) {
	require.NoError(t, oidctest.TestDenyList(&elsewhere{}))
}

// broken is a Memory with one method replaced.
type broken struct {
	denylist.Memory
	add  func(*denylist.Memory, context.Context, denylist.Entry) (bool, error)
	find func(*denylist.Memory, context.Context, ...string) ([]denylist.Entry, error)
}

func (b *broken) Add(ctx context.Context, e denylist.Entry) (bool, error) {
	if b.add != nil {
		return b.add(&b.Memory, ctx, e)
	}
	return b.Memory.Add(ctx, e)
}

func (b *broken) Find(ctx context.Context, keys ...string) ([]denylist.Entry, error) {
	if b.find != nil {
		return b.find(&b.Memory, ctx, keys...)
	}
	return b.Memory.Find(ctx, keys...)
}

func TestBrokenDenyListsAreCaught(t *testing.T) {
	for name, b := range map[string]*broken{
		"forgets": {add: func(*denylist.Memory, context.Context, denylist.Entry) (bool, error) { return true, nil }},
		"always new": {add: func(m *denylist.Memory, ctx context.Context, e denylist.Entry) (bool, error) {
			_, err := m.Add(ctx, e)
			return true, err
		}},
		"drops Before": {find: func(m *denylist.Memory, ctx context.Context, keys ...string) ([]denylist.Entry, error) {
			found, err := m.Find(ctx, keys...)
			for i := range found {
				found[i].Before = found[i].Until
			}
			return found, err
		}},
		"finds anything": {find: func(_ *denylist.Memory, ctx context.Context, keys ...string) ([]denylist.Entry, error) {
			var out []denylist.Entry
			for _, k := range keys {
				out = append(out, denylist.Entry{Key: k})
			}
			return out, ctx.Err()
		}},
		"finds its tester's keys only": {find: func(m *denylist.Memory, ctx context.Context, keys ...string) ([]denylist.Entry, error) {
			return m.Find(ctx, slices.DeleteFunc(keys, func(k string) bool { return !strings.HasPrefix(k, "oidctest-") })...)
		}},
		"ignores the context": {find: func(m *denylist.Memory, _ context.Context, keys ...string) ([]denylist.Entry, error) {
			return m.Find(context.Background(), keys...)
		}},
	} {
		t.Run(name, func(t *testing.T) { require.Error(t, oidctest.TestDenyList(b)) })
	}
}
