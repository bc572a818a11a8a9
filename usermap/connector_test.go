package usermap_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/usermap"
)

// nowhere is a database server that cannot be reached.
type nowhere struct{}

var errNowhere = errors.New("no such host")

func (nowhere) Connect(context.Context) (driver.Conn, error) { return nil, errNowhere }
func (nowhere) Driver() driver.Driver                        { return nil }

// openDB returns a handle, as sql.Open does, and does not connect.
func openDB() *sql.DB { return sql.OpenDB(nowhere{}) }

func TestUnreachableDatabaseIsAnError(t *testing.T) {
	db := openDB()
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	config := minimal()
	config.DB = db
	finder, err := usermap.NewSQL(config)
	require.NoError(t, err)
	_, err = finder.FindUsers(t.Context(), usermap.Query{Value: "alice"})
	require.ErrorIs(t, err, errNowhere)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = finder.FindUsers(ctx, usermap.Query{Value: "alice"})
	require.ErrorIs(t, err, context.Canceled)
}
