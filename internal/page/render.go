package page

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"html/template"
	"unicode"
)

//go:embed templates style.css
var files embed.FS

// style is the style sheet. The file contains no byte that could end the element style.
var style = must(files.ReadFile("style.css"))

// styleHash allows the style sheet and no other one.
var styleHash = func() string {
	sum := sha256.Sum256(style)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// Policy is the Content-Security-Policy of every page (CSP Level 3). Besides the style sheet, a page loads its icon, which is
// within the page.
var Policy = "default-src 'none'; style-src " + styleHash + "; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

var templates = template.Must(template.New("").Funcs(functions).ParseFS(files, "templates/*.html"))

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // The files are part of the program.
	}
	return v
}

// render executes a template. The page shows text of senders of tokens, so control characters and characters that are invisible or
// change the direction of text are replaced in all of it.
func render(name string, data any) ([]byte, error) {
	var b bytes.Buffer
	if err := templates.ExecuteTemplate(&b, name, data); err != nil {
		return nil, err
	}
	return bytes.Map(func(r rune) rune {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			return unicode.ReplacementChar
		}
		return r
	}, b.Bytes()), nil
}
