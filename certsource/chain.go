package certsource

import (
	"context"
	"errors"
	"slices"

	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

type chain []Source

// Chain returns a source that asks the given sources in order. The choice for one token follows these rules:
//
//   - A source that holds a key with the kid or thumbprint that the token names is chosen before a source of
//     certificates or bare keys without a kid, which may verify a token of any kid.
//   - Among equals, the first source that holds a fitting key is chosen.
//   - If its keys do not verify the token ([Query.Refuted]), the next source is chosen.
//   - A source that holds no fitting key, or cannot be reached, is passed over.
//   - Every source is asked for the keys that it holds before any source is refreshed.
//
// A chain inside a chain is a level of its own, as the settings of application and provider are. The first level that
// holds a fitting key is the only one used, even if its keys do not verify the token.
//
// The slice is copied. A nil source or an empty chain is an error of oidcauth.New.
func Chain(sources ...Source) Source { return chain(slices.Clone(sources)) }

// bind binds every source of the chain. Its error joins those of all sources.
func (c chain) bind(b hook.Binding) (Source, error) {
	bound := make(chain, len(c))
	var faults []error
	for i, s := range c {
		var err error
		if bound[i], err = bind(s, b); err != nil {
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

// finder is a source that reports whether it holds the very key that the token names.
type finder interface {
	find(Query) (keys []Key, exact bool)
}

func heldBy(s Source, q Query) (keys []Key, exact bool) {
	if h, ok := s.(finder); ok {
		return h.find(q)
	}
	keys, _ = s.Keys(q)
	return keys, len(keys) > 0 && q.KeyID != "" && keys[0].ID == q.KeyID
}

// levels yields the levels of the chain: a nested chain is one level, and so is a run of other sources.
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

// best returns the keys of the source of a level that is tried next. holds reports that a source holds a fitting key,
// which may be refuted. exact reports that one holds the very key that the token names.
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

// Keys asks each source for the keys that it holds.
func (c chain) Keys(q Query) ([]Key, error) {
	out := &noKeyError{}
	for level := range c.levels {
		keys, holds, exact := best(level, q)
		if len(keys) > 0 {
			return keys, nil
		}
		if exact {
			return nil, ErrNoKey // The key was tried, so it does not matter whether another source can be reached.
		}
		for _, s := range level {
			keys, err := s.Keys(q)
			if len(q.Untried(keys)) > 0 { // The keys arrived after best looked.
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

// find answers for a chain that is nested in another one. It returns refuted keys only if the chain holds no others.
func (c chain) find(q Query) (keys []Key, exact bool) {
	if keys, _ = c.Keys(q); len(keys) == 0 && len(q.Refuted) > 0 {
		q.Refuted = nil
		keys, _ = c.Keys(q)
	}
	return keys, false
}

// add records that a source held no fitting key.
func (e *noKeyError) add(err error) {
	var inner *noKeyError
	if errors.As(err, &inner) {
		e.reports = append(e.reports, inner.reports...)
	}
	if err != nil && !errors.Is(err, ErrNoKey) && e.unavailable == nil {
		e.unavailable = err
	}
}

// Report returns the reports of all sources that make one, in order.
func (c chain) Report() []Report {
	var out []Report
	for _, s := range c {
		if r, ok := s.(Reporter); ok {
			out = append(out, r.Report()...)
		}
	}
	return out
}

// Refresh refreshes the sources in order, and stops as soon as one holds a fitting key that is not refuted. If a
// source holds the very key that the token names, Refresh refreshes that source only.
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

// exactOf returns the source that holds the very key that the token names, or nil.
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
