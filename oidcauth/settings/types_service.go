package settings

import (
	"net/netip"

	"github.com/knownbearer/knownbearer/claims"
)

// cache is an oidcauth.Cache.
type cache struct {
	// Whether each request verifies its token.
	Disabled bool `json:"disabled" default:"false"`
	// The largest number of cached tokens.
	Entries int `json:"entries" default:"10000" min:"1"`
	// The largest amount of memory for them.
	Bytes int `json:"bytes" default:"67108864" min:"1"`
	// How long a token is cached, at most 1h.
	MaxAge duration `json:"maxAge" default:"\"5m0s\""`
	// How long the user of a token is cached, at most 1h. With 0s, the user is looked up for each request.
	UserMaxAge duration `json:"userMaxAge" default:"\"0s\""`
}

// logger is a slog.Logger.
type logger struct {
	// The form of a record.
	Format string `json:"format" default:"\"json\"" enum:"json text"`
	// The least level that is written.
	Level string `json:"level" default:"\"info\"" enum:"debug info warn error"`
	// Where records are written.
	Output string `json:"output" default:"\"stderr\"" enum:"stderr stdout"`
}

// logRules are an oidcauth.Log.
type logRules struct {
	// The share of the accepted requests that are logged: 1 is each of them, and 0.01 is one of a hundred.
	Accepted float64 `json:"accepted" default:"0"`
	// A secret of at least 32 bytes. With it, decisions are recorded so that another configuration can judge them again.
	RecordKey *secret `json:"recordKey"`
}

// credentials are oidcauth.Credentials.
type credentials struct {
	// The header that contains the token alone, instead of Authorization.
	Header string `json:"header"`
	// The subprotocol that carries the token of a WebSocket.
	WebSocketProtocol string `json:"webSocketProtocol"`
}

// revocation is an oidcauth.Revocation.
type revocation struct {
	// The list in memory. The program may replace it by a shared one.
	DenyList denyList `json:"denyList"`
	// The longest lifetime of the issuers' tokens, at most 8784h.
	MaxTokenLife duration `json:"maxTokenLife" default:"\"24h0m0s\""`
	// Whether tokens are accepted while the list is unavailable.
	InsecureFailOpen bool `json:"insecureFailOpen" default:"false"`
}

// denyList is a denylist.Memory.
type denyList struct {
	// The largest number of entries.
	Entries int `json:"entries" default:"100000" min:"1"`
}

// dpopRules are an oidcauth.DPoP.
type dpopRules struct {
	// The list of used proofs in memory. The program may replace it by a shared one.
	Replays denyList `json:"replays"`
	// How old a proof may be, at most 10m.
	MaxAge duration `json:"maxAge" default:"\"1m0s\""`
	// How many proofs of one key one process accepts within twice maxAge.
	ProofsPerKey int `json:"proofsPerKey" default:"10000" min:"1"`
	// Whether each proof must contain a nonce of this service.
	RequireNonce bool `json:"requireNonce" default:"false"`
	// The secret of the nonces, of at least 32 bytes. All replicas must have the same one. By default it is random.
	NonceSecret *secret `json:"nonceSecret"`
}

// clientCertificate is an oidcauth.ClientCertificate.
type clientCertificate struct {
	// The form in which a proxy passes the certificate on.
	Form string `json:"form" need:"true" enum:"rfc9440 envoy nginx alb traefik azure"`
	// The name of the header. By default it is the usual one of the form.
	Header string `json:"header"`
	// The addresses of the proxies whose header is read, such as 10.0.0.0/8.
	Proxies []netip.Prefix `json:"proxies"`
	// The SHA-256 thumbprints, in hexadecimal, of the certificates with which proxies connect to this service.
	ProxyCertificates []string `json:"proxyCertificates"`
}

// response is an oidcauth.Response.
type response struct {
	// Whether accepted requests are answered with the header Decision-Id too.
	DecisionID bool `json:"decisionID" default:"false"`
	// The realm of the challenges.
	Realm string `json:"realm" default:"\"api\""`
	// Whether the scripts of other origins may read the headers of a refusal.
	ExposeHeaders bool `json:"exposeHeaders" default:"false"`
	// Whether the body of a refusal contains the whole decision. It is for development only.
	InsecureExplain bool `json:"insecureExplain" default:"false"`
}

// resource is an oidcauth.Resource.
type resource struct {
	// The resource identifier: the URL at which clients reach this API.
	ID string `json:"id" need:"true"`
	// The issuers that clients get tokens from. By default they are those of the providers.
	AuthorizationServers []string `json:"authorizationServers"`
	// The scopes that clients may request.
	Scopes []string `json:"scopes"`
	// The name of this API for the end user.
	Name string `json:"name"`
	// The URL of a page for developers.
	Documentation string `json:"documentation"`
	// The URL of a page about the use of data.
	Policy string `json:"policy"`
	// The URL of the terms of service.
	TermsOfService string `json:"termsOfService"`
	// Whether clients may use certificates to which tokens are bound (RFC 8705). By default clientCertificate decides.
	CertificateBoundTokens bool `json:"certificateBoundTokens" default:"false"`
}

// users is one usermap.Finder.
type users struct {
	_ struct{} `oneOf:"true"`
	// Tables of a database, as usermap.SQLConfig.
	SQL *sqlUsers `json:"sql"`
	// The users themselves, as usermap.Table.
	List []entry `json:"list"`
}

// sqlUsers is a usermap.SQLConfig.
type sqlUsers struct {
	// The name of the driver in the program, such as pgx or sqlite.
	Driver string `json:"driver" need:"true"`
	// The data source name, which often contains a password.
	DSN secret `json:"dsn" need:"true"`
	// The SQL dialect of the database.
	Dialect string `json:"dialect" need:"true" enum:"postgresql sqlite mysql sqlserver oracle"`
	// The table of the accounts.
	Table string `json:"table" need:"true"`
	// The column that is compared with the claim's value.
	ValueColumn string `json:"valueColumn" need:"true"`
	// The column with the id of the account.
	IDColumn string `json:"idColumn" need:"true"`
	// The column with the name of the account.
	NameColumn string `json:"nameColumn"`
	// The column that must equal the token's issuer.
	IssuerColumn string `json:"issuerColumn"`
	// The column that must equal the token's tenant.
	TenantColumn string `json:"tenantColumn"`
	// The columns that must be set in an enabled account.
	Enabling []flag `json:"enabling"`
	// The columns that must not be set in an enabled account.
	Disabling []flag `json:"disabling"`
	// The table of the persons to whom the accounts belong.
	Person *person `json:"person"`
}

// flag is a usermap.Flag.
type flag struct {
	// The name of the column.
	Column string `json:"column" need:"true"`
	// Bits of an integer column. The column is set if at least one of the bits is.
	Mask int64 `json:"mask" min:"1"`
}

// person is a usermap.Person.
type person struct {
	// The table of the persons.
	Table string `json:"table" need:"true"`
	// The column of the account table that refers to idColumn.
	ForeignKeyColumn string `json:"foreignKeyColumn" need:"true"`
	// The unique column with the id of the person.
	IDColumn string `json:"idColumn" need:"true"`
	// The column with the name of the person.
	NameColumn string `json:"nameColumn"`
	// The columns that must be set for an enabled person.
	Enabling []flag `json:"enabling"`
	// The columns that must not be set for an enabled person.
	Disabling []flag `json:"disabling"`
	// Whether an account without a person is enabled.
	Optional bool `json:"optional" default:"false"`
}

// entry is a usermap.Entry.
type entry struct {
	// The value of the claim, compared exactly.
	Value string `json:"value" need:"true"`
	// The claim that must hold the value. By default it is the one that identifies users.
	Claim claims.Path `json:"claim"`
	// The issuer of the token. By default every issuer.
	Issuer string `json:"issuer"`
	// The tenant of the token. By default every tenant.
	Tenant string `json:"tenant"`
	// The user.
	User user `json:"user" need:"true"`
}

// user is a usermap.User.
type user struct {
	// The id of the account.
	ID string `json:"id" need:"true"`
	// The name, for display and audit records.
	Name string `json:"name"`
	// The id of the person to whom the account belongs.
	PersonID string `json:"personID"`
	// Whether the user may use the application.
	Enabled bool `json:"enabled" need:"true"`
}
