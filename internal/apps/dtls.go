package apps

// DTLS: RFC 9147 (1.3), RFC 6347 (1.2), RFC 4347 (1.0), RFC 9146 (connection ids).

import "encoding/binary"

const (
	dtlsRecordHeader  = 13
	dtlsMessageHeader = 12
	dtlsCID           = 25 // content type of records with a connection id
	// dtlsMessagesMax is how many messages of one side wait for their fragments.
	dtlsMessagesMax = 4
)

// dtlsState is what is known of a DTLS conversation.
type dtlsState struct {
	version  uint16
	messages [2][dtlsMessagesMax]dtlsFragments // of the two sides
	said     [2][8]uint16                      // the last messages that were said: their numbers and one
	next     [2]uint8                          // place in said
}

// dtlsFragments are the fragments of one message.
type dtlsFragments struct {
	kind   uint8
	used   bool
	number uint16
	length int
	body   offsetBytes
}

const dtlsStateBytes = 1024

// dtlsDatagram: type, version, epoch and a length that fits, record after record; a
// first record that is not a handshake has to end where the datagram does.
func dtlsDatagram(t *talk, b []byte) bool {
	st, _ := t.state().(*dtlsState)
	if st != nil && len(b) > 0 && b[0]>>5 == 1 && st.version == dtls13 {
		return true // the unified header of DTLS 1.3: encrypted
	}
	if !dtlsRecords(b, t.length, t.cut) {
		return false
	}
	for len(b) >= dtlsRecordHeader {
		n := dtlsRecordHeader + int(binary.BigEndian.Uint16(b[11:]))
		fragment := b[dtlsRecordHeader:min(n, len(b))]
		if epoch := binary.BigEndian.Uint16(b[3:]); epoch == 0 {
			switch b[0] {
			case tlsHandshake:
				if st == nil {
					st = new(dtlsState)
				}
				dtlsMessages(t, st, fragment)
			case tlsAlert:
				tlsSayAlert(t, "DTLS alert", fragment)
			}
		}
		b = b[min(n, len(b)):]
	}
	if st != nil {
		t.keep(st, dtlsStateBytes+st.size())
	}
	return true
}

// dtlsRecords reports whether b is a sequence of records, of which length bytes were
// on the wire.
func dtlsRecords(b []byte, length int, cut bool) bool {
	if len(b) < dtlsRecordHeader {
		return false
	}
	for records := 0; length > 0; records++ {
		if len(b) < dtlsRecordHeader {
			return records > 0 && (cut || len(b) > 0 && b[0]>>5 == 1)
		}
		if records > 0 && b[0]>>5 == 1 {
			return true // a record of DTLS 1.3 follows
		}
		n := dtlsRecordHeader + int(binary.BigEndian.Uint16(b[11:]))
		version := binary.BigEndian.Uint16(b[1:])
		if b[0] < tlsChangeCipherSpec || b[0] > tlsHeartbeat && b[0] != dtlsCID || version != dtls10 && version != dtls12 && version != 0x0100 ||
			binary.BigEndian.Uint16(b[3:]) > 64 || n > length || n == dtlsRecordHeader || n > dtlsRecordHeader+tlsMaxRecord {
			return false
		}
		length -= n
		b = b[min(n, len(b)):]
	}
	return true
}

// dtlsMessages takes the fragments of handshake messages in a record (RFC 6347 4.2.2).
func dtlsMessages(t *talk, st *dtlsState, b []byte) {
	for len(b) >= dtlsMessageHeader {
		kind, number := b[0], binary.BigEndian.Uint16(b[4:])
		length, offset, n := dtls24(b[1:]), dtls24(b[6:]), dtls24(b[9:])
		if offset+n > length || length > maxOffsetBytes {
			return
		}
		part := b[dtlsMessageHeader:min(dtlsMessageHeader+n, len(b))]
		b = b[min(dtlsMessageHeader+n, len(b)):]
		if st.wasSaid(t.from, number) {
			continue // sent again
		}
		if offset == 0 && n == length && (len(part) == n || t.cut) {
			dtlsSay(t, st, kind, number, part)
			continue
		}
		f := st.fragments(t.from, kind, number, length)
		f.body.add(uint64(offset), part)
		if body := f.body.ready(); len(body) == length {
			dtlsSay(t, st, kind, number, body)
			*f = dtlsFragments{}
		}
	}
}

func dtls24(b []byte) int { return int(b[0])<<16 | int(b[1])<<8 | int(b[2]) }

// fragments are those of a message; if too many wait, the oldest is given up.
func (st *dtlsState) fragments(side int, kind uint8, number uint16, length int) *dtlsFragments {
	all := &st.messages[side]
	oldest := &all[0]
	for i := range all {
		f := &all[i]
		if f.used && f.number == number && f.kind == kind && f.length == length {
			return f
		}
		if !f.used || oldest.used && f.number < oldest.number {
			oldest = f
		}
	}
	*oldest = dtlsFragments{kind: kind, used: true, number: number, length: length}
	return oldest
}

func (st *dtlsState) size() (n int) {
	for side := range st.messages {
		for i := range st.messages[side] {
			n += st.messages[side][i].body.size()
		}
	}
	return n
}

// wasSaid reports whether a message was said before.
func (st *dtlsState) wasSaid(side int, number uint16) bool {
	for _, n := range st.said[side] {
		if n == number+1 {
			return true
		}
	}
	return false
}

// dtlsSay says what a handshake message is.
func dtlsSay(t *talk, st *dtlsState, kind uint8, number uint16, body []byte) {
	st.said[t.from][st.next[t.from]%8] = number + 1
	st.next[t.from]++
	var h tlsHello
	switch kind {
	case tlsClientHello:
		if h.parseClientHello(body, true) {
			t.isClient()
			st.said[1-t.from] = [8]uint16{} // a new handshake
			tlsSayClientHello(t, &h, ja4DTLS)
		}
	case tlsServerHello:
		if h.parseServerHello(body) {
			t.isServer()
			st.version = h.best()
			tlsSayServerHello(t, &h)
		}
	case tlsCertificate:
		tlsSayCertificate(t, st.version, body)
	default:
		version := st.version
		if version == 0 && len(body) >= 2 && kind == 3 {
			version = binary.BigEndian.Uint16(body) // Hello Verify Request
		}
		if version != 0 {
			tlsSayKind(t, version, kind)
		}
	}
}
