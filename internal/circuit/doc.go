// Package circuit protects the callers of an endpoint that fails or is slow: a circuit breaker.
//
// A [Gate] limits how many calls run at once. The same number of callers may wait for their turn, and the others receive
// [ErrBusy].
//
// Each call has a key, such as the hash of a token. If the calls of several keys in a row fail, the circuit opens: for a
// short time, all calls receive [ErrOpen]. After that, the gate tries a few calls with different keys. The first call that
// reaches the endpoint closes the circuit. After a failed call, the next calls with the same key receive [ErrResting] for
// a short time.
//
// A Gate is safe for concurrent use, and has nothing to start or close.
//
// Other circuit breakers, such as sony/gobreaker, count calls and not keys. With them, a sender could open the circuit for
// all by repeating one token for which the endpoint fails. This is why the package exists.
package circuit
