package answers

import "time"

// All of this file is called with mu held.

func (c *Cache[T]) put(k key, e *entry[T], now time.Time) {
	if old := c.entries[k]; old != nil {
		c.drop(k, old)
	}
	c.makeRoom(1, e.size, now)
	c.entries[k] = e
	c.bytes += e.size
}

// grow counts an answer that has arrived; one larger than the whole cache is not kept.
func (c *Cache[T]) grow(k key, e *entry[T], size int, now time.Time) {
	c.drop(k, e)
	e.size += size
	if e.size <= c.policy.Bytes {
		c.put(k, e, now)
	}
}

func (c *Cache[T]) drop(k key, e *entry[T]) {
	delete(c.entries, k)
	c.bytes -= e.size
}

// makeRoom drops what has ended, and then anything.
func (c *Cache[T]) makeRoom(entries, bytes int, now time.Time) {
	full := func() bool {
		return len(c.entries)+entries > c.policy.Entries || c.bytes+bytes > c.policy.Bytes
	}
	if !full() {
		return
	}
	for k, e := range c.entries {
		if !now.Before(e.until) {
			c.drop(k, e)
		}
	}
	for k, e := range c.entries {
		if !full() {
			return
		}
		c.drop(k, e)
	}
}
