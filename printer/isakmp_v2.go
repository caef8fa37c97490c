package printer

import "github.com/tapdump/tapdump/versions"

var (
	isakmp2ShortID = versions.Since(versions.V4_99, "IKEv2", "an identification that is too short has the mark `[\\|v2IDi]`", "it is `[payload too short]`")
	isakmp2Names   = versions.Since(versions.V5_0, "IKEv2", "newer notifications (those of MOBIKE, say) are `error` and `status`, with their SPI; `no_protocol_chosen`, `failed:cp_required`",
		"they have names: `mobike_supported`; `no_proposal_chosen`, `failed_cp_required`")
	isakmp2Safe = versions.Since(versions.V5_0, "IKEv2", "bytes of names and vendor ids that are no text are `.`", "they are as in other text: `^A`, `M-^A`")
)

// The payloads of version 2 (RFC 7296 section 3).

var isakmp2TransformTypes = []string{1: "encr", "prf", "integ", "dh", "esn"}

// isakmp2TransformIDs are the transforms of each type (RFC 7296 section 3.3.2).
var isakmp2TransformIDs = [][]string{
	1: isakmpESP,
	2: {1: "hmac-md5", "hmac-sha", "hmac-tiger", "aes128_xcbc"},
	3: {1: "hmac-md5", "hmac-sha", "dec-mac", "kpdk-md5", "aes-xcbc"},
	4: isakmpGroups,
	5: {"no-esn", "esn"},
}

// isakmp2Encryption are the attributes of encryption transforms.
var isakmp2Encryption = []isakmpAttribute{14: {name: "keylen"}}

var isakmp2AuthMethods = []string{"invalid", "rsasig", "shared-secret", "dsssig"}

var isakmp2IDTypes = []tok{
	{1, " ipv4:"},
	{2, " fqdn:"},
	{3, " rfc822:"},
	{5, " ipv6:"},
	{9, " dn:"},
	{10, " gn:"},
	{11, " keyid:"},
}

// isakmp2Cookie is the notification whose data is always shown.
const isakmp2Cookie = 16390

// isakmp2Notifications are the notifications, and whether their SPI is shown.
var isakmp2Notifications = []struct {
	kind uint16
	spi  bool
	name string
}{
	{1, false, "unsupported_critical_payload"},
	{4, true, "invalid_ike_spi"},
	{5, false, "invalid_major_version"},
	{7, true, "invalid_syntax"},
	{9, true, "invalid_message_id"},
	{11, true, "invalid_spi"},
	{isakmp2NoProposal, true, "no_protocol_chosen"},
	{17, true, "invalid_ke_payload"},
	{24, true, "authentication_failed"},
	{34, true, "single_pair_required"},
	{35, false, "no_additional_sas"},
	{36, false, "internal_address_failure"},
	{37, false, "failed:cp_required"},
	{39, false, "invalid_selectors"},
	{16384, false, "initial_contact"},
	{16385, false, "set_window_size"},
	{16386, false, "additional_ts_possible"},
	{16387, false, "ipcomp_supported"},
	{16388, true, "nat_detection_source_ip"},
	{16389, true, "nat_detection_destination_ip"},
	{isakmp2Cookie, true, "cookie"},
	{16391, false, "use_transport_mode"},
	{16392, false, "http_cert_lookup_supported"},
	{16393, true, "rekey_sa"},
	{16394, false, "tfc_padding_not_supported"},
	{16395, false, "non_first_fragment_also"},
}

// isakmp2LaterNotifications are names that versions with isakmp2Names have besides,
// or instead. Only that of isakmp2NoProposal has its SPI shown.
var isakmp2LaterNotifications = []tok{
	{isakmp2NoProposal, "no_proposal_chosen"},
	{37, "failed_cp_required"},
	{38, "ts_unacceptable"},
	{40, "unacceptable_addresses"},
	{41, "unexpected_nat_detected"},
	{42, "use_assigned_hoa"},
	{43, "temporary_failure"},
	{44, "child_sa_not_found"},
	{45, "invalid_group_id"},
	{46, "authorization_failed"},
	{47, "state_not_found"},
	{16396, "mobike_supported"},
	{16397, "additional_ip4_address"},
	{16398, "additional_ip6_address"},
	{16399, "no_additional_addresses"},
	{16400, "update_sa_addresses"},
	{16401, "cookie2"},
	{16402, "no_nats_allowed"},
	{16403, "auth_lifetime"},
	{16404, "multiple_auth_supported"},
	{16405, "another_auth_follows"},
	{16406, "redirect_supported"},
	{16407, "redirect"},
	{16408, "redirected_from"},
	{16409, "ticket_lt_opaque"},
	{16410, "ticket_request"},
	{16411, "ticket_ack"},
	{16412, "ticket_nack"},
	{16413, "ticket_opaque"},
	{16414, "link_id"},
	{16415, "use_wesp_mode"},
	{16416, "rohc_supported"},
	{16417, "eap_only_authentication"},
	{16418, "childless_ikev2_supported"},
	{16419, "quick_crash_detection"},
	{16420, "ikev2_message_id_sync_supported"},
	{16421, "ipsec_replay_counter_sync_supported"},
	{16422, "ikev2_message_id_sync"},
	{16423, "ipsec_replay_counter_sync"},
	{16424, "secure_password_methods"},
	{16425, "psk_persist"},
	{16426, "psk_confirm"},
	{16427, "erx_supported"},
	{16428, "ifom_capability"},
	{16429, "sender_request_id"},
	{16430, "ikev2_fragmentation_supported"},
	{16431, "signature_hash_algorithms"},
	{16432, "clone_ike_sa_supported"},
	{16433, "clone_ike_sa"},
	{16434, "puzzle"},
	{16435, "use_ppk"},
	{16436, "ppk_identity"},
	{16437, "no_ppk_auth"},
	{16438, "intermediate_exchange_supported"},
	{16439, "ip4_allowed"},
	{16440, "ip6_allowed"},
	{16441, "additional_key_exchange"},
	{16442, "use_aggfrag"},
}

const isakmp2NoProposal = 14

// isakmp2Title starts a payload of m.b[i].
func (p *Printer) isakmp2Title(m *isakmpMessage, name string, i int) {
	p.str(name)
	if m.b[i+1]&0x80 != 0 {
		p.str("[C]") // critical
	}
	p.char(':')
}

func (p *Printer) isakmp2Opaque(m *isakmpMessage, kind uint8, i, n int) int {
	p.isakmp2Title(m, isakmpPayloads[kind], i)
	p.printf(" len=%d", n-isakmpPayloadLen)
	return p.isakmpRest(m, kind, i, n)
}

// isakmp2Security prints proposals (RFC 7296 section 3.3).
func (p *Printer) isakmp2Security(m *isakmpMessage, i, depth int) int {
	p.isakmp2Title(m, "sa", i)
	left := int(u16(m.b, i+2)) - isakmpPayloadLen
	p.printf(" len=%d", left)
	i += isakmpPayloadLen
	for kind := uint8(isakmpProposal); kind != 0; {
		n, ok := isakmp2Inner(m, i, left)
		if !ok {
			p.isakmpCut(isakmp2SA)
			if n == isakmpEnd {
				return isakmpEnd
			}
			return i + left
		}
		p.isakmpOpen(depth + 1)
		start := i
		if kind == isakmpProposal {
			if i = p.isakmp2Proposal(m, i, n, depth+1); i == isakmpEnd {
				return isakmpEnd
			}
		} else {
			p.isakmpName(isakmpPayloads, int(kind))
			i += n
		}
		p.char(')')
		left -= n
		kind = u8(m.b, start)
	}
	return i
}

// isakmp2Inner is the length of the structure at m.b[i], which left bytes are
// there for. When it is not all right, the length is isakmpEnd if nothing can
// follow, and 0 if it only takes more than is left.
func isakmp2Inner(m *isakmpMessage, i, left int) (int, bool) {
	if left < isakmpPayloadLen {
		return 0, false
	}
	if !has(m.b, i, isakmpPayloadLen) {
		return isakmpEnd, false
	}
	n := int(u16(m.b, i+2))
	switch {
	case n <= isakmpPayloadLen:
		return isakmpEnd, false
	case left < n:
		return 0, false
	case !has(m.b, i, n):
		return isakmpEnd, false
	}
	return n, true
}

// isakmp2Proposal prints a proposal and its transforms (RFC 7296 section 3.3.1).
func (p *Printer) isakmp2Proposal(m *isakmpMessage, i, size, depth int) int {
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmpProposal)
	}
	p.isakmp2Title(m, "p", i)
	p.printf(" #%d protoid=", m.b[i+4])
	p.isakmpName(isakmpProtocols, int(m.b[i+5]))
	p.printf(" transform=%d len=%d", m.b[i+7], size)
	left, spiLen := size-isakmpPayloadLen, int(m.b[i+6])
	i += 8
	if spiLen > 0 {
		if left < spiLen {
			p.isakmpCut(isakmpProposal)
			return i + left
		}
		p.str(" spi=")
		if !p.isakmpHex(m, i, spiLen) {
			return p.isakmpCut(isakmpProposal)
		}
		i, left = i+spiLen, left-spiLen
	}
	kind := uint8(isakmpTransform)
	for count := 1; kind != 0; count++ {
		n, ok := isakmp2Inner(m, i, left)
		if !ok {
			p.isakmpCut(isakmpProposal)
			if n == isakmpEnd {
				return isakmpEnd
			}
			return i + left
		}
		p.isakmpOpen(depth + 1)
		start := i
		if kind == isakmpTransform {
			if i = p.isakmp2Transform(m, count, i, n); i == isakmpEnd {
				return isakmpEnd
			}
		} else {
			p.isakmpName(isakmpPayloads, int(kind))
			i += n
		}
		p.char(')')
		left -= n
		kind = u8(m.b, start)
	}
	return i
}

// isakmp2Transform prints a transform (RFC 7296 section 3.3.2).
func (p *Printer) isakmp2Transform(m *isakmpMessage, count, i, n int) int {
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmpTransform)
	}
	p.isakmp2Title(m, "t", i)
	kind, id := int(m.b[i+4]), int(u16(m.b, i+6))
	p.printf(" #%d type=", count)
	p.isakmpName(isakmp2TransformTypes, kind)
	p.str(" id=")
	if kind > 0 && kind < len(isakmp2TransformIDs) {
		p.isakmpName(isakmp2TransformIDs[kind], id)
	} else {
		p.uint(uint64(id))
	}
	p.char(' ')
	var attributes []isakmpAttribute
	if kind == 1 {
		attributes = isakmp2Encryption
	}
	return p.isakmpTransformEnd(m, i+8, i+n, attributes)
}

// isakmp2Key prints a key exchange (RFC 7296 section 3.4).
func (p *Printer) isakmp2Key(m *isakmpMessage, i, n int) int {
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmp2KE)
	}
	p.isakmp2Title(m, "v2ke", i)
	if n < 8 {
		p.printf(" len=%d < 8", n)
		return i + n
	}
	p.printf(" len=%d group=", n-8)
	p.isakmpName(isakmpGroups, int(u16(m.b, i+4)))
	if p.vflag > 2 && n > 8 {
		p.char(' ')
		if !p.isakmpHex(m, i+8, n-8) {
			return p.isakmpCut(isakmp2KE)
		}
	}
	return i + n
}

// isakmp2Identity prints an identification (RFC 7296 section 3.5).
func (p *Printer) isakmp2Identity(m *isakmpMessage, kind uint8, i, n int) int {
	if !has(m.b, i, 8) {
		return p.isakmpCut(kind)
	}
	p.isakmp2Title(m, isakmpPayloads[kind], i)
	p.printf(" len=%d", n-isakmpPayloadLen)
	if p.isakmpRest(m, kind, i, n) == isakmpEnd {
		return isakmpEnd
	}
	if n < 8 && p.follows(isakmp2ShortID) {
		p.str(" [payload too short]")
		return i + n
	}
	form := uint32(m.b[i+4])
	label := tokName(isakmp2IDTypes, form)
	p.str(label)
	switch {
	case label == "":
	case !has(m.b, i+8, n-8):
		return p.isakmpCut(kind)
	case form == isakmpIDFQDN || form == isakmpIDUserFQDN:
		p.isakmp2Text(m.b[i+8 : i+n])
	default:
		p.isakmpHex(m, i+8, n-8)
	}
	return i + n
}

func (p *Printer) isakmp2Text(text []byte) {
	if p.follows(isakmp2Safe) {
		p.safe(text)
		return
	}
	for _, c := range text {
		if c < 0x20 || c > 0x7e {
			c = '.'
		}
		p.char(c)
	}
}

// isakmp2Authentication prints an authentication (RFC 7296 section 3.8).
func (p *Printer) isakmp2Authentication(m *isakmpMessage, i, n int) int {
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmp2Auth)
	}
	p.isakmp2Title(m, "v2auth", i)
	p.printf(" len=%d method=", n-isakmpPayloadLen)
	p.isakmpName(isakmp2AuthMethods, int(m.b[i+4]))
	switch {
	case p.vflag > 1:
		p.str(" authdata=(")
		if !p.isakmpHex(m, i+8, n-8) {
			return p.isakmpCut(isakmp2Auth)
		}
		p.str(") ")
	case p.vflag > 0:
		if !p.isakmpSome(m, i+8) {
			return p.isakmpCut(isakmp2Auth)
		}
	}
	return i + n
}

func (p *Printer) isakmp2Nonces(m *isakmpMessage, i, n int) int {
	p.isakmp2Title(m, "nonce", i)
	p.printf(" len=%d", n-isakmpPayloadLen)
	switch {
	case p.vflag > 1:
		p.str(" nonce=(")
		p.isakmpHex(m, i+isakmpPayloadLen, n-isakmpPayloadLen)
		p.str(") ")
	case p.vflag > 0:
		if !p.isakmpSome(m, i+isakmpPayloadLen) {
			return p.isakmpCut(isakmp2Nonce)
		}
	}
	return i + n
}

// isakmp2Notification prints a notification (RFC 7296 section 3.10).
func (p *Printer) isakmp2Notification(m *isakmpMessage, i, n int) int {
	if !has(m.b, i, 8) {
		return p.isakmpCut(isakmpNotify)
	}
	p.isakmp2Title(m, "n", i)
	p.str(" prot_id=")
	p.isakmpName(isakmpProtocols, int(m.b[i+4]))
	spiLen, kind := int(m.b[i+5]), u16(m.b, i+6)
	name, showSPI := p.isakmp2NotificationName(kind)
	p.printf(" type=%d(%s)", kind, name)
	if showSPI && spiLen > 0 {
		p.str(" spi=")
		if !p.isakmpHex(m, i+8, spiLen) {
			return p.isakmpCut(isakmpNotify)
		}
	}
	data := i + 8 + spiLen
	left := len(m.b) - data
	switch {
	case left <= 0:
	case p.vflag > 3 || kind == isakmp2Cookie && left < 30:
		p.str(" data=(")
		p.isakmpHex(m, data, left)
		p.char(')')
	case kind == isakmp2Cookie:
		if !p.isakmpSome(m, data) {
			return p.isakmpCut(isakmpNotify)
		}
	}
	return i + n
}

func (p *Printer) isakmp2NotificationName(kind uint16) (name string, spi bool) {
	if p.follows(isakmp2Names) {
		if name = tokName(isakmp2LaterNotifications, uint32(kind)); name != "" {
			return name, kind == isakmp2NoProposal
		}
	}
	for j := range isakmp2Notifications {
		if t := &isakmp2Notifications[j]; t.kind == kind {
			return t.name, t.spi
		}
	}
	switch {
	case kind < 8192:
		return "error", true
	case kind < 16384:
		return "private-error", true
	case kind < 40960:
		return "status", true
	}
	return "private-status", true
}

func (p *Printer) isakmp2VendorID(m *isakmpMessage, i, n int) int {
	p.isakmp2Title(m, "v2vid", i)
	n -= isakmpPayloadLen
	p.printf(" len=%d vid=", n)
	i += isakmpPayloadLen
	p.isakmp2Text(m.b[i : i+n])
	if p.vflag > 2 && n > 4 {
		p.char(' ')
		p.isakmpHex(m, i, n)
	}
	return i + n
}

// isakmp2Decrypt prints an encrypted payload, and the payloads in it when their
// secret is known (RFC 7296 section 3.14). The first of them is named by this
// payload.
func (p *Printer) isakmp2Decrypt(m *isakmpMessage, i, n, depth int) {
	p.isakmp2Title(m, "v2e", i)
	first := m.b[i]
	i, n = i+isakmpPayloadLen, n-isakmpPayloadLen
	p.printf(" len=%d", n)
	if p.vflag > 2 && n > 4 {
		p.char(' ')
		p.isakmpHex(m, i, n)
	}
	plain, ok := p.espDecryptIKE(m.fromBegin, m.spiI, m.spiR, m.b[i:i+n])
	if !ok {
		return
	}
	inner := *m
	inner.b = plain
	p.enter()
	p.isakmpChain(&inner, first, 0, 0, depth+1)
	p.leave()
}
