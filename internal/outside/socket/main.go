// Socket receives a packet that matches an expression: socket EXPRESSION
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/tapdump/tapdump/bpf/compile"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/printer"
	"golang.org/x/sys/unix"
)

func main() {
	program, err := compile.Compile(os.Args[1], capture.LinkEN10MB, compile.ModeLive, compile.Options{})
	check(err)
	var filter []unix.SockFilter
	for _, ins := range program.Instructions {
		filter = append(filter, unix.SockFilter{Code: ins.Op, Jt: ins.Jt, Jf: ins.Jf, K: ins.K})
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0) // gets no packets yet
	check(err)
	check(unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}))
	check(unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: unix.ETH_P_ALL << 8})) // from all interfaces
	var packet [2000]byte
	fmt.Println("ready")
	n, err := unix.Read(fd, packet[:])
	check(err)
	fmt.Print(printer.Sprint(capture.LinkEN10MB, packet[:n], printer.Options{}))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
