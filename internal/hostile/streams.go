package hostile

import (
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/internal/headertest"
	"github.com/tapdump/tapdump/internal/traffic"
)

// A conversation is what a client and a server say over TCP, each at once.
type conversation struct {
	port   uint16
	client string
	server string
}

// conversations are what a text says in TCP.
func (t Text) conversations() []conversation {
	s := t.line()
	return []conversation{
		{80, "GET /" + s + "?q=" + s + " HTTP/1.1\r\nHost: " + s + "\r\nUser-Agent: " + s + "\r\nReferer: " + s + "\r\nCookie: " + s + "\r\n\r\n",
			"HTTP/1.1 404 " + s + "\r\nServer: " + s + "\r\nContent-Type: " + s + "\r\nLocation: " + s + "\r\nContent-Length: 0\r\n\r\n"},
		{443, string(traffic.ClientHello(t.Text)), "\x15\x03\x03\x00\x02\x02\x28"}, // handshake failure
		{21, "USER " + s + "\r\nPASS " + s + "\r\nRETR " + s + "\r\n", "220 " + s + "\r\n530 " + s + "\r\n"},
		{22, "SSH-2.0-" + s + "\r\n", "SSH-2.0-" + s + " " + s + "\r\n"},
		{25, "EHLO " + s + "\r\nMAIL FROM:<" + s + ">\r\nSubject: " + s + "\r\n", "220 " + s + " ESMTP\r\n550 " + s + "\r\n"},
		{554, "DESCRIBE rtsp://" + s + " RTSP/1.0\r\nUser-Agent: " + s + "\r\n\r\n", "RTSP/1.0 404 " + s + "\r\nServer: " + s + "\r\n\r\n"},
		{6379, "*2\r\n$3\r\nGET\r\n" + s + "\r\n", "-ERR " + s + "\r\n"},
		{43, s + "\r\n", s + "\r\n"},
	}
}

// A timed frame is one and when it was seen, in milliseconds after the one
// before it.
type timed struct {
	after int64
	frame []byte
}

// Flags of TCP (RFC 9293).
const (
	flagFIN = 1
	flagSYN = 2
	flagRST = 4
	flagPSH = 8
	flagACK = 16
)

// frames are a conversation in which everything goes wrong that a report may
// have to tell of: a slow handshake, what is sent again and again, a reset.
func (c conversation) frames(client, server string, port uint16) []timed {
	const most = 1400
	say, answer := c.client[:min(len(c.client), most)], c.server[:min(len(c.server), most)]
	segment := func(back bool, flags uint8, seq, ack uint32, payload string) []byte {
		s := headertest.Spec{Src: client, Dst: server, Protocol: header.ProtocolTCP, SrcPort: port, DstPort: c.port,
			Seq: seq, Ack: ack, Flags: flags, Window: 64240, Payload: []byte(payload)}
		if back {
			s.Src, s.Dst, s.SrcPort, s.DstPort = s.Dst, s.Src, s.DstPort, s.SrcPort
		}
		return s.Bytes()
	}
	frames := []timed{
		{5, segment(false, flagSYN, 1000, 0, "")},
		{900, segment(true, flagSYN|flagACK, 5000, 1001, "")},
		{2, segment(false, flagACK, 1001, 5001, "")},
	}
	for range 4 {
		frames = append(frames, timed{250, segment(false, flagPSH|flagACK, 1001, 5001, say)})
	}
	return append(frames,
		timed{40, segment(true, flagPSH|flagACK, 5001, 1001+uint32(len(say)), answer)},
		timed{1, segment(true, flagRST|flagACK, 5001+uint32(len(answer)), 1001+uint32(len(say)), "")})
}
