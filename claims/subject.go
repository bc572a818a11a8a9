package claims

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrSubjectMismatch says that UserInfo's answer is not about the token's user. The error that holds it is a [*SubjectError].
var ErrSubjectMismatch = errors.New("claims: UserInfo's answer is not about the token's user")

// SubjectFault says what is wrong between UserInfo's sub and the token's claim that it is compared with.
type SubjectFault string

// The faults of subjects.
const (
	NoUserInfoSubject  SubjectFault = "no sub in UserInfo"     // absent, null or empty
	NoTokenSubject     SubjectFault = "no subject in token"    // the claim that is compared is absent, null or empty
	OtherKindOfSubject SubjectFault = "other kind of subject"  // such as a number, and an e-mail address in the token
	OtherSubject       SubjectFault = "subject of another one" // of the same kind, and not equal
)

// SubjectError says why UserInfo's answer is not taken for the token's user. Its text holds no subject.
type SubjectError struct {
	Fault           SubjectFault
	Claim           Path   // of the token, which was compared
	Token, UserInfo string // the kinds of the two, such as "number"; empty: absent
	Same            Path   // another claim of the token that UserInfo's sub equals; zero: none
}

func (e *SubjectError) Error() string {
	switch e.Fault {
	case NoUserInfoSubject:
		return "claims: UserInfo's answer has no sub"
	case NoTokenSubject:
		return fmt.Sprintf("claims: the token has no claim %s, which UserInfo's sub would have to equal", e.Claim)
	case OtherKindOfSubject:
		return fmt.Sprintf("claims: UserInfo's sub (%s) is of another kind than the token's %s (%s)", e.UserInfo, e.Claim, e.Token)
	}
	return fmt.Sprintf("claims: UserInfo's sub is not the token's %s: it is that of another user", e.Claim)
}

// Unwrap returns [ErrSubjectMismatch].
func (*SubjectError) Unwrap() error { return ErrSubjectMismatch }

var subject = Name("sub")

// checkSubject compares UserInfo's sub with a claim of the token, exactly and as strings.
func checkSubject(token, info Set, claim Path) error {
	if claim.IsZero() {
		claim = subject
	}
	has, _ := info.Lookup(subject)
	want, _ := token.Lookup(claim)
	got, isText := has.Text()
	if wanted, ok := want.Text(); ok && isText && got != "" && got == wanted {
		return nil
	}
	e := &SubjectError{Fault: OtherSubject, Claim: claim, Token: subjectKind(want), UserInfo: subjectKind(has)}
	switch {
	case e.UserInfo == "":
		e.Fault = NoUserInfoSubject
	case e.Token == "":
		e.Fault = NoTokenSubject
	case e.Token != e.UserInfo || !isText:
		e.Fault = OtherKindOfSubject
	}
	if isText && got != "" {
		e.Same = sameAs(token, got)
	}
	return e
}

// subjectKind is what a subject looks like, in words that say nothing of the person; empty where there is none.
func subjectKind(v Value) string {
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

// notOfUsers are claims that name a client, a service or the token, and never its user.
var notOfUsers = []string{"iss", "aud", "azp", "client_id", "cid", "appid", "jti", "sid", "nonce"}

// sameAs returns the claim of the token that has this value, which is where a product keeps UserInfo's sub.
func sameAs(token Set, value string) Path {
	for _, name := range token.Names() {
		v, _ := token.Lookup(Name(name))
		if text, ok := v.Text(); ok && text == value && !slices.Contains(notOfUsers, name) {
			return Name(name)
		}
	}
	return Path{}
}
