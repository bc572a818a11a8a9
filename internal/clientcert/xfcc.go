package clientcert

import (
	"encoding/hex"
	"strings"
)

// readXFCC reads x-forwarded-client-cert of Envoy: pairs of key and value, separated by semicolons. Several elements, separated
// by commas, come from several proxies. They are refused, because the header does not say which element is that of the client.
func readXFCC(value string) (Thumbprint, error) {
	pairs, err := splitXFCC(value)
	if err != nil {
		return Thumbprint{}, err
	}
	var hash, cert string
	seen := map[*string]bool{}
	for _, p := range pairs {
		key, text, ok := strings.Cut(p, "=")
		if !ok {
			return Thumbprint{}, errForm
		}
		switch to := map[string]*string{"hash": &hash, "cert": &cert}[strings.ToLower(key)]; {
		case to == nil:
		case seen[to]:
			return Thumbprint{}, errForm
		default:
			*to, seen[to] = unquote(text), true
		}
	}
	switch {
	case cert == "" && hash == "":
		return Thumbprint{}, errCertificate
	case cert == "":
		return ofHash(hash)
	}
	t, err := readEscapedPEM(cert)
	if err != nil || hash == "" {
		return t, err
	}
	if other, err := ofHash(hash); err != nil || other != t {
		return Thumbprint{}, errForm
	}
	return t, nil
}

func ofHash(text string) (t Thumbprint, err error) {
	if n, err := hex.Decode(t[:], []byte(text[:min(len(text), 2*len(t))])); err != nil || n != len(t) || len(text) != 2*len(t) {
		return Thumbprint{}, errForm
	}
	return t, nil
}

// splitXFCC splits one element at its semicolons. Within double quotes, separators are text and a backslash escapes.
func splitXFCC(value string) ([]string, error) {
	var pairs []string
	quoted, start := false, 0
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ',':
			return nil, errForm
		case c == ';':
			pairs = append(pairs, value[start:i])
			start = i + 1
		}
	}
	if quoted {
		return nil, errForm
	}
	return append(pairs, value[start:]), nil
}

func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(s[1 : len(s)-1])
}
