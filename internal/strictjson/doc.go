// Package strictjson reads the JSON objects that tokens, key sets and provider answers are made of,
// with none of the leniency that lets two readers of one text see two different things.
//
// [Parse] accepts exactly one object (RFC 8259) of valid UTF-8 and refuses duplicate members at any depth,
// lone surrogates, trailing data, and whatever exceeds its [Limits]. The text is scanned once; members are
// found by their exact name and decoded only when asked for. Numbers keep every digit.
//
// Objects and values are immutable views on one string and safe for concurrent use.
package strictjson
