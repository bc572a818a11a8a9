// Package circuit keeps an endpoint that fails, or is slow, from taking its callers with it.
//
// A [Gate] lets a bounded number of calls through at once; as many again wait for their turn, and the others are turned
// away. After failures in a row it lets none through for a while, then one at a time until one succeeds. It is safe for
// concurrent use, and has nothing to start or close.
package circuit
