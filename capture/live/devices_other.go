//go:build !linux

package live

import "github.com/tapdump/tapdump/capture"

// TimestampTypes lists the types of time stamps that a device has.
func TimestampTypes(string) ([]capture.TimestampType, error) {
	return []capture.TimestampType{capture.TimestampHost}, nil
}

func mediumOf(string) (wireless bool, c Connection) { return false, ConnectionUnknown }

func pseudoDevices() []Device { return nil }

func defaultSnapLen(string) int { return capture.MaxSnapLen }
