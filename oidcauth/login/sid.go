package login

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"
)

const (
	purposeSID = "sessions of sid"
	maxOfSID   = 16 // sessions that belong to one session at the provider
	maxTurns   = 8  // how often a value is stored again that others change
)

var errTurns = errors.New("login: other requests change the same value of the store")

// sidEntry is one session in the list of its sid. A browser that has lost its cookie, or several callbacks at the same moment, begin
// several sessions of one sid.
type sidEntry struct {
	Key  string `json:"k"` // of the session
	Ends int64  `json:"x"` // absolute end
}

func sidKey(issuer, sid string) string { return storeKey(kindSID, issuer+"\x00"+sid) }

// list adds a session to the list of its issuer and sid, without those that it replaces. If the list is full, its oldest session ends, so
// that a front-channel logout ends all.
func (rp *RelyingParty) list(ctx context.Context, key string, rec *record, replaced []string) error {
	if rec.Evidence.SessionID == "" {
		return nil
	}
	at := sidKey(rec.Evidence.Issuer, rec.Evidence.SessionID)
	for range maxTurns {
		sealed, all, err := rp.listed(ctx, at)
		if err != nil {
			return err
		}
		all = slices.DeleteFunc(all, func(e sidEntry) bool { return e.Ends <= rp.now().Unix() || slices.Contains(replaced, e.Key) })
		all = append(all, sidEntry{key, rec.Ends})
		for ; len(all) > maxOfSID; all = all[1:] {
			if err := rp.store.DeleteCtx(ctx, all[0].Key); err != nil {
				return err
			}
		}
		ends := rec.Ends
		for _, e := range all {
			ends = max(ends, e.Ends)
		}
		text, _ := json.Marshal(all) // its types always have a JSON form
		if swapped, err := rp.store.SwapCtx(ctx, at, sealed, rp.box.Seal(purposeSID, at, text), time.Unix(ends, 0)); swapped || err != nil {
			return err
		}
	}
	return errTurns
}

// listed returns a list, also as the store has it.
func (rp *RelyingParty) listed(ctx context.Context, at string) (sealed []byte, all []sidEntry, err error) {
	sealed, found, err := rp.store.FindCtx(ctx, at)
	if err != nil || !found {
		return nil, nil, err
	}
	if text, ok := rp.box.Open(purposeSID, at, sealed); !ok || json.Unmarshal(text, &all) != nil {
		all = nil // it is sealed by a removed key, as its sessions are
	}
	return sealed, all, nil
}

// ofSID returns the stored sessions of an issuer and a sid.
func (rp *RelyingParty) ofSID(ctx context.Context, issuer, sid string) ([]*session, error) {
	_, all, err := rp.listed(ctx, sidKey(issuer, sid))
	if err != nil {
		return nil, &storeError{err}
	}
	var out []*session
	for _, e := range all {
		s, err := rp.load(ctx, e.Key)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}
