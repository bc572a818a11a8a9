package settings

import (
	"errors"
	"maps"
)

// addShadow adds the configuration of the document that the member shadow names. It reuses the parts of c that are the same, so that
// oidcauth knows them to be the same.
func (b *builder) addShadow(c *Configuration) error {
	if b.settings.Shadow == "" {
		return nil
	}
	at, _ := b.root.member("shadow")
	file := b.path(b.settings.Shadow)
	data, err := b.options.watched.read(file)
	if err != nil {
		b.faults.at(at, "the file cannot be read", err)
		return b.faults.err()
	}
	doc, err := b.options.Parse(file, data)
	if err != nil {
		return err
	}
	if doc.settings.Shadow != "" {
		b.faults.at(at, "names a document that has a shadow itself", errors.New(file))
		return b.faults.err()
	}
	o := b.options
	o.watched = &watched{files: b.options.watched.files, former: c.with(b.options.watched.former)}
	shadow, err := doc.Configuration(o)
	if err != nil {
		return err
	}
	c.Config.Shadow = &shadow.Config
	maps.Copy(c.opened, shadow.opened)
	for key, value := range shadow.parts {
		if _, known := c.parts[key]; !known {
			c.parts[key] = value
		}
	}
	c.own()
	return nil
}

// with returns a Configuration with the parts of both. former may be nil.
func (c *Configuration) with(former *Configuration) *Configuration {
	out := &Configuration{parts: maps.Clone(c.parts), opened: maps.Clone(c.opened)}
	if former == nil {
		return out
	}
	for key, value := range former.parts {
		if _, known := out.parts[key]; !known {
			out.parts[key] = value
		}
	}
	for key, db := range former.opened {
		if out.opened[key] == nil {
			out.opened[key] = db
		}
	}
	return out
}
