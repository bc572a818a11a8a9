package oidcauth

import "time"

// Span is a length of time of a configuration. The zero Span is the field's default; [Exactly] makes any other, also that of
// zero. It is no time.Duration, for a zero of that would be both: the default, and none.
type Span struct {
	length time.Duration
	set    bool
}

// Exactly is the Span of this length. Of zero, it is none at all.
func Exactly(d time.Duration) Span { return Span{d, true} }

// Or returns the length, or standard for the zero Span.
func (s Span) Or(standard time.Duration) time.Duration {
	if s.set {
		return s.length
	}
	return standard
}

// String returns the length, or "default".
func (s Span) String() string {
	if s.set {
		return s.length.String()
	}
	return "default"
}

// within tells whether the Span is the default, or from zero to longest.
func (s Span) within(longest time.Duration) bool { return s.length >= 0 && s.length <= longest }
