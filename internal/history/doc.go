// Package history keeps the refusals and the fetches of the last hour in bounded memory, for the page that an operator opens.
package history
