package settings

import (
	"crypto/sha256"
	"database/sql"
	"io"
	"maps"
	"slices"

	"github.com/knownbearer/knownbearer/oidcauth"
)

// fingerprint identifies the text from which a part of a configuration was made: its members, and the files and secrets that they
// name.
type fingerprint [sha256.Size]byte

// watched contains the files of a configuration, and the configuration before it. It is nil without [Watch]
// and without a shadow.
type watched struct {
	files  files
	former *Configuration // nil for the first one
	noted  []byte         // hashes of the files and secrets of the present part
	trust  []byte         // hashes of the files of the document's trust, on which each issuer depends
}

// note adds a text to the fingerprint of the present part.
func (w *watched) note(text string) {
	if w != nil {
		sum := sha256.Sum256([]byte(text))
		w.noted = append(w.noted, sum[:]...)
	}
}

func (w *watched) database(key [2]string) *sql.DB {
	if w == nil || w.former == nil {
		return nil
	}
	return w.former.opened[key]
}

// part is a part of a configuration while it is made.
type part struct {
	*builder
	name  string
	nodes []Node
}

// begin begins a part that depends on these nodes.
func (b *builder) begin(name string, nodes ...Node) part {
	if w := b.options.watched; w != nil {
		w.noted = slices.Clone(w.trust)
	}
	return part{b, name, nodes}
}

// remembered returns the value of the same part in the former configuration or, if the part has changed, the given value. By the identity
// of the value, [oidcauth.Authenticator.Next] sees that the part has not changed.
func remembered[T any](p part, made T) T {
	w := p.options.watched
	if w == nil {
		return made
	}
	h := sha256.New()
	_, _ = io.WriteString(h, p.name) // a hash never fails
	for _, n := range p.nodes {
		_, _ = h.Write(append(n.json(), 0))
	}
	_, _ = h.Write(w.noted)
	key := fingerprint(h.Sum(nil))
	if w.former != nil {
		if before, ok := w.former.parts[key].(T); ok {
			made = before
		}
	}
	p.made[key] = made
	return made
}

// nested makes a part of the present part.
func nested[T any](b *builder, name string, makePart func() T, nodes ...Node) T {
	w := b.options.watched
	if w == nil {
		return makePart()
	}
	outer := w.noted
	p := b.begin(name, nodes...)
	made := remembered(p, makePart())
	w.noted = append(outer, w.noted...)
	return made
}

// sharesTrust makes every later part depend on the files of this one.
func (p part) sharesTrust() {
	if w := p.options.watched; w != nil {
		w.trust = w.noted
	}
}

// issuerPart is the result of one application.
type issuerPart struct {
	issuer      oidcauth.Issuer
	application Application
}

// issuerOnce adds the issuer of an application. If nothing about it changed, it is the former one.
func (b *builder) issuerOnce(m merged, c *Configuration) {
	var provider Node
	if m.own {
		provider = b.providers[b.providerOf(m.provider)].node.only("keys")
	}
	p := b.begin("issuer "+m.name, m.node, provider, b.root.only("trust"))
	b.issuer(m, c)
	last := len(c.Applications) - 1
	made := remembered(p, issuerPart{c.Config.Issuers[last], c.Applications[last]})
	c.Config.Issuers[last], c.Applications[last] = made.issuer, made.application
}

// complete adds the parts and databases that the next configuration may reuse.
func (b *builder) complete(c *Configuration) {
	if b.options.watched == nil {
		return
	}
	c.parts, c.opened = b.made, b.databases
	c.own()
}

// own makes Close close all databases of the configuration.
func (c *Configuration) own() {
	c.databases = slices.Collect(maps.Values(c.opened))
}

// only returns an object with one of its members, or without members.
func (n Node) only(name string) Node {
	out := Node{Value: []Member{}}
	if value, ok := n.member(name); ok {
		out.Value = []Member{{Name: name, Node: value}}
	}
	return out
}
