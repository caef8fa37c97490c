// geonet.go: GeoNetworking of intelligent transport systems (ETSI TS 102
// 636-4-1, version 1.1.1) with its Basic Transport Protocol (ETSI TS 102
// 636-5-1).

package printer

const (
	geonetHeaderLen  = 36 // the common header
	geonetMultihop   = 32 // what a multi-hop broadcast adds to it
	geonetBTPLen     = 4
	geonetPosition   = 8
	geonetAddressLen = 8
)

const (
	geonetAny       = 0
	geonetBeacon    = 1
	geonetUnicast   = 2
	geonetAnycast   = 3
	geonetBroadcast = 4
	geonetScope     = 5
	geonetLocation  = 6
)

var (
	geonetNext = [...]string{"Any", "BTP-A", "BTP-B", "IPv6"}
	// the header's type and subtype
	geonetTypes = []tok{
		{geonetAnycast << 4, "GeoAnycastCircle"},
		{geonetAnycast<<4 | 1, "GeoAnycastRect"},
		{geonetAnycast<<4 | 2, "GeoAnycastElipse"},
		{geonetBroadcast << 4, "GeoBroadcastCircle"},
		{geonetBroadcast<<4 | 1, "GeoBroadcastRect"},
		{geonetBroadcast<<4 | 2, "GeoBroadcastElipse"},
		{geonetScope << 4, "TopoScopeBcast-SH"},
		{geonetScope<<4 | 1, "TopoScopeBcast-MH"},
		{geonetLocation << 4, "LocService-Request"},
		{geonetLocation<<4 | 1, "LocService-Reply"},
	}
	geonetMessages = []tok{
		{0, "CAM"},
		{1, "DENM"},
		{101, "TPEGM"},
		{102, "TSPDM"},
		{103, "VPM"},
		{104, "SRM"},
		{105, "SLAM"},
		{106, "ecoCAM"},
		{107, "ITM"},
		{150, "SA"},
	}
)

func (p *Printer) geonet(b []byte, length int, src linkAddr) {
	p.proto = "geonet"
	p.str("GeoNet ")
	if src.isSet() {
		p.printf("src:%s", src)
	}
	p.str("; ")
	if length < geonetHeaderLen {
		p.printf(" (common header length %d < %d)", uint32(length), geonetHeaderLen)
		p.invalid()
		return
	}
	next, kind := u8(b, 0)&15, u8(b, 1)
	payload, hops := u16(b, 4), u8(b, 7)
	p.printf("v:%d ", b[0]>>4)
	p.printf("NH:%d-%s ", next, geonetNextName(next))
	p.printf("HT:%d-%d-%s ", kind>>4, kind&15, geonetTypeName(kind))
	p.printf("HopLim:%d ", hops)
	p.printf("Payload:%d ", payload)
	p.printf("GN_ADDR:%s ", linkAddrAt(linkAddrOther, b, geonetPosition, geonetAddressLen))
	p.printf("lat:%d ", u32(b, geonetPosition+12))
	p.printf("lon:%d", u32(b, geonetPosition+16))
	need(b, 0, geonetHeaderLen)
	b, length = b[geonetHeaderLen:], length-geonetHeaderLen
	if n := geonetExtendedLen(kind); n >= 0 {
		if length < n {
			p.printf(" (header size %d > %d)", n, length)
			p.invalid()
			return
		}
		need(b, 0, n)
		b, length = b[n:], length-n
		if next == 1 || next == 2 {
			if length < geonetBTPLen {
				p.printf(" (BTP length %d < %d)", length, geonetBTPLen)
				p.invalid()
				return
			}
			p.geonetBTP(b, length)
			b, length = b[geonetBTPLen:], length-geonetBTPLen
		}
	}
	if p.vflag > 0 {
		p.hexASCIIDump("\n\t", b, length)
	}
}

func geonetNextName(next uint8) string {
	if s := strName(geonetNext[:], next); s != "" {
		return s
	}
	return "Unknown"
}

func geonetTypeName(kind uint8) string {
	switch kind >> 4 {
	case geonetAny:
		return "Any"
	case geonetBeacon:
		return "Beacon"
	case geonetUnicast:
		return "GeoUnicast"
	}
	if s := tokName(geonetTypes, uint32(kind)); s != "" {
		return s
	}
	return "Unknown"
}

// geonetExtendedLen is the length of the header that follows the common one,
// or -1 for those that are not known here.
func geonetExtendedLen(kind uint8) int {
	switch {
	case kind>>4 <= geonetBeacon, kind == geonetScope<<4:
		return 0
	case kind == geonetScope<<4|1:
		return geonetMultihop
	}
	return -1
}

// geonetBTP prints the ports and the header of the message behind them.
func (p *Printer) geonetBTP(b []byte, length int) {
	p.printf("; BTP Dst:%d", u16(b, 0))
	p.printf(" Src:%d", u16(b, 2))
	if length < geonetBTPLen+2 {
		return
	}
	p.printf("; ItsPduHeader v:%d", u8(b, 4))
	kind := u8(b, 5)
	p.printf(" t:%d-%s", kind, tokStr(geonetMessages, "unknown (%d)", kind))
}
