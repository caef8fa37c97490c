// Captures writes the captures of package hostile to a folder, hostile and harmless ones,
// for tests that are not in Go:
//
//	go run ./internal/hostile/captures FOLDER
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tapdump/tapdump/internal/hostile"
	"github.com/tapdump/tapdump/internal/syserr"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: captures FOLDER")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "captures: "+syserr.Text(err))
		os.Exit(1)
	}
}

func write(folder string) error {
	for kind, texts := range map[string][]hostile.Text{"hostile": hostile.Texts(), "harmless": hostile.Harmless()} {
		for name, made := range map[string]func(io.Writer, []hostile.Text) error{
			kind + ".pcap":          hostile.Pcap,
			kind + "-wireless.pcap": hostile.Wireless,
			kind + ".pcapng":        hostile.Pcapng,
		} {
			out, err := os.Create(filepath.Join(folder, name))
			if err != nil {
				return err
			}
			if err := errors.Join(made(out, texts), out.Close()); err != nil {
				return err
			}
		}
	}
	return nil
}
