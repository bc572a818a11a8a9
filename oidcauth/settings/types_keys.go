package settings

// keySource is one certsource.Source.
type keySource struct {
	_ struct{} `oneOf:"true"`
	// Certificates or public keys in PEM, or one certificate in base64, as certsource.PEM.
	PEM *text `json:"pem"`
	// A folder of certificates, as certsource.Dir.
	Dir *dirSource `json:"dir"`
	// A URL that serves certificates, as certsource.Endpoint.
	Endpoint *endpointSource `json:"endpoint"`
	// A JSON Web Key Set at a URL, as certsource.JWKS.
	JWKS *jwksSource `json:"jwks"`
	// A URL for each key, as certsource.KeyURL.
	KeyURL *keyURLSource `json:"keyURL"`
	// The key set that discovery names, as certsource.Discovered.
	Discovered *discoveredSource `json:"discovered"`
}

// dirSource is a certsource.Dir.
type dirSource struct {
	// The path of the folder.
	Path string `json:"path" need:"true"`
	// The distinguished name of the certificate's subject.
	Subject string `json:"subject"`
	// The SHA-1 or SHA-256 hash of the certificate in hexadecimal.
	Thumbprint string `json:"thumbprint"`
	// How often the folder is read.
	Refresh *refresh `json:"refresh"`
}

// endpointSource is a certsource.Endpoint.
type endpointSource struct {
	// The https URL.
	URL string `json:"url" need:"true"`
	// The distinguished name of the certificate's subject.
	Subject string `json:"subject"`
	// The SHA-1 or SHA-256 hash of the certificate in hexadecimal.
	Thumbprint string `json:"thumbprint"`
	// Whether every certificate that is served there is trusted.
	InsecureTrustAny bool `json:"insecureTrustAny" default:"false"`
	// How often the URL is fetched.
	Refresh *refresh `json:"refresh"`
}

// jwksSource is a certsource.JWKS.
type jwksSource struct {
	// The https URL.
	URL string `json:"url" need:"true"`
	// Whether keys with the use jwt-svid are accepted.
	JWTSVID bool `json:"jwtSVID" default:"false"`
	// How often the URL is fetched.
	Refresh *refresh `json:"refresh"`
}

// keyURLSource is a certsource.KeyURL.
type keyURLSource struct {
	// The https URL, which ends with the segment {kid}. The kid of the token replaces it, if it is a UUID.
	URL string `json:"url" need:"true"`
	// How often keys are fetched.
	Refresh *refresh `json:"refresh"`
}

// discoveredSource is a certsource.Discovered.
type discoveredSource struct {
	// Whether keys with the use jwt-svid are accepted.
	JWTSVID bool `json:"jwtSVID" default:"false"`
	// How often the key set is fetched.
	Refresh *refresh `json:"refresh"`
}

// refresh is a certsource.Refresh.
type refresh struct {
	// The shortest time between two fetches.
	Interval duration `json:"interval" default:"\"5s\""`
	// How many fetches may follow each other without the interval.
	Burst int `json:"burst" default:"3" min:"1"`
	// How long a token of an unknown key waits for the next fetch. A negative time means no wait.
	Wait duration `json:"wait" min:"negative"`
	// The age of the keys at which a request starts a fetch.
	After duration `json:"after" default:"\"10m0s\""`
	// The age at which keys are no longer used.
	MaxStale duration `json:"maxStale" default:"\"24h0m0s\""`
}

// trust is a provider.Trust.
type trust struct {
	// Certificate authorities in PEM that are trusted besides those of the system.
	CAs *text `json:"cas"`
	// The SHA-256 or SHA-1 hash of the server's own certificate in hexadecimal.
	Thumbprint string `json:"thumbprint"`
}
