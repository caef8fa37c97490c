// Ipscap shows packets and their payloads, searches them, and counts transfers.
// It is tapdump with the defaults and the command line of ipscap.
package main

import (
	"os"

	"github.com/tapdump/tapdump/internal/cli"
)

func main() {
	os.Exit(cli.Run(cli.IPScap, os.Args))
}
