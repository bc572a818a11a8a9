package resolve

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/knownbearer/knownbearer/claims"
)

// ErrSubjectMismatch reports that UserInfo's answer does not describe the token's user. The error that wraps it is a
// [*SubjectError].
var ErrSubjectMismatch = errors.New("resolve: UserInfo's answer does not describe the token's user")

// SubjectFault is the difference between UserInfo's sub and the token's subject claim.
type SubjectFault string

// The faults.
const (
	// NoUserInfoSubject means that UserInfo's sub is absent, null or empty.
	NoUserInfoSubject SubjectFault = "no sub in UserInfo"
	// NoTokenSubject means that the token's subject claim is absent, null or empty.
	NoTokenSubject SubjectFault = "no subject in token"
	// OtherKindOfSubject means that the two are of different kinds, such as a number and an e-mail address, or not
	// strings.
	OtherKindOfSubject SubjectFault = "other kind of subject"
	// OtherSubject means that the two are of the same kind and not equal.
	OtherSubject SubjectFault = "other subject"
)

// SubjectError reports that UserInfo's answer is not accepted for the token's user. Its text contains no subject.
type SubjectError struct {
	// Fault is the difference between the two subjects.
	Fault SubjectFault
	// Claim is the token's claim that UserInfo's sub is compared with.
	Claim claims.Path
	// Token and UserInfo name the kind of each subject, such as "number". A kind is empty if the subject is absent.
	Token, UserInfo string
	// Same is another claim of the token that equals UserInfo's sub. It is the zero Path if there is no such claim.
	Same claims.Path
}

// Error describes the fault.
func (e *SubjectError) Error() string {
	switch e.Fault {
	case NoUserInfoSubject:
		return "resolve: UserInfo's answer has no sub"
	case NoTokenSubject:
		return fmt.Sprintf("resolve: the token has no claim %s to compare with UserInfo's sub", e.Claim)
	case OtherKindOfSubject:
		return fmt.Sprintf("resolve: UserInfo's sub (%s) and the token's %s (%s) are of different kinds", e.UserInfo, e.Claim, e.Token)
	}
	return fmt.Sprintf("resolve: UserInfo's sub does not equal the token's %s: it names another user", e.Claim)
}

// Unwrap returns [ErrSubjectMismatch].
func (*SubjectError) Unwrap() error { return ErrSubjectMismatch }

var subject = claims.Name("sub")

// checkSubject compares UserInfo's sub with a claim of the token. Both must be equal strings.
func checkSubject(token, info claims.Set, claim claims.Path) error {
	if claim.IsZero() {
		claim = subject
	}
	actual, _ := info.Lookup(subject)
	expected, _ := token.Lookup(claim)
	sub, isText := actual.Text()
	if text, ok := expected.Text(); ok && isText && sub != "" && sub == text {
		return nil
	}
	e := &SubjectError{Fault: OtherSubject, Claim: claim, Token: subjectKind(expected), UserInfo: subjectKind(actual)}
	switch {
	case e.UserInfo == "":
		e.Fault = NoUserInfoSubject
	case e.Token == "":
		e.Fault = NoTokenSubject
	case e.Token != e.UserInfo || !isText:
		e.Fault = OtherKindOfSubject
	}
	if isText && sub != "" {
		e.Same = sameAs(token, sub)
	}
	return e
}

// subjectKind returns the kind of a subject, in words that reveal nothing about the person. It is empty if the
// subject is absent.
func subjectKind(v claims.Value) string {
	s, ok := v.Text()
	switch {
	case !ok && (v.Raw() == "" || v.Raw() == "null"):
		return ""
	case !ok:
		return "not a string"
	case s == "":
		return ""
	case strings.Contains(s, "@"):
		return "e-mail address"
	case strings.Trim(s, "0123456789") == "":
		return "number"
	case len(s) == 36 && strings.Count(s, "-") == 4 && strings.Trim(s, "0123456789abcdefABCDEF-") == "":
		return "UUID"
	case strings.Contains(s, ":"):
		return "URI"
	}
	return "name or id"
}

// notUserClaims lists the claims that name a client, a service or the token, but never the user.
var notUserClaims = []string{"iss", "aud", "azp", "client_id", "cid", "appid", "jti", "sid", "nonce"}

// sameAs returns the token's claim that has this value. Some products write the value of UserInfo's sub into another claim.
func sameAs(token claims.Set, value string) claims.Path {
	for _, name := range token.Names() {
		v, _ := token.Lookup(claims.Name(name))
		if text, ok := v.Text(); ok && text == value && !slices.Contains(notUserClaims, name) {
			return claims.Name(name)
		}
	}
	return claims.Path{}
}
