// Tapdump captures packets, or reads them from a file, and prints, filters,
// writes and counts them as tcpdump does.
package main

import (
	"os"

	"github.com/tapdump/tapdump/internal/cli"
)

func main() {
	os.Exit(cli.Run(cli.Tapdump, os.Args))
}
