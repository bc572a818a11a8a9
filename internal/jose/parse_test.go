package jose_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/jose"
)

const goodHeader = `{"alg":"RS256"}`

func TestParseRefuses(t *testing.T) {
	h, p, s := b64(goodHeader), b64(`{}`), b64("sig")
	deep := `{"a":` + strings.Repeat("[", 20) + strings.Repeat("]", 20) + `}`
	header := func(text string) string { return compact(text, `{}`, "sig") }
	payload := func(text string) string { return compact(goodHeader, text, "sig") }
	for name, c := range map[string]struct {
		token string
		code  jose.Code
	}{
		"empty":                {"", jose.NotCompact},
		"one part":             {"opaque", jose.NotCompact},
		"two parts":            {h + "." + p, jose.NotCompact},
		"four parts":           {h + "." + p + "." + s + ".", jose.NotCompact},
		"five parts":           {h + "." + p + "." + s + "." + s + "." + s, jose.Encrypted},
		"six parts":            {h + "....." + p, jose.NotCompact},
		"JSON serialisation":   {`{"payload":"` + p + `"}`, jose.NotCompact},
		"too large":            {h + "." + p + "." + strings.Repeat("A", jose.DefaultMaxBytes), jose.TooLarge},
		"empty parts":          {"..", jose.Malformed},
		"padding in header":    {h + "=." + p + "." + s, jose.Malformed},
		"padding in payload":   {h + "." + p + "=." + s, jose.Malformed},
		"padding in signature": {h + "." + p + "." + b64("si") + "=", jose.Malformed},
		"LF in header":         {h[:4] + "\n" + h[4:] + "." + p + "." + s, jose.Malformed},
		"CR in payload":        {h + "." + p + "\r." + s, jose.Malformed},
		"LF in signature":      {h + "." + p + "." + s + "\n", jose.Malformed},
		"space":                {" " + h + "." + p + "." + s, jose.Malformed},
		"standard alphabet":    {h + "." + p + ".+/+/", jose.Malformed},
		"trailing bits":        {h + "." + p + ".AB", jose.Malformed},
		"one left over":        {h + "." + p + ".AAAAA", jose.Malformed},
		"header no object":     {header(`[]`), jose.Malformed},
		"header BOM":           {header("\ufeff" + goodHeader), jose.Malformed},
		"header twice":         {header(goodHeader + goodHeader), jose.Malformed},
		"duplicate alg":        {header(`{"alg":"RS256","alg":"none"}`), jose.Malformed},
		"escaped duplicate":    {header(`{"alg":"RS256","\u0061lg":"none"}`), jose.Malformed},
		"folded alg":           {header(`{"alg":"RS256","ALG":"none"}`), jose.Malformed},
		"folded kid":           {header(`{"alg":"RS256","\u212aid":"x"}`), jose.Malformed},
		"folded crit":          {header(`{"alg":"RS256","Crit":["x"]}`), jose.Malformed},
		"no alg":               {header(`{}`), jose.AlgorithmRefused},
		"alg null":             {header(`{"alg":null}`), jose.AlgorithmRefused},
		"alg array":            {header(`{"alg":["RS256"]}`), jose.AlgorithmRefused},
		"typ number":           {header(`{"alg":"RS256","typ":1}`), jose.Malformed},
		"kid null":             {header(`{"alg":"RS256","kid":null}`), jose.Malformed},
		"x5t object":           {header(`{"alg":"RS256","x5t":{}}`), jose.Malformed},
		"x5t#S256 number":      {header(`{"alg":"RS256","x5t#S256":1}`), jose.Malformed},
		"crit":                 {header(`{"alg":"RS256","crit":["exp"]}`), jose.Critical},
		"crit empty":           {header(`{"alg":"RS256","crit":[]}`), jose.Critical},
		"b64":                  {header(`{"alg":"RS256","b64":true}`), jose.Critical},
		"zip":                  {header(`{"alg":"RS256","zip":"DEF"}`), jose.Critical},
		"deep header":          {header(deep), jose.Malformed},
		"deep payload":         {payload(deep), jose.Malformed},
		"duplicate claim":      {payload(`{"sub":"a","sub":"b"}`), jose.Malformed},
		"duplicate inside":     {payload(`{"x":[{"a":1,"a":2}]}`), jose.Malformed},
		"folded claim":         {payload(`{"ISS":"me"}`), jose.Malformed},
		"long s":               {payload(`{"ſub":"root"}`), jose.Malformed},
		"invalid UTF-8":        {payload("{\"a\":\"\xff\"}"), jose.Malformed},
		"payload text":         {payload(`hello`), jose.Malformed},
		"payload trailing":     {payload(`{}x`), jose.Malformed},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := jose.Parse(c.token, 0)
			assert.Nil(t, parsed)
			var refused *jose.Error
			require.ErrorAs(t, err, &refused)
			assert.Equal(t, c.code, refused.Code, "%v", err)
		})
	}
}

func TestParseAccepts(t *testing.T) {
	for _, header := range []string{
		goodHeader,
		" {\n\t\"alg\" : \"RS256\" } ",
		`{"alg":"RS256","x":1,"X":2}`,
		`{"alg":"none"}`,
		`{"alg":"RS256","x5t":"a","x5t#S256":"b","kid":"","typ":"JWT"}`,
	} {
		parsed, err := jose.Parse(compact(header, `{"Email":"a@b","iss":"me"}`, "sig"), 0)
		require.NoError(t, err, header)
		assert.True(t, parsed.Claims.Has("iss"))
		assert.Equal(t, header, parsed.Header.Raw.Raw())
	}
}

func TestParseLimit(t *testing.T) {
	token := compact(goodHeader, `{"a":"`+strings.Repeat("x", 70<<10)+`"}`, "sig")
	_, err := jose.Parse(token, len(token))
	require.NoError(t, err)
	var refused *jose.Error
	_, err = jose.Parse(token, len(token)-1)
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, jose.TooLarge, refused.Code)
}

func TestErrorsKeepSecrets(t *testing.T) {
	_, err := jose.Parse(compact(`{"alg":"RS256","SeCrEt":1,"SeCrEt":2}`, `{}`, "sig"), 0)
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "SeCrEt")
}

// FuzzParse checks that an accepted token has one spelling, and that no key verifies it without a signature.
func FuzzParse(f *testing.F) {
	f.Add(compact(goodHeader, `{"iss":"me"}`, "sig"))
	f.Add(compact(`{"alg":"none"}`, `{}`, ""))
	f.Add("a.b.c.d.e")
	pub := rsaKey().Public()
	f.Fuzz(func(t *testing.T, token string) {
		parsed, err := jose.Parse(token, 0)
		if err != nil {
			var refused *jose.Error
			require.ErrorAs(t, err, &refused)
			return
		}
		parts := strings.Split(token, ".")
		require.Len(t, parts, 3)
		require.Equal(t, b64(parsed.Header.Raw.Raw()), parts[0])
		require.Equal(t, b64(parsed.Claims.Raw()), parts[1])
		require.ErrorIs(t, parsed.Verify(pub), jose.ErrSignature)
	})
}
