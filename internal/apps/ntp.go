package apps

// NTP: RFC 5905, section 7.3; control messages: RFC 9327, section 2. Lines have what it
// says already, so that there are only fields here.

import "encoding/binary"

const (
	ntpHeaderLen        = 48
	ntpControlHeaderLen = 12
	ntpPrivateHeaderLen = 8

	ntpControl = 6
	ntpPrivate = 7
)

// ntpDatagram: all values are small, so that the port has to be that of NTP.
func ntpDatagram(t *talk, b []byte) bool {
	if len(b) < ntpPrivateHeaderLen || !t.likely(protocolNTP) {
		return false
	}
	version, mode := b[0]>>3&7, b[0]&7
	if version == 0 || version > 4 {
		return false
	}
	ok := false
	switch mode {
	case ntpControl:
		ok = ntpIsControl(t, b)
	case ntpPrivate:
		// Requests of two programs, and of any.
		ok = b[2] == 0 || b[2] == 2 || b[2] == 3
	default:
		// Stratum, poll and precision; a MAC or extensions may follow.
		ok = t.length >= ntpHeaderLen && t.length%4 == 0 && b[1] <= 16 &&
			(b[2] <= 17 || b[2] >= 0xf0) && (b[3] <= 32 || b[3] >= 0xc0)
	}
	if !ok || ntpMode(mode) == "" {
		return false
	}
	t.setString(FieldNTPMode, ntpMode(mode))
	switch mode {
	case 3:
		t.isClient()
	case 4, 5:
		t.isServer()
	}
	return true
}

// ntpIsControl reports whether b is a control message: with a known operation, and of
// no more data than there are.
func ntpIsControl(t *talk, b []byte) bool {
	if len(b) < ntpControlHeaderLen {
		return false
	}
	op := b[1] & 31
	return (op <= 12 || op == 31) && ntpControlHeaderLen+int(binary.BigEndian.Uint16(b[10:])) <= t.length
}

// ntpMode is the name of a mode; "" for the one that is reserved.
func ntpMode(mode byte) string {
	return [...]string{"", "symmetric active", "symmetric passive", "client", "server", "broadcast", "control", "private"}[mode]
}
