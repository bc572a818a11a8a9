// Package circuit keeps an endpoint that fails, or is slow, from taking its callers with it.
//
// A [Gate] lets a bounded number of calls through at once; as many again wait for their turn, and the others are turned
// away. Each call has a key, which stands for what is asked about. If calls of several keys in a row find the endpoint
// down, the circuit opens and no call is let through for a while. Then a few calls of distinct keys are tried, until one
// reaches the endpoint. A key whose call failed rests for a moment. A gate is safe for concurrent use, and has nothing to
// start or close.
//
// The package is written here since breakers such as sony/gobreaker count calls and not keys: a sender could open one with
// a single token at which the endpoint fails.
package circuit
