package capture

import "strings"

// TimestampType is who stamps the packets, and by which clock.
type TimestampType uint8

// Time stamp types, in libpcap's order.
const (
	TimestampHost TimestampType = iota
	TimestampHostLowPrec
	TimestampHostHiPrec
	TimestampAdapter
	TimestampAdapterUnsynced
	TimestampHostHiPrecUnsynced
)

var timestampTypes = [...]struct{ name, description string }{
	TimestampHost:               {"host", "Host"},
	TimestampHostLowPrec:        {"host_lowprec", "Host, low precision"},
	TimestampHostHiPrec:         {"host_hiprec", "Host, high precision"},
	TimestampAdapter:            {"adapter", "Adapter"},
	TimestampAdapterUnsynced:    {"adapter_unsynced", "Adapter, not synced with system time"},
	TimestampHostHiPrecUnsynced: {"host_hiprec_unsynced", "Host, high precision, not synced with system time"},
}

// String is the name that -j takes.
func (t TimestampType) String() string { return timestampTypes[t].name }

// Description is the text shown beside the name.
func (t TimestampType) Description() string { return timestampTypes[t].description }

// TimestampTypes are all, in their order.
func TimestampTypes() []TimestampType {
	all := make([]TimestampType, len(timestampTypes))
	for i := range timestampTypes {
		all[i] = TimestampType(i)
	}
	return all
}

// TimestampTypeByName finds a time stamp type by its name, in any case of
// letters.
func TimestampTypeByName(name string) (TimestampType, bool) {
	for i := range timestampTypes {
		if strings.EqualFold(timestampTypes[i].name, name) {
			return TimestampType(i), true
		}
	}
	return 0, false
}
