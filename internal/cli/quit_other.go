//go:build !linux

package cli

import "syscall"

func quitPlainly() {}

func defaultAction(syscall.Signal) {}
