package page_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/internal/page"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
	"github.com/knownbearer/knownbearer/oidcauth/reason"
)

type document interface{ Render() ([]byte, error) }

func rendered(t *testing.T, d document) string {
	t.Helper()
	text, err := d.Render()
	require.NoError(t, err)
	return string(text)
}

// everything is one document of each kind. Each text of a sender is text.
func everything(text string) map[string]document {
	h := home()
	d := refusedBy(text)
	h.Recent = []*decision.Decision{d}
	h.Causes = []history.Cause{{Key: history.Key{Reason: reason.Reason(text), Code: text}, Hint: d.Hints[0], Status: 401, Counts: counts(2, 3), Last: noon, DecisionID: text}}
	h.Fetches = []decision.Event{fetch(decision.Fetch{Endpoint: decision.Endpoint(text), Host: text, Result: decision.Result(text), Fault: text})}
	h.Problem = text
	h.Issuers = []page.Issuer{{
		URL: text, Audience: []string{text}, Endpoints: []page.Endpoint{{Name: text, Open: true}},
		Sources: []page.KeySource{{
			Origin: text, Source: text + text, Notes: []string{text}, Fault: text, Stale: true, Waiting: 1, NextFetch: noon.Add(time.Minute),
			Keys: []page.Key{{ID: text, Algorithms: []string{text}, Type: text, Since: noon, Until: noon}},
		}},
	}}
	return map[string]document{
		"home":     h,
		"empty":    page.Home{Now: noon},
		"refused":  page.Result{Now: noon, Decision: d, Source: text, Read: []string{text}, Stored: true, Values: page.ValuesHidden},
		"accepted": page.Result{Now: noon, Decision: acceptance(), Read: []string{text}, Values: page.ValuesShown},
	}
}

// elements returns the number of each element of a document.
func elements(t *testing.T, text string) map[string]int {
	t.Helper()
	out := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(text))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out
		}
		require.NoError(t, err)
		if start, ok := token.(xml.StartElement); ok {
			out[start.Name.Local]++
			for _, a := range start.Attr {
				name := strings.ToLower(a.Name.Local)
				require.False(t, strings.HasPrefix(name, "on"), "%s=%s", name, a.Value)
				require.NotEqual(t, "style", name)
				if name == "href" || name == "src" || name == "action" {
					require.NotContains(t, strings.ToLower(a.Value), "javascript:")
				}
			}
		}
	}
}

// The document has the same elements, whatever the sender of a token writes.
func TestTextOfASenderIsNeverMarkup(t *testing.T) {
	harmless := everything("x")
	for name, d := range everything(hostile) {
		t.Run(name, func(t *testing.T) {
			text := rendered(t, d)
			require.Equal(t, elements(t, rendered(t, harmless[name])), elements(t, text))
			require.NotContains(t, text, "<script")
			for _, r := range "\u202e\x1b\u2028" {
				require.NotContains(t, text, string(r))
			}
		})
	}
}

func TestDocumentNeedsNothingElse(t *testing.T) {
	for name, d := range everything("x") {
		text := rendered(t, d)
		for _, part := range []string{"<script", "<img", "<iframe", "@import", "url(", "src=", "//fonts", "<base"} {
			require.NotContains(t, text, part, name)
		}
	}
	require.NotContains(t, page.Policy, "unsafe")
	require.Contains(t, page.Policy, "default-src 'none'")
}

// Every reference within a document has one target.
func TestReferencesHaveTargets(t *testing.T) {
	for name, d := range everything("x") {
		t.Run(name, func(t *testing.T) {
			text := rendered(t, d)
			dec := xml.NewDecoder(strings.NewReader(text))
			dec.Strict, dec.AutoClose, dec.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
			ids, refs := map[string]int{}, map[string]bool{}
			for {
				token, err := dec.Token()
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
				start, ok := token.(xml.StartElement)
				if !ok {
					continue
				}
				for _, a := range start.Attr {
					switch a.Name.Local {
					case "id":
						ids[a.Value]++
					case "for", "aria-labelledby", "aria-describedby":
						for _, id := range strings.Fields(a.Value) {
							refs[id] = true
						}
					case "href":
						if id, ok := strings.CutPrefix(a.Value, "#"); ok {
							refs[id] = true
						}
					}
				}
			}
			for id := range refs {
				assert.Equal(t, 1, ids[id], id)
			}
			for id, n := range ids {
				assert.Equal(t, 1, n, id)
			}
		})
	}
}

// inOrder requires that the texts follow each other.
func inOrder(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		_, after, ok := strings.Cut(text, p)
		require.True(t, ok, p)
		text = after
	}
}

func TestCauseIsTheHeadingAndItsFixFollows(t *testing.T) {
	d := refused()
	d.Hints[0].Fix, d.Hints[0].Actual, d.Hints[0].Expected = "the fix", "the actual value", "the expected value"
	text := rendered(t, page.Result{Now: noon, Decision: d})
	_, body, _ := strings.Cut(text, "<main")
	inOrder(t, body, "Refused", "401", "wrong_audience", "<h1", d.Cause(), "</h1>", "the fix", "the actual value", "the expected value", d.Hints[1].Cause, `id="steps"`)
	for _, s := range d.Steps {
		require.Contains(t, body, s.Name)
	}
	inOrder(t, body, "Not checked: checks, user")

	d.Hints = nil
	require.Contains(t, rendered(t, page.Result{Now: noon, Decision: d}), reason.WrongAudience.Meaning())
	d.Reason = "own_reason"
	inOrder(t, rendered(t, page.Result{Now: noon, Decision: d}), "<h1", "The application refuses")
	inOrder(t, rendered(t, page.Result{Now: noon, Decision: acceptance()}), "Accepted", "<h1")
}

func TestMostFrequentCauseLeadsTheOverview(t *testing.T) {
	h := home()
	inOrder(t, rendered(t, h), "<h1", h.Causes[0].Hint.Cause, "</h1>", h.Causes[0].Hint.Fix)
	h.Issuers[1].Ready = false
	inOrder(t, rendered(t, h), "<h1", h.Issuers[1].URL, "</h1>", "status 503")
	h.ReloadFault = "settings.json:1:2: unknown member"
	inOrder(t, rendered(t, h), "</h1>", "The new configuration is not used: settings.json:1:2")
	h.Issuers, h.Causes = nil, nil
	inOrder(t, rendered(t, h), "<h1", "No request was refused in the last hour", "</h1>")
	h.Since = noon.Add(-5 * time.Minute)
	inOrder(t, rendered(t, h), "<h1", "No request was refused in the 5 min since", "</h1>")
}

// The drawing is described in words, and the table has its numbers.
func TestDrawingHasAnAlternative(t *testing.T) {
	h := home()
	text := rendered(t, h)
	inOrder(t, text, `<svg class="bars"`, `role="img"`, `aria-labelledby="svg-title svg-desc"`, "<title", "<desc", "refused in the last hour", "</desc>")
	_, table, _ := strings.Cut(text, `id="minutes"`)
	table, _, _ = strings.Cut(table, "</table>")
	require.Equal(t, 12, strings.Count(table, `<th scope="row">`))
	inOrder(t, table, "11:35:00", "12:15:00", `<td class="num">20</td>`, "12:30:00")
	require.Equal(t, 1, strings.Count(rendered(t, page.Home{Now: noon}), "No request was refused in the last hour.</desc>"))
}

func TestChoiceOfValuesIsOfferedOnlyIfTheConfigurationShowsThem(t *testing.T) {
	const box, link = `name="values"`, "values=shown"
	for values, want := range map[page.Values][2]bool{page.ValuesOff: {}, page.ValuesHidden: {true, true}, page.ValuesShown: {true, false}} {
		text := rendered(t, page.Result{Now: noon, Decision: refused(), Stored: true, Values: values})
		require.Equal(t, want, [2]bool{strings.Contains(text, box), strings.Contains(text, link)}, values)
	}
	require.NotContains(t, rendered(t, page.Result{Now: noon, Decision: refused(), Values: page.ValuesHidden}), link, "a pasted token is not kept")
	h := home()
	require.Contains(t, rendered(t, h), box)
	h.ShowsValues = false
	require.NotContains(t, rendered(t, h), box)
}

func TestTimesOfASenderMayBeAnything(t *testing.T) {
	for exp, want := range map[string]string{
		"1795267796": "2026-11-21 13:29:56 UTC, in 55 min", "1795264196.5": "2026-11-21 12:29:56 UTC, 5 min ago", "0": "1970-01-01 00:00:00 UTC",
		"1e400": "", "-1": "", "NaN": "", "1e18": "", `"soon"`: "", "null": "",
	} {
		d := refused()
		d.Token = decision.TokenFacts{Expires: exp}
		text := rendered(t, page.Result{Now: noon, Decision: d})
		if want == "" {
			require.NotContains(t, text, `<br><span class="meta">`, exp)
			continue
		}
		require.Contains(t, text, want, exp)
	}
}
