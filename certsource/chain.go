package certsource

import (
	"context"
	"errors"
	"slices"
)

type chain []Source

// Chain asks sources in order; the first that holds a fitting key wins, also when its signature then fails. A source
// that holds none, or cannot be reached, passes on. All are asked for what they hold before any is refreshed.
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

// Keys asks each source for what it holds.
func (c chain) Keys(q Query) ([]Key, error) {
	out := &NoKeyError{}
	for _, s := range c {
		keys, err := s.Keys(q)
		if len(keys) > 0 {
			return keys, nil
		}
		var inner *NoKeyError
		if errors.As(err, &inner) {
			out.Reports = append(out.Reports, inner.Reports...)
		}
		if err != nil && !errors.Is(err, ErrNoKey) && out.Unavailable == nil {
			out.Unavailable = err
		}
	}
	return nil, out
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

// Refresh refreshes in order and stops as soon as a source holds a fitting key.
func (c chain) Refresh(ctx context.Context, q Query) error {
	var faults []error
	for _, s := range c {
		if r, ok := s.(Refresher); ok {
			if err := r.Refresh(ctx, q); err != nil {
				faults = append(faults, err)
			}
		}
		if keys, _ := s.Keys(q); len(keys) > 0 {
			return nil
		}
	}
	return errors.Join(faults...)
}
