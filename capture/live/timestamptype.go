package live

import (
	"fmt"
	"strings"
)

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

const timestampUnsupported = "That type of time stamp is not supported by that device"

// useHostTimestamps falls back to the host's time stamps, with a warning.
func (d *device) useHostTimestamps() {
	d.warn(fmt.Sprintf("When trying to set timestamp type '%s' on %s: %s", d.cfg.TimestampType, d.name, timestampUnsupported))
	d.cfg.TimestampType = TimestampHost
}
