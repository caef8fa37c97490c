//go:build !linux

package live

// TimestampTypes lists the types of time stamps that a device has.
func TimestampTypes(string) ([]TimestampType, error) { return []TimestampType{TimestampHost}, nil }

func mediumOf(string) (wireless bool, c Connection) { return false, ConnectionUnknown }

func pseudoDevices() []Device { return nil }
