// Gen writes a savefile of made traffic:
//
//	go run ./internal/traffic/gen -packets 1000 -seed 7 mixed.pcap
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

func main() {
	packets := flag.Int("packets", 1000, "how many packets")
	seed := flag.Uint64("seed", 1, "another seed makes other packets")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: gen [-packets N] [-seed N] FILE")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), traffic.New(*seed, *packets)); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(name string, src capture.Source) (err error) {
	w, err := pcapfile.Create(name, src.LinkType(), pcapfile.Format{SnapLen: src.SnapLen()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	var pkt capture.Packet
	for {
		if err := src.Next(&pkt); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := w.Write(&pkt); err != nil {
			return err
		}
	}
}
