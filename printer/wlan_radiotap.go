// wlan_radiotap.go: what radios tell about a frame: radiotap (radiotap.org), and
// the headers of AVS and Prism capture drivers.

package printer

const (
	wlanRadiotapMin = 8 // version, pad, length, first word of presence bits

	wlanRadiotapVendorID = 4 // organization and its choice

	// Presence bits with a meaning of their own in each word.
	wlanRadiotapSwitch = 29 // the next word is of the radiotap namespace again
	wlanRadiotapVendor = 30 // the next word is a vendor's
	wlanRadiotapMore   = 31

	wlanRadiotapFlagFCS     = 0x10
	wlanRadiotapFlagDataPad = 0x20
)

// Fields by their presence bits.
const (
	wlanRadiotapTSFT = iota
	wlanRadiotapFlags
	wlanRadiotapRate
	wlanRadiotapChannel
	wlanRadiotapFHSS
	wlanRadiotapSignal
	wlanRadiotapNoise
	wlanRadiotapQuality
	wlanRadiotapAttenuation
	wlanRadiotapAttenuationDB
	wlanRadiotapPower
	wlanRadiotapAntenna
	wlanRadiotapSignalDB
	wlanRadiotapNoiseDB
	wlanRadiotapRxFlags
	wlanRadiotapXChannel = 18
	wlanRadiotapMCS      = 19
	wlanRadiotapAMPDU    = 20
	wlanRadiotapVHT      = 21
)

// wlanRadiotapSizes are alignment and size of the fields in bytes; what has none
// is unknown, and ends the header.
var wlanRadiotapSizes = [...][2]uint8{
	wlanRadiotapTSFT:          {8, 8},
	wlanRadiotapFlags:         {1, 1},
	wlanRadiotapRate:          {1, 1},
	wlanRadiotapChannel:       {2, 4},
	wlanRadiotapFHSS:          {1, 2},
	wlanRadiotapSignal:        {1, 1},
	wlanRadiotapNoise:         {1, 1},
	wlanRadiotapQuality:       {2, 2},
	wlanRadiotapAttenuation:   {2, 2},
	wlanRadiotapAttenuationDB: {1, 1},
	wlanRadiotapPower:         {1, 1},
	wlanRadiotapAntenna:       {1, 1},
	wlanRadiotapSignalDB:      {1, 1},
	wlanRadiotapNoiseDB:       {1, 1},
	wlanRadiotapRxFlags:       {2, 2},
	wlanRadiotapXChannel:      {4, 8},
	wlanRadiotapMCS:           {1, 3},
	wlanRadiotapAMPDU:         {4, 8},
	wlanRadiotapVHT:           {2, 12},
}

// wlanRadiotapFields walks through the fields of a header; they are aligned to
// its start.
type wlanRadiotapFields struct {
	header []byte
	i      int
	flags  uint8 // of the frame
}

// next is the field of n bytes at the next multiple of align, nil when the
// header is too short.
func (f *wlanRadiotapFields) next(align, n int) []byte {
	start := (f.i + align - 1) / align * align
	if !has(f.header, start, n) {
		return nil
	}
	f.i = start + n
	return f.header[start:f.i]
}

func (p *Printer) wlanRadiotapLink(b []byte, length int) {
	p.proto = "802.11_radio"
	p.llHdrLen += p.wlanRadiotap(b, length)
}

// wlanRadiotap prints a frame behind a radiotap header and returns the length of
// all headers.
func (p *Printer) wlanRadiotap(b []byte, length int) int {
	p.proto = "802.11_radio"
	if len(b) < wlanRadiotapMin {
		p.truncMark()
		return len(b)
	}
	n := int(le16(b, 2))
	if n < wlanRadiotapMin || len(b) < n {
		p.truncMark()
		return len(b)
	}
	f := wlanRadiotapFields{header: b[:n:n]}
	words := 1
	for has(f.header, 4*words, 4) && le32(f.header, 4*words)>>wlanRadiotapMore != 0 {
		words++
	}
	if f.i = 4 + 4*words; f.i > n {
		p.truncMark()
		return len(b)
	}
	p.wlanRadiotapHeader(&f, words)
	fcsLen := 0
	if f.flags&wlanRadiotapFlagFCS != 0 {
		fcsLen = wlanFCSLen
	}
	return n + p.wlan(b[n:], length-n, f.flags&wlanRadiotapFlagDataPad != 0, fcsLen)
}

// wlanRadiotapHeader prints the fields that the given number of words of
// presence bits announce, up to one that is unknown.
func (p *Printer) wlanRadiotapHeader(f *wlanRadiotapFields, words int) {
	first, vendor, skip := 0, false, 0
	for word := 1; word <= words; word++ {
		present := le32(f.header, 4*word)
		if vendor {
			if f.next(1, skip) == nil {
				return
			}
			skip = 0
		} else if !p.wlanRadiotapWord(f, present, first) {
			return
		}
		const namespaces = 1<<wlanRadiotapSwitch | 1<<wlanRadiotapVendor
		switch present & namespaces {
		case 0:
			first += 32
		case 1 << wlanRadiotapSwitch:
			first, vendor, skip = 0, false, 0
		case 1 << wlanRadiotapVendor:
			first, vendor = 0, true
			skip = p.wlanRadiotapVendor(f, skip)
		}
	}
}

// wlanRadiotapVendor reads the field that switches to a vendor's namespace: its
// identifier, and how many bytes it has. Without them it returns skip.
func (p *Printer) wlanRadiotapVendor(f *wlanRadiotapFields, skip int) int {
	// tcpdump wants two aligned bytes, but reads from where it was.
	if look := *f; look.next(2, 2) == nil {
		p.truncMark()
		return skip
	}
	for range wlanRadiotapVendorID {
		if f.next(1, 1) == nil {
			p.truncMark()
			return skip
		}
	}
	size := f.next(2, 2)
	if size == nil {
		p.truncMark()
		return skip
	}
	return int(le16(size, 0))
}

// wlanRadiotapWord prints the fields that one word announces. It reports whether
// all of them were known and there.
func (p *Printer) wlanRadiotapWord(f *wlanRadiotapFields, present uint32, first int) bool {
	for bit := range wlanRadiotapSwitch {
		if present>>bit&1 == 0 {
			continue
		}
		kind := first + bit
		if kind >= len(wlanRadiotapSizes) || wlanRadiotapSizes[kind][1] == 0 {
			p.printf("[bit %d] ", kind)
			return false
		}
		size := wlanRadiotapSizes[kind]
		field := f.next(int(size[0]), int(size[1]))
		if field == nil {
			p.truncMark()
			return false
		}
		if kind == wlanRadiotapFlags {
			f.flags = field[0]
		}
		p.wlanRadiotapField(kind, field, present)
	}
	return true
}

var wlanRadiotapFlagNames = []tok{
	{0x01, "cfp "},
	{0x02, "short preamble "},
	{0x04, "wep "},
	{0x08, "fragmented "},
	{0x40, "bad-fcs "},
}

func (p *Printer) wlanRadiotapField(kind int, b []byte, present uint32) {
	switch kind {
	case wlanRadiotapTSFT:
		p.printf("%dus tsft ", le64(b, 0))
	case wlanRadiotapFlags:
		for i := range wlanRadiotapFlagNames {
			if t := &wlanRadiotapFlagNames[i]; uint32(b[0])&t.v != 0 {
				p.str(t.s)
			}
		}
	case wlanRadiotapRate:
		// The top bit says that it is an MCS on some systems; on others such
		// rates exist, but hardly the ones that would be MCS 0 to 15.
		if b[0] >= 0x80 && b[0] <= 0x8f {
			p.printf("MCS %d ", b[0]&0x7f)
		} else {
			p.printf("%2.1f Mb/s ", float64(b[0])/2)
		}
	case wlanRadiotapChannel:
		if present>>wlanRadiotapXChannel&1 == 0 {
			p.wlanChannel(le16(b, 0), uint32(le16(b, 2)), present)
		}
	case wlanRadiotapXChannel:
		p.wlanChannel(le16(b, 4), le32(b, 0), present)
	case wlanRadiotapFHSS:
		p.printf("fhset %d fhpat %d ", b[0], b[1])
	case wlanRadiotapSignal:
		p.printf("%ddBm signal ", int8(b[0]))
	case wlanRadiotapNoise:
		p.printf("%ddBm noise ", int8(b[0]))
	case wlanRadiotapQuality:
		p.printf("%d sq ", le16(b, 0))
	case wlanRadiotapAttenuation:
		p.printf("%d tx power ", -int(int16(le16(b, 0))))
	case wlanRadiotapAttenuationDB:
		p.printf("%ddB tx attenuation ", -int(int8(b[0])))
	case wlanRadiotapPower:
		p.printf("%ddBm tx power ", int8(b[0]))
	case wlanRadiotapAntenna:
		p.printf("antenna %d ", b[0])
	case wlanRadiotapSignalDB:
		p.printf("%ddB signal ", b[0])
	case wlanRadiotapNoiseDB:
		p.printf("%ddB noise ", b[0])
	case wlanRadiotapMCS:
		p.wlanMCS(b[0], b[1], b[2])
	case wlanRadiotapVHT:
		p.wlanVHT(b)
	}
}

// Properties of a channel.
const (
	wlanChannelTurbo   = 0x00010
	wlanChannelCCK     = 0x00020
	wlanChannelOFDM    = 0x00040
	wlanChannel2GHz    = 0x00080
	wlanChannel5GHz    = 0x00100
	wlanChannelDynamic = 0x00400
	wlanChannelGFSK    = 0x00800
	wlanChannelHalf    = 0x04000
	wlanChannelQuarter = 0x08000
	wlanChannelHT20    = 0x10000
	wlanChannelHT40Up  = 0x20000
	wlanChannelHT40Dn  = 0x40000
)

func (p *Printer) wlanChannel(mhz uint16, flags, present uint32) {
	is := func(all uint32) bool { return flags&all == all }
	p.printf("%d MHz", mhz)
	if present>>wlanRadiotapMCS&1 != 0 {
		p.str(" 11n")
	} else {
		if is(wlanChannel2GHz | wlanChannelGFSK) {
			p.str(" FHSS")
		}
		if is(wlanChannel5GHz | wlanChannelOFDM) {
			p.str(" 11a")
			p.wlanChannelWidth(flags)
		}
		if is(wlanChannel2GHz|wlanChannelOFDM) || is(wlanChannel2GHz|wlanChannelDynamic) {
			p.str(" 11g")
			p.wlanChannelWidth(flags)
		} else if is(wlanChannel2GHz | wlanChannelCCK) {
			p.str(" 11b")
		}
		if is(wlanChannelTurbo) {
			p.str(" Turbo")
		}
	}
	switch {
	case is(wlanChannelHT20):
		p.str(" ht/20")
	case is(wlanChannelHT40Dn):
		p.str(" ht/40-")
	case is(wlanChannelHT40Up):
		p.str(" ht/40+")
	}
	p.char(' ')
}

// wlanChannelWidth prints that a channel has less than its usual width.
func (p *Printer) wlanChannelWidth(flags uint32) {
	switch {
	case flags&wlanChannelHalf != 0:
		p.str("/10Mhz")
	case flags&wlanChannelQuarter != 0:
		p.str("/5Mhz")
	}
}

// wlanMCSRates are the data rates of the HT modulation and coding schemes (IEEE
// Std 802.11-2016 19.5) with a channel of 20 MHz and the long guard interval, in
// units of 6.5 Mb/s.
var wlanMCSRates = [...]uint8{
	0: 1, 2, 3, 4, 6, 8, 9, 10,
	8: 2, 4, 6, 8, 12, 16, 18, 20,
	16: 3, 6, 9, 12, 18, 24, 27, 30,
	24: 4, 8, 12, 16, 24, 32, 36, 40,
	32: 0, // 40 MHz only
	33: 6, 8, 10, 9, 12, 15,
	39: 8, 10, 10, 12, 14, 14, 16, 12, 15, 15, 18, 21, 21, 24,
	53: 10, 12, 14, 12, 14, 16, 18, 16, 18, 20, 20, 22,
	65: 15, 18, 21, 18, 21, 24, 27, 24, 27, 30, 30, 33,
}

// wlanMCSRate is the data rate in Mb/s, 0 when there is none. A channel of 40
// MHz has 108 subcarriers for data instead of 52; without the second half of the
// guard interval a symbol takes 3.6 us instead of 4.
func wlanMCSRate(mcs uint8, wide, short bool) float64 {
	if int(mcs) >= len(wlanMCSRates) {
		return 0
	}
	rate := 6.5 * float64(wlanMCSRates[mcs])
	if wide {
		rate *= 108. / 52
		if mcs == 32 {
			rate = 6
		}
	}
	if short {
		rate *= 4 / 3.6
	}
	return rate
}

// What an MCS field says is known, and its flags.
const (
	wlanMCSBandwidth = 0x01
	wlanMCSIndex     = 0x02
	wlanMCSGuard     = 0x04
	wlanMCSFormat    = 0x08
	wlanMCSFEC       = 0x10
	wlanMCSSTBC      = 0x20

	wlanMCSWidth40    = 1 // of the two low bits
	wlanMCSShortGuard = 0x04
	wlanMCSGreenfield = 0x08
	wlanMCSLDPC       = 0x10
)

var wlanMCSBandwidths = [4]string{"20 MHz", "40 MHz", "20 MHz (L)", "20 MHz (U)"}

func (p *Printer) wlanMCS(known, flags, index uint8) {
	short := flags&wlanMCSShortGuard != 0
	if known&wlanMCSIndex != 0 {
		if known&(wlanMCSBandwidth|wlanMCSGuard) != 0 {
			if rate := wlanMCSRate(index, flags&3 == wlanMCSWidth40, short); rate != 0 {
				p.printf("%.1f Mb/s ", rate)
			}
		}
		p.printf("MCS %d ", index)
	}
	if known&wlanMCSBandwidth != 0 {
		p.printf("%s ", wlanMCSBandwidths[flags&3])
	}
	if known&wlanMCSGuard != 0 {
		p.wlanEither(short, "short GI ", "long GI ")
	}
	if known&wlanMCSFormat != 0 {
		p.wlanEither(flags&wlanMCSGreenfield != 0, "greenfield ", "mixed ")
	}
	if known&wlanMCSFEC != 0 {
		p.wlanEither(flags&wlanMCSLDPC != 0, "LDPC FEC ", "BCC FEC ")
	}
	if known&wlanMCSSTBC != 0 {
		p.printf("RX-STBC%d ", flags>>5&3)
	}
}

// What a VHT field says is known.
const (
	wlanVHTGuard      = 0x0004
	wlanVHTBandwidth  = 0x0040
	wlanVHTShortGuard = 0x04
)

// wlanVHTBandwidths say which part of the channel a frame took. Number 21 is
// LUU by radiotap.org, which tcpdump shows as UUU.
var wlanVHTBandwidths = [32]string{
	"20 MHz", "40 MHz", "20 MHz (L)", "20 MHz (U)",
	"80 MHz", "80 MHz (L)", "80 MHz (U)", "80 MHz (LL)", "80 MHz (LU)", "80 MHz (UL)", "80 MHz (UU)",
	"160 MHz", "160 MHz (L)", "160 MHz (U)", "160 MHz (LL)", "160 MHz (LU)", "160 MHz (UL)", "160 MHz (UU)",
	"160 MHz (LLL)", "160 MHz (LLU)", "160 MHz (LUL)", "160 MHz (UUU)",
	"160 MHz (ULL)", "160 MHz (ULU)", "160 MHz (UUL)", "160 MHz (UUU)",
	"unknown (26)", "unknown (27)", "unknown (28)", "unknown (29)", "unknown (30)", "unknown (31)",
}

func (p *Printer) wlanVHT(b []byte) {
	known, flags, bandwidth, users, coding := le16(b, 0), b[2], b[3], b[4:8], b[8]
	for i, u := range users {
		if u&15 == 0 { // no spatial streams: no user
			continue
		}
		p.printf("User %d MCS %d ", i, u>>4)
		p.wlanEither(coding>>i&1 != 0, "LDPC FEC ", "BCC FEC ")
	}
	if known&wlanVHTBandwidth != 0 {
		p.printf("%s ", wlanVHTBandwidths[bandwidth&31])
	}
	if known&wlanVHTGuard != 0 {
		p.wlanEither(flags&wlanVHTShortGuard != 0, "short GI ", "long GI ")
	}
}

func (p *Printer) wlanEither(yes bool, a, b string) {
	if yes {
		p.str(a)
	} else {
		p.str(b)
	}
}

const (
	wlanAVSMin   = 8          // magic number and length
	wlanAVSMagic = 0x80211001 // version 1; version 2 is one more
	wlanPrismLen = 144
)

func (p *Printer) wlanAVSLink(b []byte, length int) {
	p.llHdrLen += p.wlanAVS(b, length)
}

// wlanAVS prints a frame behind the header of the AVS capture format, of which
// only the length counts, and returns the length of all headers.
func (p *Printer) wlanAVS(b []byte, length int) int {
	p.proto = "802.11_radio_avs"
	if len(b) < wlanAVSMin {
		p.truncMark()
		return len(b)
	}
	n := u32(b, 4)
	if n < wlanAVSMin || uint32(len(b)) < n {
		p.truncMark()
		return len(b)
	}
	return int(n) + p.wlan(b[n:], length-int(n), false, 0)
}

// wlanPrismLink prints a frame behind the header of the Prism drivers, or that
// of AVS, which Linux gives the same number.
func (p *Printer) wlanPrismLink(b []byte, length int) {
	p.proto = "prism"
	if len(b) >= 4 {
		if magic := u32(b, 0); magic == wlanAVSMagic || magic == wlanAVSMagic+1 {
			p.llHdrLen += p.wlanAVS(b, length)
			return
		}
	}
	if len(b) < wlanPrismLen {
		p.truncMark()
		p.llHdrLen += len(b)
		return
	}
	p.llHdrLen += wlanPrismLen
	p.llHdrLen += p.wlan(b[wlanPrismLen:], length-wlanPrismLen, false, 0)
}
