package traffic

import (
	"encoding/binary"
	"fmt"
)

func (m *message) size() int { return len(m.head) + m.body }

// fill appends n bytes of the message from offset off on to the frame.
func (m *message) fill(f *frame, off, n int) {
	if off < len(m.head) {
		part := m.head[off:min(len(m.head), off+n)]
		f.add(part)
		off, n = off+len(part), n-len(part)
	}
	filler(f, off, n, m.text)
}

// filler appends n bytes of text, or of bytes that look random.
func filler(f *frame, off, n int, text bool) {
	const words = "the quick brown fox jumps over the lazy dog while packets pass by and nobody looks at them twice; "
	b := f.grow(n)
	for i := range b {
		if text {
			b[i] = words[(off+i)%len(words)]
		} else {
			x := uint32(off+i) * 2654435761
			b[i] = byte(x >> 24)
		}
	}
}

var siteNames = [...]string{
	"www.example.com", "mail.example.com", "cdn.example.net", "api.example.org", "static.example.net",
	"files.example.com", "video.example.net", "login.example.org", "news.example.com", "a.very.long.name.of.a.host.example.org",
}

func (g *Generator) siteName() string { return siteNames[g.rng.below(len(siteNames))] }

func openHTTP(g *Generator) flow {
	var m []message
	paths := [...]string{"/", "/index.html", "/img/logo.png", "/api/v1/items?page=2", "/style.css", "/search?q=packet+capture"}
	site := g.siteName()
	for range 1 + g.rng.below(4) {
		path := paths[g.rng.below(len(paths))]
		method, body := "GET", 0
		if g.rng.chance(15) {
			method, body = "POST", 20+g.rng.below(2000)
		}
		request := fmt.Sprintf("%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: example/1.0\r\nAccept: */*\r\n", method, path, site)
		if body > 0 {
			request += fmt.Sprintf("Content-Length: %d\r\n", body)
		}
		m = append(m, message{from: 0, head: []byte(request + "\r\n"), body: body, text: true})
		size := g.rng.below(1 << g.rng.below(15))
		status := [...]string{"200 OK", "200 OK", "200 OK", "304 Not Modified", "404 Not Found", "302 Found"}[g.rng.below(6)]
		reply := fmt.Sprintf("HTTP/1.1 %s\r\nServer: example\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n", status, size)
		m = append(m, message{from: 1, head: []byte(reply), body: size, text: true})
	}
	port := uint16(80)
	if g.rng.chance(10) {
		port = 8080
	}
	return g.newTCP(port, m)
}

// tlsRecord is a record of RFC 8446, section 5.1, with a handshake message of
// the given type in front of its body unless that is 0.
func tlsRecord(content, handshake byte, head []byte, body int) []byte {
	length := len(head) + body
	b := []byte{content, 3, 3}
	if handshake == 0 {
		return append(binary.BigEndian.AppendUint16(b, uint16(length)), head...)
	}
	b = binary.BigEndian.AppendUint16(b, uint16(length+4))
	b = append(b, handshake, byte(length>>16), byte(length>>8), byte(length))
	return append(b, head...)
}

// serverName is the extension of RFC 6066, section 3.
func serverName(name string) []byte {
	n := uint16(len(name))
	b := binary.BigEndian.AppendUint16(nil, 0)
	b = binary.BigEndian.AppendUint16(b, n+5)
	b = binary.BigEndian.AppendUint16(b, n+3)
	b = binary.BigEndian.AppendUint16(append(b, 0), n)
	return append(b, name...)
}

func openTLS(g *Generator) flow {
	const handshake, applicationData = 22, 23
	// version, random, session id, two cipher suites, no compression, extensions
	hello := append([]byte{3, 3}, make([]byte, 32)...)
	binary.BigEndian.PutUint64(hello[2:], g.rng.next())
	hello = append(hello, 0, 0, 4, 0x13, 0x01, 0x13, 0x02, 1, 0)
	name := serverName(g.siteName())
	hello = append(binary.BigEndian.AppendUint16(hello, uint16(len(name))), name...)
	answer := append([]byte{3, 3}, make([]byte, 32)...)
	binary.BigEndian.PutUint64(answer[2:], g.rng.next())
	answer = append(answer, 0, 0x13, 0x01, 0, 0, 0)
	m := []message{
		{from: 0, head: tlsRecord(handshake, 1, hello, 0)},
		{from: 1, head: append(tlsRecord(handshake, 2, answer, 0), tlsRecord(applicationData, 0, nil, 2200)...), body: 2200},
		{from: 0, head: tlsRecord(applicationData, 0, nil, 69), body: 69},
	}
	for range 1 + g.rng.below(5) {
		n := 100 + g.rng.below(900)
		m = append(m, message{from: 0, head: tlsRecord(applicationData, 0, nil, n), body: n})
		n = 100 + g.rng.below(1<<(7+g.rng.below(8)))
		m = append(m, message{from: 1, head: tlsRecord(applicationData, 0, nil, min(n, 16384)), body: n})
	}
	port := uint16(443)
	if g.rng.chance(10) {
		port = 993
	}
	return g.newTCP(port, m)
}

func openSSH(g *Generator) flow {
	m := []message{
		{from: 0, head: []byte("SSH-2.0-OpenSSH_9.6\r\n")},
		{from: 1, head: []byte("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")},
		{from: 0, body: 1100},
		{from: 1, body: 1050},
	}
	for range 5 + g.rng.below(30) {
		m = append(m, message{from: 0, body: 36}, message{from: 1, body: 36 + 16*g.rng.below(20)})
	}
	return g.newTCP(22, m)
}

func openSMTP(g *Generator) flow {
	var m []message
	for i, line := range [...]string{
		"220 mail.example.com ESMTP\r\n", "EHLO client.example.com\r\n",
		"250-mail.example.com\r\n250-PIPELINING\r\n250 8BITMIME\r\n", "MAIL FROM:<alice@example.com>\r\n",
		"250 2.1.0 Ok\r\n", "RCPT TO:<bob@example.org>\r\n", "250 2.1.5 Ok\r\n", "DATA\r\n", "354 Go ahead\r\n",
	} {
		m = append(m, message{from: 1 - i%2, head: []byte(line)})
	}
	mail := message{from: 0, head: []byte("Subject: lunch\r\n\r\n"), body: 200 + g.rng.below(6000), text: true}
	return g.newTCP(25, append(m, mail,
		message{from: 0, head: []byte("\r\n.\r\n")},
		message{from: 1, head: []byte("250 2.0.0 Ok: queued\r\n")},
		message{from: 0, head: []byte("QUIT\r\n")},
		message{from: 1, head: []byte("221 2.0.0 Bye\r\n")}))
}

// openTCPDNS asks a question whose answer is too long for UDP.
func openTCPDNS(g *Generator) flow {
	q := g.newQuestion()
	query := q.query()
	answer := q.answer(g)
	return g.newTCP(53, []message{
		{from: 0, head: append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)},
		{from: 1, head: append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)},
	})
}
