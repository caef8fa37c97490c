// One prints a frame of Ethernet that is given in hexadecimal digits: one DIGITS
package main

import (
	"encoding/hex"
	"fmt"
	"log"
	"os"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
)

func main() {
	frame, err := hex.DecodeString(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(printer.Sprint(capture.LinkEN10MB, frame, printer.Options{Verbose: 1, LinkHeader: true}))
}
