package denylist_test

import (
	"context"
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/oidcauth/denylist"
)

// The list keeps the union of two entries with the same key.
func ExampleMemory() {
	ctx := context.Background()
	until := time.Now().Add(time.Hour)
	var list denylist.Memory
	for _, e := range []denylist.Entry{
		{Key: "u:alice", Before: time.Unix(1000, 0), Until: until},
		{Key: "u:alice", Before: time.Unix(2000, 0), Until: until},
	} {
		added, err := list.Add(ctx, e)
		fmt.Println("new:", added, err)
	}
	found, err := list.Find(ctx, "u:alice", "u:bob")
	fmt.Println(len(found), found[0].Before.Unix(), err)
	// Output:
	// new: true <nil>
	// new: false <nil>
	// 1 2000 <nil>
}
