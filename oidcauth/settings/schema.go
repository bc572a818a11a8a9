package settings

import (
	_ "embed"
	"slices"
)

//go:embed settings.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of a document, for editors. It describes the structure of a document. [Parse] also
// checks names that refer to other parts, and the text of claims and checks.
func Schema() []byte { return slices.Clone(schema) }
