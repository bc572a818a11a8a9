// Package settings reads the configuration of package oidcauth from a document, for administrators who write no Go.
//
// [Load] reads a JSON file, package settings/yaml reads YAML, and [Document.Configuration] makes an [oidcauth.Config] and a login.Config of it:
//
//	doc, err := settings.Load("settings.json")
//	c, err := doc.Configuration(settings.Options{})
//	auth, err := oidcauth.New(c.Config)
//
// If the document has a login, Configuration.Login is for login.New.
//
// A document can set everything that Go code can set, under the same names, except functions and implementations of interfaces. A program
// adds these to the Config before New. The README describes the members of a document, and Schema returns their JSON Schema.
//
// # Providers and applications
//
// A document has providers and applications by name. An application uses a provider, and overrides its members one by one, as a JSON
// merge patch does (RFC 7396): objects are merged, every other value is replaced, and null removes a value. There are two exceptions:
// the keys of an application come before those of its provider, and a user store, a key source and a reference to a secret are
// replaced as a whole. An application yields one [oidcauth.Issuer]; several applications of one provider are told apart by the
// token's aud. A provider that no application uses yields one itself.
//
// # Strictness
//
// Unknown and repeated members, values of the wrong type and empty values are errors. All errors of a document are reported together,
// each with its position ([Error]). A document contains no secret, only the name of a file or of an environment variable with the
// secret. A member whose name begins with "//" is a comment.
package settings
