// Package drill holds forged requests with the typical mistakes of client developers, administrators and operators.
//
// The words that a cause must contain were written before the texts of the hints were read. If a case fails, mend the
// hint. Change the words only if the first line names the cause in other words, and say so in the case.
package drill
