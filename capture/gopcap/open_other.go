//go:build !(linux || darwin || freebsd) || nogopcap || tapdump_small

package gopcap

import "github.com/tapdump/tapdump/capture/live"

// Available reports whether Open works on this system.
const Available = false

var limitations []string

// Open fails with live.ErrNotSupported, as go-pcap does not build for this system.
func Open(string, Config) (*Source, error) { return nil, live.ErrNotSupported }

// SilenceLog does nothing.
func SilenceLog() {}

func settle() {}
