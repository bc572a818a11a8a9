package pasted

import (
	"net/http"
	"strings"
)

// exchange is a request in a JSON document, with the status of its response, which may be 0.
type exchange struct {
	method, url string
	header      http.Header
	status      int
}

// fromRequests returns the request of a HAR, of a list of header lines, or of an event such as those of AWS Lambda. It returns nil
// if the document contains no header lines.
func fromRequests(v any) *Found {
	var s search
	s.read(v, 0)
	if len(s.found) == 0 {
		return nil
	}
	chosen := s.choose()
	f := newRequest(HAR)
	f.Method, f.Header = strings.ToUpper(chosen.method), chosen.header
	if f.Host = chosen.header.Get("Host"); f.Host != "" {
		delete(chosen.header, "Host")
	}
	f.finish(chosen.url, nil)
	if n := len(s.found); n > 1 {
		f.ignore("%d other requests were ignored. The last one that was refused is examined, or else the last one with credentials.", n-1)
	}
	if len(f.Header["Authorization"]) == 0 && s.isHAR {
		f.ignore("The HAR has no Authorization header. Browsers leave it out, unless the HAR is saved with sensitive data.")
	}
	return f
}

// search collects the requests of a JSON document.
type search struct {
	found []exchange
	isHAR bool
	nodes int
}

// choose returns the request that is most likely meant.
func (s *search) choose() exchange {
	best, rank := s.found[len(s.found)-1], 0
	for _, e := range s.found {
		r := 0
		if len(e.header["Authorization"]) > 0 || len(e.header["Cookie"]) > 0 {
			r = 1
		}
		if e.status == http.StatusUnauthorized || e.status == http.StatusForbidden || e.status == http.StatusBadRequest {
			r = 2
		}
		if r > 0 && r >= rank {
			best, rank = e, r
		}
	}
	return best
}

func (s *search) read(v any, depth int) {
	if s.nodes++; depth > maxDepth || s.nodes > maxNodes {
		return
	}
	switch v := v.(type) {
	case []any:
		if h := headerList(v); h != nil {
			s.found = append(s.found, exchange{header: h})
			return
		}
		for _, element := range v {
			s.read(element, depth+1)
		}
	case map[string]any:
		s.object(v, depth)
	}
}

// object reads an entry of a HAR, a request, or an object that contains one.
func (s *search) object(v map[string]any, depth int) {
	if request, ok := v["request"].(map[string]any); ok {
		if e, ok := requestOf(request); ok {
			answer, _ := v["response"].(map[string]any)
			status, _ := answer["status"].(float64)
			e.status = int(status)
			s.found, s.isHAR = append(s.found, e), true
			return
		}
	}
	if e, ok := requestOf(v); ok {
		s.found = append(s.found, e)
		return
	}
	if h := headerObject(v); h != nil {
		s.found = append(s.found, exchange{header: h})
		return
	}
	for _, member := range sortedNames(v) {
		if !strings.HasPrefix(strings.ToLower(member), "response") {
			s.read(v[member], depth+1)
		}
	}
}

// requestOf reads an object with the member headers.
func requestOf(v map[string]any) (exchange, bool) {
	var h http.Header
	switch headers := v["headers"].(type) {
	case []any:
		h = headerList(headers)
		if h == nil && len(headers) == 0 && v["url"] != nil {
			h = http.Header{}
		}
	case map[string]any:
		h = textMembers(headers)
	}
	if h == nil {
		return exchange{}, false
	}
	e := exchange{header: h}
	e.method = firstText(v, "method", "httpMethod")
	e.url = firstText(v, "url", "path", "rawPath")
	return e, true
}

// headerList reads a list of objects with name and value. It returns nil for another list.
func headerList(list []any) http.Header {
	h := http.Header{}
	for _, element := range list {
		o, _ := element.(map[string]any)
		name, value := firstText(o, "name", "key"), firstText(o, "value")
		if name == "" || strings.HasPrefix(name, ":") {
			continue
		}
		h.Add(name, strings.Trim(value, " \t"))
	}
	if len(h) == 0 {
		return nil
	}
	return h
}

// headerObject reads an object whose members are header lines. It returns nil unless one of them carries credentials.
func headerObject(v map[string]any) http.Header {
	h := textMembers(v)
	if len(h["Authorization"]) == 0 && len(h["Cookie"]) == 0 {
		return nil
	}
	return h
}

// textMembers reads an object whose members are strings, or lists of strings, as header lines.
func textMembers(v map[string]any) http.Header {
	h := http.Header{}
	for _, name := range sortedNames(v) {
		switch value := v[name].(type) {
		case string:
			h.Add(name, strings.Trim(value, " \t"))
		case []any:
			for _, element := range value {
				if text, ok := element.(string); ok {
					h.Add(name, strings.Trim(text, " \t"))
				}
			}
		}
	}
	return h
}

func firstText(v map[string]any, names ...string) string {
	for _, name := range names {
		if text, ok := v[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}
