package apps

import (
	"net/netip"
	"testing"

	"github.com/tapdump/tapdump/capture/header"
)

// TestLateDatagrams: what is certain is found however late in a conversation, and so are
// media that something announced.
func TestLateDatagrams(t *testing.T) {
	r := replay{d: New(Options{})}
	k := &talk1{transport: header.ProtocolUDP, client: netip.MustParseAddrPort("192.0.2.1:40000"), server: netip.MustParseAddrPort("192.0.2.2:41000")}
	for range 2 * maxUnknown {
		r.packet(k, true, []byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9}, 0) // looks like RTP
		if text := r.said(nil); len(text) > 0 {
			t.Fatalf("what nobody announced is %s", text)
		}
	}
	sip := &talk1{transport: header.ProtocolUDP, client: netip.MustParseAddrPort("192.0.2.3:5060"), server: netip.MustParseAddrPort("192.0.2.4:5060")}
	r.packet(sip, true, []byte("ACK sip:a SIP/2.0\r\nContent-Type: application/sdp\r\n\r\nc=IN IP4 192.0.2.2\r\nm=audio 41000 RTP/AVP 0\r\n"), 0)
	r.packet(k, true, []byte{0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9}, 0)
	if text, want := string(r.said(nil)), ": RTP PCMU (ssrc=0x1, seq=1, time=0)"; text != want {
		t.Errorf("what SDP announced says %q, not %q", text, want)
	}

	k.client = netip.MustParseAddrPort("192.0.2.5:40000")
	k.server = netip.MustParseAddrPort("192.0.2.6:41000")
	for range 2 * maxUnknown {
		r.packet(k, true, []byte("nothing of anybody"), 0)
	}
	handshake := make([]byte, 148)
	handshake[0] = wireguardInitiation
	r.packet(k, true, handshake, 0)
	if text, want := string(r.said(nil)), ": WireGuard Handshake Initiation (sender=0x0)"; text != want {
		t.Errorf("a handshake says %q, not %q", text, want)
	}
}
