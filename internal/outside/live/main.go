// Live writes two packets that match an expression to a file: live DEVICE EXPRESSION FILE
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/live"
	"github.com/tapdump/tapdump/pcapfile"
)

func main() {
	src, err := live.Open(os.Args[1], live.Config{Immediate: true})
	check(err)
	defer src.Close()
	filter, err := compile.NewMatcher(os.Args[2], src.LinkType(), compile.Options{SnapLen: src.SnapLen()})
	check(err)
	check(src.StartFilter(filter))
	file, err := pcapfile.Create(os.Args[3], src.LinkType(), pcapfile.Format{SnapLen: src.SnapLen(), Nano: true})
	check(err)
	fmt.Println("ready")
	for pkt, err := range capture.Packets(src) {
		check(err)
		check(file.Write(pkt))
		if file.Packets() == 2 {
			break
		}
	}
	check(file.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
