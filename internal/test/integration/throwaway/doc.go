// Package throwaway runs a server of a test's own on a loopback port, by a shell script that stays for as long as the server.
//
// The script comes after common.sh, which has what the scripts share. It is called with the port, and with the folder that
// [Program.Files] got. It prints "ready" when the server takes connections, and then obeys its stdin: on "kill" it ends the server
// with SIGKILL and prints "killed", on "start" it starts it again, over the same data, and prints "ready". At the end of its
// stdin, which comes also when the test's process is killed, it ends the server and removes everything. It exits with 69 where the
// server is not installed.
//
//	var shared = throwaway.Share(mariadbtest.Start)
//
//	func TestMain(m *testing.M) { os.Exit(throwaway.Main(m, shared)) }
//
//	server := shared.Get(t) // in a test
//
// The package needs a Unix.
package throwaway
