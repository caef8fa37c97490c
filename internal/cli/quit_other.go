//go:build !linux

package cli

func quitPlainly() {}
