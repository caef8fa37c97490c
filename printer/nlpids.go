package printer

// Network layer protocol identifiers (ISO/IEC TR 9577).
const (
	nlpidNull    = 0x00
	nlpidQ933    = 0x08
	nlpidLMI     = 0x09
	nlpidSNAP    = 0x80
	nlpidCLNP    = 0x81
	nlpidESIS    = 0x82
	nlpidISIS    = 0x83
	nlpidCONS    = 0x84
	nlpidIDRP    = 0x85
	nlpidX25ESIS = 0x8a
	nlpidIPv6    = 0x8e
	nlpidFRF15   = 0xb1
	nlpidSPB     = 0xc1 // IEEE 802.1aq
	nlpidIPv4    = 0xcc
	nlpidPPP     = 0xcf
)

var nlpidNames = []tok{
	{nlpidNull, "NULL"},
	{nlpidQ933, "Q.933"},
	{nlpidLMI, "LMI"},
	{nlpidSNAP, "SNAP"},
	{nlpidCLNP, "CLNP"},
	{nlpidESIS, "ES-IS"},
	{nlpidISIS, "IS-IS"},
	{nlpidCONS, "CONS"},
	{nlpidIDRP, "IDRP"},
	{nlpidSPB, "ISIS_SPB"},
	{nlpidFRF15, "FRF.15"},
	{nlpidIPv4, "IPv4"},
	{nlpidPPP, "PPP"},
	{nlpidX25ESIS, "X25 ES-IS"},
	{nlpidIPv6, "IPv6"},
}
