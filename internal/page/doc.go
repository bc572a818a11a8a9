// Package page renders the page on which an operator sees the state of an Authenticator and explains tokens. A page is one HTML
// document without scripts, images and links to other hosts. Its only style sheet is inline.
package page
