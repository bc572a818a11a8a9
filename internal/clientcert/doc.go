// Package clientcert reads the client certificate of a TLS connection from the header in which a proxy passes it on.
//
// A header proves nothing by itself: any client can send it. The caller reads it only from a proxy that it trusts, and that
// removes or replaces the header of the client.
package clientcert
