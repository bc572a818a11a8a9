// Package spiffe reads SPIFFE IDs.
package spiffe

import "strings"

// Scheme begins every SPIFFE ID.
const Scheme = "spiffe://"

const (
	maxTrustDomain = 255
	maxID          = 2048

	lower = "abcdefghijklmnopqrstuvwxyz0123456789.-_"
	chars = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// IsTrustDomain reports whether a text is the SPIFFE ID of a trust domain, which has no path (SPIFFE ID section 2.1).
func IsTrustDomain(id string) bool {
	name, ok := strings.CutPrefix(id, Scheme)
	return ok && name != "" && len(name) <= maxTrustDomain && strings.Trim(name, lower) == ""
}

// TrustDomainOf returns the trust domain of a SPIFFE ID, which may be malformed. It is empty if the text has another scheme.
func TrustDomainOf(id string) string {
	name, ok := strings.CutPrefix(id, Scheme)
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "/")
	return id[:len(Scheme)+len(name)]
}

// IsWorkload reports whether a text is the SPIFFE ID of a workload of the trust domain (SPIFFE ID section 2.2).
func IsWorkload(id, trustDomain string) bool {
	path, ok := strings.CutPrefix(id, trustDomain)
	if !ok || len(id) > maxID || !strings.HasPrefix(path, "/") {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." || strings.Trim(segment, chars) != "" {
			return false
		}
	}
	return true
}
