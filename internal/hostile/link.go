package hostile

import "encoding/binary"

// Where frames are from, and to all.
const station, everybody = "\x02\x00\x00\x00\x00\x01", "\xff\xff\xff\xff\xff\xff"

// neighbours are frames of Ethernet in which devices tell each other who they
// are: LLDP (IEEE 802.1AB), CDP, and EAP (RFC 3748).
func (t Text) neighbours() [][]byte {
	return [][]byte{t.lldp(), t.cdp(), t.identity()}
}

func (t Text) lldp() []byte {
	b := []byte("\x01\x80\xc2\x00\x00\x0e" + station + "\x88\xcc")
	tlv := func(kind int, value string) {
		b = append(binary.BigEndian.AppendUint16(b, uint16(kind<<9|len(value))), value...)
	}
	value := t.cut(250)
	tlv(1, "\x07"+value) // chassis, locally assigned
	tlv(2, "\x05"+value) // port, by name
	tlv(3, "\x00\x78")
	tlv(4, value)
	tlv(5, value)
	tlv(6, value)
	tlv(0, "")
	return b
}

func (t Text) cdp() []byte {
	b := []byte("\x02\xb4\x00\x00")
	for _, kind := range []uint16{1, 3, 5, 6, 9, 20, 23} { // device, port, version, platform, VTP domain, name, location
		value := t.cut(200)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = append(binary.BigEndian.AppendUint16(b, uint16(4+len(value))), value...)
	}
	llc := append([]byte("\xaa\xaa\x03\x00\x00\x0c\x20\x00"), b...)
	head := binary.BigEndian.AppendUint16([]byte("\x01\x00\x0c\xcc\xcc\xcc"+station), uint16(len(llc)))
	return append(head, llc...)
}

func (t Text) identity() []byte {
	value := t.cut(200)
	n := uint16(5 + len(value))
	b := binary.BigEndian.AppendUint16([]byte("\x01\x80\xc2\x00\x00\x03"+station+"\x88\x8e\x02\x00"), n)
	b = binary.BigEndian.AppendUint16(append(b, 2, 1), n)
	return append(append(b, 1), value...)
}

// wireless are frames of IEEE 802.11 behind a radiotap header in which the
// network has the text as its name: a beacon, a probe, a response, an association.
func (t Text) wireless(number int) [][]byte {
	ssid := t.cut(32)
	network := "\x02\x00\x00\x00\x01" + string(rune(number&0x7f))
	frame := func(kind byte, to, from, fixed string) []byte {
		b := append([]byte("\x00\x00\x08\x00\x00\x00\x00\x00"), kind, 0, 0, 0) // radiotap; frame control, duration
		b = append(b, to+from+network+"\x10\x00"+fixed...)
		b = append(append(b, 0, byte(len(ssid))), ssid...)
		return append(b, 1, 4, 0x82, 0x84, 0x8b, 0x96, 3, 1, 6) // rates, channel
	}
	const since, interval, able = "\x01\x00\x00\x00\x00\x00\x00\x00", "\x64\x00", "\x01\x00"
	return [][]byte{
		frame(0x80, everybody, network, since+interval+able),
		frame(0x40, everybody, station, ""),
		frame(0x50, station, network, since+interval+able),
		frame(0x00, network, station, able+"\x0a\x00"),
	}
}
