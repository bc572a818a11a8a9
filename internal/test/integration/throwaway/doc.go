// Package throwaway runs a database server of a test's own on a loopback port, by a shell script that stays for as long as the server.
//
// The script is called with the port. It prints "ready" when the server takes connections, and then obeys its stdin: on "kill" it
// ends the server with SIGKILL and prints "killed", on "start" it starts it again, over the same data, and prints "ready". At
// the end of its stdin, which comes also when the test's process is killed, it ends the server and removes everything.
// It exits with 69 where the server is not installed.
//
// The package needs a Unix.
package throwaway
