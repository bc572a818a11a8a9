package oidcauth

import "time"

// Span is a length of time in a configuration. The zero Span means the default of the field. [Exactly] makes any other Span,
// including one of length zero. A [time.Duration] could not distinguish zero from the default.
type Span struct {
	length time.Duration
	set    bool
}

// Exactly returns the Span of this length.
func Exactly(d time.Duration) Span { return Span{d, true} }

// Or returns the length of the Span, or standard if it is the zero Span.
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

// within reports whether the Span is the default, or between zero and longest.
func (s Span) within(longest time.Duration) bool { return s.length >= 0 && s.length <= longest }
