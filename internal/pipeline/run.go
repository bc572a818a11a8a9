package pipeline

import (
	"context"
	"strings"
)

// run runs some of the steps, up to the first fault, which is the verdict; at is where it was found.
func (t *Run) run(ctx context.Context, from, to int) (at int, fault *Fault) {
	for i := from; i < to; i++ {
		if Steps[i].Of&t.Form == 0 {
			continue
		}
		switch fault := Steps[i].Judge(ctx, t); fault {
		case nil:
		case askAnew:
			t.forgetAnswer()
			i = asking - 1
		default:
			return i, fault
		}
	}
	return to, nil
}

func (k Facts) String() string {
	names := []struct {
		Facts
		name string
	}{
		{Parsed, "the token cannot be read"},
		{KnownIssuer, "its issuer is unknown"},
		{Recent, "it expired long ago"},
		{Signable, "its algorithm is refused"},
		{HasKeys, "there is no key"},
		{Verified, "its signature is not verified"},
		{AccessToken, "it is no access token"},
		{Resolved, "its claims are not resolved"},
		{UserNamed, "the claims that name the user are not there"},
	}
	if k&Parsed != 0 {
		k &^= Recent // a token that cannot be read has no known exp
	}
	var out []string
	for _, n := range names {
		if k&n.Facts != 0 {
			out = append(out, n.name)
		}
	}
	return strings.Join(out, ", ")
}
