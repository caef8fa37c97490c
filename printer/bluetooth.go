// bluetooth.go: Bluetooth HCI with the UART transport (Bluetooth Core
// Specification, volume 4 part A) and libpcap's direction in front.

package printer

const bluetoothHeaderLen = 4

func (p *Printer) bluetoothLink(b []byte, length int) {
	p.proto = "bluetooth"
	p.str("bluetooth")
	need(b, 0, bluetoothHeaderLen)
	p.llHdrLen += bluetoothHeaderLen
	if p.eflag {
		direction := "out"
		if b[3]&1 != 0 {
			direction = "in"
		}
		p.printf(", hci length %d, direction %s", uint32(length-bluetoothHeaderLen), direction)
	}
	frame := b[bluetoothHeaderLen:]
	p.defaultDump(frame, len(frame))
}
