// Package seal encrypts and authenticates values that leave the process, such as cookies and the records of a shared store.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"
	"strings"
)

// KeySize is the size of a key in bytes. A key is for AES-256-GCM.
const KeySize = 32

// ErrKeys reports that a Box has no key, or a key of another size than [KeySize].
var ErrKeys = errors.New("seal: there is no key, or a key does not have 32 bytes")

// Box seals values with its first key and opens them with each of its keys. It is safe for concurrent use. Each value has a random nonce
// of 96 bits, so one key must not seal more than 2^32 values (NIST SP 800-38D section 8.3).
type Box struct{ keys []cipher.AEAD }

// New returns a Box. The first key seals.
func New(keys [][]byte) (*Box, error) {
	if len(keys) == 0 {
		return nil, ErrKeys
	}
	b := &Box{}
	for _, key := range keys {
		if len(key) != KeySize {
			return nil, ErrKeys
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, err
		}
		b.keys = append(b.keys, aead)
	}
	return b, nil
}

// Seal returns the sealed value. [Box.Open] needs the same purpose and the same name, so a value cannot be used in the place of another
// one.
func (b *Box) Seal(purpose, name string, value []byte) []byte {
	return b.keys[0].Seal(nil, nil, value, label(purpose, name))
}

// Open returns the value that Seal has sealed. The second result is false if no key opens it.
func (b *Box) Open(purpose, name string, sealed []byte) ([]byte, bool) {
	for _, key := range b.keys {
		if value, err := key.Open(nil, nil, sealed, label(purpose, name)); err == nil {
			return value, true
		}
	}
	return nil, false
}

// SealText returns the sealed value as text that a cookie can contain.
func (b *Box) SealText(purpose, name string, value []byte) string {
	return base64.RawURLEncoding.EncodeToString(b.Seal(purpose, name, value))
}

// OpenText is [Box.Open] for text of [Box.SealText].
func (b *Box) OpenText(purpose, name, text string) ([]byte, bool) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // the decoder ignores line breaks
		return nil, false
	}
	return b.Open(purpose, name, sealed)
}

// label is the additional data. A purpose contains no NUL.
func label(purpose, name string) []byte { return []byte(purpose + "\x00" + name) }
