package pasted_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/pasted"
	"github.com/knownbearer/knownbearer/internal/test/needed"
)

const curlOutput = `* Host api.example.com:443 was resolved.
* Connected to api.example.com (192.0.2.7) port 443
* using HTTP/1.x
> GET /orders HTTP/1.1
> Host: api.example.com
> User-Agent: curl/8.14.1
> Accept: */*
> Authorization: Bearer ` + access + `
>
* Request completely sent off
< HTTP/1.1 401 Unauthorized
< Www-Authenticate: Bearer realm="api", error="invalid_token"
<
{ [119 bytes data]
{"title":"Unauthorized","status":401,"decision_id":"ABC"}
* Connection #0 to host api.example.com left intact
`

func TestOutputOfCurl(t *testing.T) {
	twice := "* Follow\n> GET /old HTTP/1.1\n> Host: api.example.com\n>\n< HTTP/1.1 302 Found\n<\n" + curlOutput
	for name, text := range map[string]string{"one request": curlOutput, "redirect": twice, "with its command": "$ curl -v -H \"Authorization: Bearer $TOKEN\" https://api.example.com/orders\n" + curlOutput} {
		t.Run(name, func(t *testing.T) {
			f, err := pasted.Read(text)
			require.NoError(t, err)
			require.Equal(t, pasted.CurlOutput, f.Kind)
			require.Equal(t, []string{"GET", "api.example.com", "/orders"}, []string{f.Method, f.Host, f.Path})
			require.Equal(t, []string{"Bearer " + access}, f.Header["Authorization"])
			require.Equal(t, access, f.Tokens[0].Value)
			require.NotEmpty(t, f.Ignored)
		})
	}
}

func TestOutputOfCurlWithATokenResponse(t *testing.T) {
	f, err := pasted.Read("> POST /token HTTP/1.1\n> Host: login.example.com\n> Authorization: Basic eDp5\n>\n< HTTP/1.1 200 OK\n<\n{\"access_token\":\"" + access + "\"}\n* Connection left intact")
	require.NoError(t, err)
	require.Equal(t, pasted.TokenResponse, f.Kind)
	require.Equal(t, []string{"access_token"}, names(f))
}

// The output is that of the curl of this machine.
func TestOutputOfTheRealCurl(t *testing.T) {
	curl := needed.Program(t, "curl", "curl")
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, `{"title":"Unauthorized"}`, http.StatusUnauthorized)
	}))
	t.Cleanup(s.Close)
	out, err := exec.CommandContext(t.Context(), curl, "-v", "-sS", "--noproxy", "*", "-H", "Authorization: Bearer "+access, "-b", "session="+id, s.URL+"/orders").CombinedOutput()
	require.NoError(t, err, "%s", out)
	f, err := pasted.Read(string(out))
	require.NoError(t, err)
	require.Equal(t, pasted.CurlOutput, f.Kind)
	require.Equal(t, http.Header{"Authorization": {"Bearer " + access}, "Cookie": {"session=" + id}}, only(f.Header, "Authorization", "Cookie"))
	require.Equal(t, s.Listener.Addr().String(), f.Host)
}

func only(h http.Header, names ...string) http.Header {
	out := http.Header{}
	for _, name := range names {
		if h[name] != nil {
			out[name] = h[name]
		}
	}
	return out
}

func TestCurlCommands(t *testing.T) {
	for name, c := range map[string]struct {
		text, method, path string
		authorization      []string
	}{
		"simple":             {`curl -H "Authorization: Bearer ` + access + `" https://api.example.com/orders`, "GET", "/orders", []string{"Bearer " + access}},
		"prompt and setting": {`me@host:~$ HTTPS_PROXY=x curl -sS -iH 'Authorization: Bearer ` + access + `' 'https://api.example.com/orders' | jq .`, "GET", "/orders", []string{"Bearer " + access}},
		"several lines":      {"curl 'https://api.example.com/orders?x=1' \\\n  -H 'accept: */*' \\\n  -H 'authorization: Bearer " + access + "' \\\n  --data-raw '{\"a\":1}' \\\n  --compressed", "POST", "/orders", []string{"Bearer " + access}},
		"cmd.exe":            {"curl ^\"https://api.example.com/orders^\" ^\n  -H ^\"authorization: Bearer " + access + "^\" ^\n  --compressed", "GET", "/orders", []string{"Bearer " + access}},
		"ANSI quotes":        {`curl -X PUT $'https://api.example.com/orders' -H $'authorization: Bearer ` + access + `'`, "PUT", "/orders", []string{"Bearer " + access}},
		"option for tokens":  {"curl --oauth2-bearer " + access + " --url=https://api.example.com/orders -o out.json", "GET", "/orders", []string{"Bearer " + access}},
		"variable":           {`curl -H "Authorization: Bearer $TOKEN" https://api.example.com/orders`, "GET", "/orders", []string{"Bearer $TOKEN"}},
		"user":               {`curl -u alice:secret https://api.example.com/orders`, "GET", "/orders", []string{"Basic ?"}},
		"get with data":      {`curl -G -d access_token=` + access + ` https://api.example.com/orders`, "GET", "/orders", nil},
		"two headers":        {`curl -H "Authorization: Bearer a" -H "Authorization: Bearer b" https://api.example.com`, "GET", "/", []string{"Bearer a", "Bearer b"}},
		"no credentials":     {`curl -m 5 -k https://api.example.com/orders`, "GET", "/orders", nil},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := pasted.Read(c.text)
			require.NoError(t, err)
			require.Equal(t, pasted.CurlCommand, f.Kind)
			require.Equal(t, []string{c.method, "api.example.com", c.path}, []string{f.Method, f.Host, f.Path})
			require.Equal(t, c.authorization, f.Header["Authorization"])
		})
	}
}

func TestCookieOfACurlCommand(t *testing.T) {
	f, err := pasted.Read(`curl 'https://api.example.com/' -b 'theme=dark; session=` + access + `'`)
	require.NoError(t, err)
	require.Equal(t, http.Header{"Cookie": {"theme=dark; session=" + access}}, f.Header)
	require.Equal(t, []string{"cookie session"}, names(f))
}

func TestCallOfFetch(t *testing.T) {
	f, err := pasted.Read(`await fetch("https://api.example.com/orders", {
  "credentials": "include",
  "headers": {"accept": "*/*", "authorization": "Bearer ` + access + `"},
  "body": null,
  "method": "PATCH"
});`)
	require.NoError(t, err)
	require.Equal(t, pasted.Fetch, f.Kind)
	require.Equal(t, []string{"PATCH", "api.example.com", "/orders"}, []string{f.Method, f.Host, f.Path})
	require.Equal(t, []string{"Bearer " + access}, f.Header["Authorization"])
}

// entry is a request of a HAR.
func entry(status int, fields ...string) map[string]any {
	headers := []any{map[string]any{"name": "Host", "value": "api.example.com"}}
	for i := 0; i < len(fields); i += 2 {
		headers = append(headers, map[string]any{"name": fields[i], "value": fields[i+1]})
	}
	return map[string]any{
		"request":  map[string]any{"method": "GET", "url": "https://api.example.com/orders", "headers": headers},
		"response": map[string]any{"status": status, "headers": []any{map[string]any{"name": "Authorization", "value": "of the response"}}},
	}
}

func har(t *testing.T, entries ...any) string {
	t.Helper()
	data, err := json.Marshal(map[string]any{"log": map[string]any{"version": "1.2", "entries": entries}})
	require.NoError(t, err)
	return string(data)
}

func TestHAR(t *testing.T) {
	refused, good, plain := entry(401, "authorization", "Bearer "+access), entry(200, "authorization", "Bearer "+id), entry(200)
	for name, c := range map[string]struct {
		text          string
		authorization []string
	}{
		"one request":           {har(t, refused), []string{"Bearer " + access}},
		"the one refused":       {har(t, good, refused, good, plain), []string{"Bearer " + access}},
		"the last of good ones": {har(t, plain, good, plain), []string{"Bearer " + id}},
		"without credentials":   {har(t, plain), nil},
		"list of headers":       {`[{"name":"Accept","value":"*/*"},{"name":"Authorization","value":"Bearer ` + access + `"}]`, []string{"Bearer " + access}},
		"headers of Firefox":    {`{"Request Headers (1 KB)":{"headers":[{"name":"Authorization","value":"Bearer ` + access + `"}]}}`, []string{"Bearer " + access}},
		"event of AWS Lambda":   {`{"httpMethod":"GET","path":"/orders","headers":{"Authorization":"Bearer ` + access + `"}}`, []string{"Bearer " + access}},
		"object of headers":     {`{"authorization":"Bearer ` + access + `","accept":"*/*"}`, []string{"Bearer " + access}},
		"lists of values":       {`{"multi":{"Authorization":["Bearer a","Bearer b"]}}`, []string{"Bearer a", "Bearer b"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := pasted.Read(c.text)
			require.NoError(t, err)
			require.Equal(t, pasted.HAR, f.Kind)
			require.Equal(t, c.authorization, f.Header["Authorization"])
		})
	}
}

func TestHARWithoutCredentialsIsRemarked(t *testing.T) {
	plain, err := pasted.Read(har(t, entry(401)))
	require.NoError(t, err)
	whole, err := pasted.Read(har(t, entry(401, "Authorization", "Bearer "+access)))
	require.NoError(t, err)
	require.NotEmpty(t, plain.Ignored)
	require.Empty(t, whole.Ignored)
}
