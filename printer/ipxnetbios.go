// ipxnetbios.go: NetBIOS over IPX (Novell published no specification), of which
// only SMB messages are looked for.

package printer

// ipxNetBIOS prints the SMB message that begins within the first bytes.
func (p *Printer) ipxNetBIOS(b []byte, length int) {
	const far = 128
	p.proto = "ipx_netbios"
	end := min(length, len(b))
	m := smbMessage{b: b}
	for i := range far {
		if i+4 > end {
			return
		}
		if smbIsMessage(b, i) {
			p.smbFields(&m, 0, "\n>>> IPX transport ", i)
			p.smb(b[i:], end-i)
			return
		}
	}
	p.smbFields(&m, 0, "\n>>> Unknown IPX ", end)
}
