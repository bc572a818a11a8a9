package certsource

import (
	"context"
	"errors"
	"slices"
)

type chain []Source

// Chain asks sources in order. A source whose key the token names, by its kid or thumbprint, goes before those whose
// certificates or bare keys fit any kid; among equals the first that holds a fitting key goes first. Where its keys do not
// verify the token (Query.Refuted), the next source is asked. A source that holds none, or cannot be reached, passes on.
// All are asked for what they hold before any is refreshed.
//
// A chain within a chain is a level of its own, as application and provider are: the first level that holds a fitting key
// wins, also when its signature then fails.
func Chain(sources ...Source) Source { return chain(slices.Clone(sources)) }

// Bind binds every source of the chain.
func (c chain) Bind(b Binding) (Source, error) {
	bound := make(chain, len(c))
	var faults []error
	for i, s := range c {
		var err error
		if bound[i], err = Bind(s, b); err != nil {
			faults = append(faults, err)
		}
	}
	if len(c) == 0 {
		faults = append(faults, errors.New("certsource: the chain is empty"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return bound, nil
}

// holder is a source that tells whether what it holds is the very key that the token names.
type holder interface {
	answer(Query) (keys []Key, exact bool)
}

func heldBy(s Source, q Query) (keys []Key, exact bool) {
	if h, ok := s.(holder); ok {
		return h.answer(q)
	}
	keys, _ = s.Keys(q)
	return keys, len(keys) > 0 && q.KeyID != "" && keys[0].ID == q.KeyID
}

// levels are the runs of sources that are equals.
func (c chain) levels(yield func([]Source) bool) {
	for i := 0; i < len(c); {
		end := i + 1
		for !isLevel(c[i]) && end < len(c) && !isLevel(c[end]) {
			end++
		}
		if !yield(c[i:end]) {
			return
		}
		i = end
	}
}

func isLevel(s Source) bool {
	_, nested := s.(chain)
	return nested
}

// best returns the keys of the source in a level that is to be tried next. holds: there is a fitting key, though it may be
// refuted; exact: it is the one that the token names.
func best(level []Source, q Query) (keys []Key, holds, exact bool) {
	for _, s := range level {
		found, named := heldBy(s, q)
		holds, exact = holds || len(found) > 0, exact || named
		untried := len(q.Untried(found)) > 0
		if named && untried {
			return found, true, true
		}
		if len(keys) == 0 && untried {
			keys = found
		}
	}
	return keys, holds, exact
}

// Keys asks each source for what it holds.
func (c chain) Keys(q Query) ([]Key, error) {
	out := &NoKeyError{}
	for level := range c.levels {
		keys, holds, exact := best(level, q)
		if len(keys) > 0 {
			return keys, nil
		}
		if exact {
			return nil, ErrNoKey // a source that cannot be reached does not matter: the key was tried
		}
		for _, s := range level {
			keys, err := s.Keys(q)
			if len(q.Untried(keys)) > 0 { // they have just come
				return keys, nil
			}
			out.add(err)
		}
		if holds {
			break
		}
	}
	return nil, out
}

// answer is that of a level within a chain: keys that are refuted are an answer, too, where it holds no others.
func (c chain) answer(q Query) (keys []Key, exact bool) {
	if keys, _ = c.Keys(q); len(keys) == 0 && len(q.Refuted) > 0 {
		q.Refuted = nil
		keys, _ = c.Keys(q)
	}
	return keys, false
}

// add takes note of a source that held no key.
func (e *NoKeyError) add(err error) {
	var inner *NoKeyError
	if errors.As(err, &inner) {
		e.Reports = append(e.Reports, inner.Reports...)
	}
	if err != nil && !errors.Is(err, ErrNoKey) && e.Unavailable == nil {
		e.Unavailable = err
	}
}

// Report asks each source that can tell.
func (c chain) Report() []Report {
	var out []Report
	for _, s := range c {
		if r, ok := s.(Reporter); ok {
			out = append(out, r.Report()...)
		}
	}
	return out
}

// Refresh refreshes in order and stops as soon as a source holds a fitting key that is not refuted. Where a source holds
// the key that the token names, only that one is refreshed.
func (c chain) Refresh(ctx context.Context, q Query) error {
	var faults []error
	for level := range c.levels {
		if s := exactOf(level, q); s != nil {
			return refresh(ctx, s, q)
		}
		for _, s := range level {
			if err := refresh(ctx, s, q); err != nil {
				faults = append(faults, err)
			}
			if keys, _ := heldBy(s, q); len(q.Untried(keys)) > 0 {
				return nil
			}
		}
		if _, holds, _ := best(level, q); holds {
			break
		}
	}
	return errors.Join(faults...)
}

// exactOf returns the source that holds the key which the token names; nil: there is none.
func exactOf(level []Source, q Query) Source {
	for _, s := range level {
		if _, exact := heldBy(s, q); exact {
			return s
		}
	}
	return nil
}

func refresh(ctx context.Context, s Source, q Query) error {
	if r, ok := s.(Refresher); ok {
		return r.Refresh(ctx, q)
	}
	return nil
}
