// Package strictjson parses the JSON objects of tokens, key sets and provider answers. It is strict, so that two
// readers of the same text never see different objects.
//
// [Parse] accepts exactly one object (RFC 8259) in valid UTF-8. It refuses duplicate members at any depth, lone
// surrogates, data after the object, and everything beyond its [Limits]. It scans the text once. Members are found by
// their exact name, and decoded only when they are read. Numbers keep all their digits.
//
// Objects and values are immutable views of one string, and safe for concurrent use.
package strictjson
