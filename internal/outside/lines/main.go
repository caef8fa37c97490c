// Lines prints the packets of a savefile that match an expression: lines FILE EXPRESSION
package main

import (
	"bytes"
	"log"
	"os"
	"time"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
	"github.com/tapdump/tapdump/printer"
)

func main() {
	file, err := pcapfile.Open(os.Args[1])
	check(err)
	defer file.Close()
	filter, err := compile.NewMatcher(os.Args[2], file.LinkType(), compile.Options{})
	check(err)
	p := printer.New(printer.Options{Location: time.UTC})
	var buffer bytes.Buffer
	for pkt, err := range capture.Packets(file) {
		check(err)
		if filter.Match(pkt) {
			buffer.Write(p.Print(buffer.AvailableBuffer(), pkt))
		}
	}
	check(filter.Err())
	os.Stdout.Write(buffer.Bytes())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
