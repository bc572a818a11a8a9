// Package promauth makes metrics for Prometheus of the events and the state of an [oidcauth.Authenticator].
//
//	metrics, err := promauth.New(prometheus.DefaultRegisterer)
//	config.OnEvent = metrics.OnEvent
//	auth, err := oidcauth.New(config)
//	metrics.Observe(auth)
//
// # Labels
//
// The values of labels are parts of the configuration, such as the URL of an issuer, or words of this module, such as a reason. No
// part of a token or a request becomes one: a sender of forged tokens cannot add series. A reason that the application made up is
// counted as "other". One label comes from a provider: hash of oidcauth_key_set_info, which has one series for each source of keys
// at any time.
//
// The label audience distinguishes several applications of one issuer, and is empty if the issuer is configured once.
package promauth
