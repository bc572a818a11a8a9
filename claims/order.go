package claims

// Order says which source a claim is read from.
type Order int

// The orders. The zero value is TokenThenUserInfo.
const (
	// TokenThenUserInfo reads the token, and asks UserInfo only if the token lacks a needed claim.
	TokenThenUserInfo Order = iota
	// UserInfoOnly always asks UserInfo, and reads no claim from the token.
	UserInfoOnly
)
