package page

import (
	"cmp"
	"fmt"
	"time"

	"github.com/knownbearer/knownbearer/internal/history"
	"github.com/knownbearer/knownbearer/oidcauth/decision"
)

// Render returns the document.
func (h Home) Render() ([]byte, error) {
	v := homeView{frame: frame{"Token decisions", h.Now, h.ShowsValues}, State: h, Chart: draw(h)}
	for _, c := range h.Causes {
		v.Refused += c.Counts.Sum()
		v.List = append(v.List, causeOf(c))
	}
	for _, iss := range h.Issuers {
		v.Sources = append(v.Sources, issuerOf(iss, h.Now))
	}
	v.Lead = v.lead()
	return render("home.html", v)
}

// frame is the part of a view that every page needs.
type frame struct {
	Title string
	Now   time.Time
	// ShowsValues reports that the operator may choose to see personal values.
	ShowsValues bool
}

type homeView struct {
	frame
	State   Home
	Chart   chart
	Lead    lead
	Refused int
	List    []causeView
	Sources []issuerView
}

// lead is the most important fact, in the largest type.
type lead struct {
	Outcome decision.Outcome
	Label   string // a few words above the sentence
	Text    string
	Fix     string
	Detail  string
}

// lead returns an issuer without keys, because all its tokens are refused. If there is none, it returns the most frequent
// cause.
func (v homeView) lead() lead {
	for _, iss := range v.Sources {
		if !iss.Ready {
			return lead{
				Outcome: decision.Failed, Label: "The tokens of this issuer are answered with 503", Text: "No key of " + iss.URL + " is available.",
				Fix: "Check that this process reaches the provider at the URL of its keys.", Detail: iss.Fault,
			}
		}
	}
	switch {
	case len(v.List) > 0:
		c := v.List[0]
		label := fmt.Sprintf("%s refused in the last hour", plural(v.Refused, "request", "requests"))
		if len(v.List) > 1 {
			label += fmt.Sprintf(", %s of them because", number(c.Sum))
		}
		return lead{Outcome: decision.Risky, Label: label, Text: c.Text, Fix: c.Hint.Fix}
	case v.Now.Sub(v.State.Since) < time.Hour:
		return lead{Outcome: decision.Passed, Label: "All quiet", Text: "No request was refused in the " + ago(v.Now.Sub(v.State.Since)) + " since this page was mounted."}
	}
	return lead{Outcome: decision.Passed, Label: "All quiet", Text: "No request was refused in the last hour."}
}

// causeView is a cause as the page shows it.
type causeView struct {
	history.Cause
	Text  string
	Sum   int
	Bars  []rect
	Width int
}

const sparkHeight = 20

func causeOf(c history.Cause) causeView {
	v := causeView{Cause: c, Text: c.Hint.Cause, Sum: c.Counts.Sum(), Width: history.Minutes * minuteWidth}
	switch {
	case v.Text != "":
	case c.Reason == "":
		v.Text = "The application refuses for a reason of its own."
	default:
		v.Text = c.Reason.Meaning()
	}
	peak := 1
	for _, n := range c.Counts {
		peak = max(peak, n)
	}
	for i, n := range c.Counts {
		if n > 0 {
			h := max(n*sparkHeight/peak, 2)
			v.Bars = append(v.Bars, rect{i*minuteWidth + 1, sparkHeight - h, barWidth, h, ""})
		}
	}
	return v
}

// issuerView is an issuer as the page shows it.
type issuerView struct {
	Issuer
	Fault   string // the fault of the first source that has one
	Keys    []keyView
	Sources []keySourceView
}

type keyView struct {
	Key
	Origin, Age string
}

type keySourceView struct {
	KeySource
	Age  string
	Next string // when the next fetch may start; empty if now
}

func issuerOf(iss Issuer, now time.Time) issuerView {
	v := issuerView{Issuer: iss}
	for _, s := range iss.Sources {
		v.Fault = cmp.Or(v.Fault, s.Fault)
		source := keySourceView{KeySource: s}
		if !s.Fetched.IsZero() {
			source.Age = past(now.Sub(s.Fetched))
		}
		if s.NextFetch.After(now) {
			source.Next = ago(s.NextFetch.Sub(now))
		}
		v.Sources = append(v.Sources, source)
		for _, k := range s.Keys {
			key := keyView{Key: k, Origin: cmp.Or(s.Source, s.Origin)}
			if !k.Since.IsZero() {
				key.Age = ago(now.Sub(k.Since))
			}
			v.Keys = append(v.Keys, key)
		}
	}
	return v
}
