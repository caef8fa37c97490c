//go:build !linux

package cli

import "syscall"

func quitPlainly() (own func()) { return nil }

func defaultAction(syscall.Signal) {}
