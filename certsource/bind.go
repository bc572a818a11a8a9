package certsource

import (
	"errors"
	"reflect"
	"time"

	"github.com/knownbearer/knownbearer/internal/guard"
	"github.com/knownbearer/knownbearer/internal/keybind/hook"
)

// declaration is a Source that becomes one that holds keys when it is bound to an issuer.
type declaration interface {
	bind(hook.Binding) (Source, error)
}

func init() { hook.Bind = bind }

var (
	errNil      = errors.New("certsource: a source is nil")
	errEmbedded = errors.New("certsource: a type embeds a source of this package; use Wrap, or its own Keys would never be called")
)

// isOwn reports whether the type of s is one of this package. Another type has the method bind if it embeds one of them.
func isOwn(s Source) bool {
	t := reflect.TypeOf(s)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == reflect.TypeFor[wrapped]().PkgPath()
}

// bind returns the source that s declares. It returns a source that is not a declaration as it is.
func bind(s Source, b hook.Binding) (Source, error) {
	if b.Now == nil {
		b.Now = time.Now
	}
	if s == nil || guard.IsNil(s) {
		return nil, errNil
	}
	d, ok := s.(declaration)
	if !ok {
		return s, nil
	}
	if !isOwn(s) {
		return nil, errEmbedded
	}
	bound, err := d.bind(b)
	if err == nil && (bound == nil || guard.IsNil(bound)) {
		err = errNil
	}
	return bound, err
}

type wrapped struct {
	inner Source
	wrap  func(Source) Source
}

// Wrap returns a source that adds to another one, to count or to restrict the keys of it. When oidcauth.New binds s to
// its issuer, it calls wrap with the source that holds the keys, and uses the result. A nil result is an error of New.
//
// The result should be a [Refresher] and a [Reporter] if the source that it wraps is: without Refresh, keys are never
// fetched. A type that embeds the Source alone hides both methods. A type that embeds a source of this package instead of
// wrapping it is an error of New.
func Wrap(s Source, wrap func(Source) Source) Source { return wrapped{s, wrap} }

// Keys returns an error. oidcauth.New makes a source that holds keys of the declaration.
func (wrapped) Keys(Query) ([]Key, error) { return nil, errNotBound }

func (w wrapped) bind(b hook.Binding) (Source, error) {
	if w.wrap == nil {
		return nil, errNil
	}
	inner, err := bind(w.inner, b)
	if err != nil {
		return nil, err
	}
	return w.wrap(inner), nil
}
