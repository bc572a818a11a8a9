// Package login tests package oidcauth/login with real providers in a real browser: oidc-provider, the example server of zitadel/oidc,
// LemonLDAP::NG and Glewlwyd. Each test says what the visitor sees, which pages of the service the browser requested, so that no
// redirect is superfluous, and which reason the operator reads.
//
// The providers are at 127.0.0.1 and the services at localhost, so for the browser they are different sites.
package login
