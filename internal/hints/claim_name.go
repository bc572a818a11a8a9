package hints

import (
	"strconv"
	"strings"
)

// claimNameRules concern claims that the token has under another name.
var claimNameRules = []Rule{
	{
		Code: "claim_path", Reasons: noClaim,
		Cause: "The claim's name contains a dot, and the token has an object whose name is the part before it.",
		Fix:   "Use a JSON Pointer for the nested claim: claims.Pointer(\"/outer/inner\") instead of claims.Name(\"outer.inner\").",
		match: func(c *Case) (evidence, bool) {
			outer, _, dotted := strings.Cut(c.Claim, ".")
			v, _ := c.Claims.Get(outer)
			_, isObject := v.Object()
			return evidence{c.Claim, "/" + strings.ReplaceAll(c.Claim, ".", "/")}, dotted && isObject
		},
	},
	{
		Code: "claim_not_pointer", Reasons: noClaim,
		Cause: "The configuration names the claim by a JSON Pointer, and the token has a claim whose name is the text of the pointer.",
		Fix:   "Use claims.Name(\"https://api.example/roles\") instead of claims.Pointer(\"/https://api.example/roles\"): the slashes belong to the claim's name.",
		match: func(c *Case) (evidence, bool) {
			name, isPointer := strings.CutPrefix(c.Claim, "/")
			return evidence{clip(c.Claim), "claims.Name(" + strconv.Quote(clip(name)) + ")"}, isPointer && c.has(name)
		},
	},
	{
		Code: "claim_namespaced", Reasons: noClaim,
		Cause: "The token has a claim whose name is a namespace and the configured name.",
		Fix:   "Use the whole name of the claim, such as claims.Name(\"https://api.example/roles\"), if the provider puts the value there.",
		match: func(c *Case) (evidence, bool) {
			name := c.similarClaim(c.namespaces)
			return evidence{clip(c.Claim), "claims.Name(" + strconv.Quote(clip(name)) + ")"}, name != ""
		},
	},
	{
		Code: "claim_case", Reasons: noClaim,
		Cause: "The token has a claim whose name differs only by case; names of claims are compared exactly.",
		Fix:   "Use the name of the claim exactly as the provider writes it.",
		match: func(c *Case) (evidence, bool) {
			name := c.similarClaim(func(name string) bool { return name != c.Claim && strings.EqualFold(name, c.Claim) })
			return evidence{clip(c.Claim), "claims.Name(" + strconv.Quote(clip(name)) + ")"}, name != ""
		},
	},
	{
		Code: "claim_nested", Reasons: noClaim,
		Cause: "The claim is not at the top level of the token, but a claim that is an object has a member of this name.",
		Fix:   "Use a JSON Pointer, such as claims.Pointer(\"/ext/role\"), if the provider puts the value there.",
		match: func(c *Case) (evidence, bool) {
			outer := c.similarClaim(c.contains)
			return evidence{clip(c.Claim), "claims.Pointer(" + strconv.Quote("/"+clip(pointerEscaper.Replace(outer)+"/"+c.Claim)) + ")"}, outer != ""
		},
	},
}

// similarClaim returns the first claim of the token whose name fits, or "".
func (c *Case) similarClaim(fits func(name string) bool) string {
	if c.Claim == "" {
		return ""
	}
	return c.similarName(fits)
}

var pointerEscaper = strings.NewReplacer("~", "~0", "/", "~1")
