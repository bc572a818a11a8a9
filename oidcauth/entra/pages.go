package entra

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/knownbearer/knownbearer/internal/fetch"
	"github.com/knownbearer/knownbearer/internal/strictjson"
)

const (
	maxGroups = 10_000
	maxPages  = 200 // Graph's pages have about 100 groups, and may be empty.
	maxBytes  = 1 << 20
	maxID     = 100
)

// ErrTooManyGroups reports that a user has more than 10,000 groups. A part of them would be misleading.
var ErrTooManyGroups = errors.New("entra: the user has more than 10,000 groups")

var (
	errPage  = errors.New("the answer of Microsoft Graph is no list of ids")
	errLink  = errors.New("the @odata.nextLink of Microsoft Graph does not belong to the configured host")
	errPages = errors.New("the answer of Microsoft Graph has too many pages")
)

func keyOf(u user) [sha256.Size]byte { return sha256.Sum256([]byte(u.tenant + " " + u.id)) }

// pages follows @odata.nextLink, which is requested by GET.
func (g *Groups) pages(ctx context.Context, path, token string) ([]string, error) {
	header := http.Header{"Authorization": {"Bearer " + token}, "Accept": {"application/json"}}
	body := fmt.Sprintf(`{"securityEnabledOnly":%t}`, !g.config.AllGroups)
	resp, err := g.client.PostJSON(ctx, g.root.String()+path, body, maxBytes, header)
	list := []string{}
	for range maxPages {
		if err != nil {
			return nil, err
		}
		var next string
		if list, next, err = g.readPage(list, resp.Body); err != nil || next == "" {
			return list, err
		}
		resp, err = g.client.Get(ctx, next, maxBytes, header)
	}
	return nil, errPages
}

// readPage appends the ids of a page, and returns the URL of the next one.
func (g *Groups) readPage(list []string, body []byte) ([]string, string, error) {
	o, err := strictjson.Parse(body, strictjson.Limits{Bytes: maxBytes, Values: 2 * maxGroups})
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", errPage, err)
	}
	v, _ := o.Get("value")
	elements, ok := v.Elements()
	if !ok {
		return nil, "", errPage
	}
	if len(list)+len(elements) > maxGroups {
		return nil, "", ErrTooManyGroups
	}
	for _, e := range elements {
		id, ok := e.Text()
		if !ok || id == "" || len(id) > maxID {
			return nil, "", errPage
		}
		list = append(list, id)
	}
	next, found := o.Get("@odata.nextLink")
	if !found || next.Kind() == strictjson.Null {
		return list, "", nil
	}
	link, _ := next.Text()
	return list, link, g.checkLink(link)
}

// checkLink prevents that a token for Graph is sent elsewhere.
func (g *Groups) checkLink(link string) error {
	u, err := url.Parse(link)
	if err != nil || u.Scheme != g.root.Scheme || !strings.EqualFold(u.Host, g.root.Host) || fetch.CheckURL(link) != nil {
		return errLink
	}
	return nil
}
