// Package claims reads the claims of verified tokens and of UserInfo: by exact name or JSON Pointer, with their exact
// types and numbers, from the token first and UserInfo second.
//
// [Parse] makes a [Set]; [Name] and [Pointer] make a [Path] into it; [Equals] makes a [Check]; [Resolve] brings token
// and UserInfo together. All values are immutable and safe for concurrent use.
package claims
