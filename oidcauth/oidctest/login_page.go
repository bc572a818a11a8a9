package oidctest

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"
	"net/url"
)

type loginForm struct {
	Interaction, Client, Name, Problem string
	Password                           bool
}

const (
	pageHead = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
		`<style>body{font:1rem sans-serif;max-width:24rem;margin:3rem auto;padding:0 1rem}label,input,button{display:block;margin:.5rem 0}` +
		`small{color:#555}</style>`
	pageFoot = `<p><small>This provider is for tests only.</small>`
	submit   = `document.forms[0].submit()`
)

var (
	loginPage = page(`<title>Sign in</title><h1>Sign in</h1><p>to {{.Client}}{{with .Problem}}<p role="alert">{{.}}{{end}}
<form method="post" action="` + string(Authorization) + `"><input type="hidden" name="interaction" value="{{.Interaction}}">
<label>Name <input name="username" value="{{.Name}}" autocomplete="username" autofocus></label>
{{if .Password}}<label>Password <input name="password" type="password" autocomplete="current-password"></label>{{end}}
<button>Sign in</button><button name="cancel" value="1">Cancel</button></form>`)

	// The script submits the form, as the example of OAuth 2.0 Form Post Response Mode does.
	postPage = page(`<title>Continue</title><form method="post" action="{{.Target}}">
{{range $name, $values := .Parameters}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">{{end}}{{end}}
<button>Continue</button></form><script>` + submit + `</script>`)

	logoutPage = page(`<title>Signed out</title><h1>Signed out</h1>{{range .Frames}}<iframe src="{{.}}" hidden></iframe>
{{end}}{{with .Target}}<p><a href="{{.}}">Continue</a>{{end}}`)

	errorPage = page(`<title>Error</title><h1>This request is refused</h1><p>{{.}}`)
)

func page(body string) *template.Template {
	return template.Must(template.New("").Parse(pageHead + body + pageFoot))
}

var submitHash = func() string {
	sum := sha256.Sum256([]byte(submit))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// show writes a page, which runs no script except that of postPage.
func show(w http.ResponseWriter, status int, t *template.Template, data any) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-src http: https:; frame-ancestors 'none'; script-src "+submitHash)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_ = t.Execute(w, data)
}

func showError(w http.ResponseWriter, text string) {
	show(w, http.StatusBadRequest, errorPage, text)
}

func showPost(w http.ResponseWriter, target string, parameters url.Values) {
	show(w, http.StatusOK, postPage, map[string]any{"Target": target, "Parameters": parameters})
}
