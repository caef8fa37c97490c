package apps

// QPACK: RFC 9204.

import (
	"bytes"

	"golang.org/x/net/http2/hpack"
)

const (
	// qpackMaxTable is the largest dynamic table that is kept, in bytes of RFC 9204
	// 3.2.1.
	qpackMaxTable = 16 << 10
	// qpackMaxSection is the longest field section, and the longest string in it.
	qpackMaxSection = 16 << 10
)

// qpackField is a field line.
type qpackField struct{ name, value string }

func (f qpackField) size() int { return len(f.name) + len(f.value) + 32 }

// qpackTable is the dynamic table that one side fills (RFC 9204 3.2).
type qpackTable struct {
	fields   []qpackField // the oldest first
	inserted uint64       // since the begin
	bytes    int
	capacity int
	broken   bool // the encoder's stream is not understood any more
}

// at is the field of an absolute index.
func (q *qpackTable) at(index uint64) (f qpackField, ok bool) {
	oldest := q.inserted - uint64(len(q.fields))
	if q.broken || index < oldest || index >= q.inserted {
		return f, false
	}
	return q.fields[index-oldest], true
}

func (q *qpackTable) insert(f qpackField) {
	q.fields = append(q.fields, f)
	q.inserted++
	q.bytes += f.size()
	q.evict()
}

func (q *qpackTable) evict() {
	for q.bytes > q.capacity && len(q.fields) > 0 {
		q.bytes -= q.fields[0].size()
		q.fields = q.fields[1:]
	}
}

// encoder reads instructions of the encoder's stream (RFC 9204 4.3), and returns how
// many bytes they had. What is not whole is left.
func (q *qpackTable) encoder(b []byte) (n int) {
	for n < len(b) && !q.broken {
		r := qpackReader{b: b[n:]}
		first := b[n]
		switch {
		case first&0x80 != 0: // Insert with Name Reference
			index := r.number(6)
			value := r.text(7)
			f, ok := q.reference(first&0x40 != 0, index)
			if r.bad {
				break
			}
			q.broken = !ok
			q.insert(qpackField{f.name, value})
		case first&0x40 != 0: // Insert with Literal Name
			f := qpackField{name: r.text(5)}
			f.value = r.text(7)
			if !r.bad {
				q.insert(f)
			}
		case first&0x20 != 0: // Set Dynamic Table Capacity
			capacity := r.number(5)
			if !r.bad {
				q.capacity = int(min(capacity, qpackMaxTable))
				q.broken = capacity > qpackMaxTable
				q.evict()
			}
		default: // Duplicate
			index := r.number(5)
			if !r.bad {
				f, ok := q.reference(false, index)
				q.broken = !ok
				q.insert(f)
			}
		}
		if r.bad {
			if len(b)-n > qpackMaxSection {
				q.broken = true
			}
			return n
		}
		n += r.i
	}
	return len(b)
}

// reference is a field that an instruction of the encoder refers to.
func (q *qpackTable) reference(static bool, index uint64) (qpackField, bool) {
	if static {
		return qpackStaticAt(index)
	}
	if index >= q.inserted {
		return qpackField{}, false
	}
	return q.at(q.inserted - 1 - index)
}

// section ranges over the field lines of an encoded field section (RFC 9204 4.5)
// whose names and values are known. It is false if it ends early.
func (q *qpackTable) section(b []byte, yield func(f qpackField)) bool {
	r := qpackReader{b: b}
	required := q.required(r.number(8))
	negative := r.i < len(b) && b[r.i]&0x80 != 0
	base := required + r.number(7)
	if negative {
		base = 2*required - base - 1
	}
	for r.i < len(b) && !r.bad {
		first := b[r.i]
		var f qpackField
		known := true
		switch {
		case first&0x80 != 0: // Indexed Field Line
			f, known = q.line(first&0x40 != 0, base, r.number(6))
		case first&0x40 != 0: // Literal Field Line with Name Reference
			f, known = q.line(first&0x10 != 0, base, r.number(4))
			f.value = r.text(7)
		case first&0x20 != 0: // Literal Field Line with Literal Name
			f.name = r.text(3)
			f.value = r.text(7)
		case first&0x10 != 0: // Indexed Field Line with Post-Base Index
			f, known = q.at(base + r.number(4))
		default: // Literal Field Line with Post-Base Name Reference
			f, known = q.at(base + r.number(3))
			f.value = r.text(7)
		}
		if known && !r.bad {
			yield(f)
		}
	}
	return !r.bad
}

// line is the field that a field line refers to.
func (q *qpackTable) line(static bool, base, index uint64) (qpackField, bool) {
	if static {
		return qpackStaticAt(index)
	}
	return q.at(base - 1 - index)
}

// required is the Required Insert Count that was encoded (RFC 9204 4.5.1.1), where the
// capacity of the table is the largest that it may have.
func (q *qpackTable) required(encoded uint64) uint64 {
	entries := uint64(q.capacity / 32)
	if encoded == 0 || entries == 0 || encoded > 2*entries {
		return 0
	}
	most := q.inserted + entries
	count := most/(2*entries)*(2*entries) + encoded - 1
	if count > most {
		if count <= 2*entries {
			return 0
		}
		count -= 2 * entries
	}
	return count
}

// qpackReader reads numbers and strings; past the end it is bad.
type qpackReader struct {
	b   []byte
	i   int
	bad bool
}

// number reads an integer of which the first byte has so many bits (RFC 7541 5.1).
func (r *qpackReader) number(bits int) (v uint64) {
	if r.bad || r.i >= len(r.b) {
		r.bad = true
		return 0
	}
	most := uint64(1)<<bits - 1
	v = uint64(r.b[r.i]) & most
	r.i++
	if v < most {
		return v
	}
	for shift := 0; shift < 35; shift += 7 {
		if r.i >= len(r.b) {
			break
		}
		c := r.b[r.i]
		r.i++
		v += uint64(c&0x7f) << shift
		if c&0x80 == 0 {
			return v
		}
	}
	r.bad = true
	return 0
}

// text reads a string whose length has so many bits in its first byte, with the bit
// in front of it for Huffman's code (RFC 7541 5.2).
func (r *qpackReader) text(bits int) string {
	if r.bad || r.i >= len(r.b) {
		r.bad = true
		return ""
	}
	huffman := r.b[r.i]>>bits&1 != 0
	n := r.number(bits)
	if r.bad || n > uint64(len(r.b)-r.i) {
		r.bad = true
		return ""
	}
	raw := r.b[r.i : r.i+int(n)]
	r.i += int(n)
	if !huffman {
		return string(raw)
	}
	var out bytes.Buffer
	if _, err := hpack.HuffmanDecode(&out, raw); err != nil {
		return "" // it is nobody's, and the rest is understood
	}
	return out.String()
}

// qpackStaticAt is a field of the static table.
func qpackStaticAt(index uint64) (f qpackField, ok bool) {
	if index >= uint64(len(qpackStatic)) {
		return f, false
	}
	return qpackStatic[index], true
}

// qpackStatic is the static table (RFC 9204, appendix A).
var qpackStatic = [...]qpackField{
	{":authority", ""},
	{":path", "/"},
	{"age", "0"},
	{"content-disposition", ""},
	{"content-length", "0"},
	{"cookie", ""},
	{"date", ""},
	{"etag", ""},
	{"if-modified-since", ""},
	{"if-none-match", ""},
	{"last-modified", ""},
	{"link", ""},
	{"location", ""},
	{"referer", ""},
	{"set-cookie", ""},
	{":method", "CONNECT"},
	{":method", "DELETE"},
	{":method", "GET"},
	{":method", "HEAD"},
	{":method", "OPTIONS"},
	{":method", "POST"},
	{":method", "PUT"},
	{":scheme", "http"},
	{":scheme", "https"},
	{":status", "103"},
	{":status", "200"},
	{":status", "304"},
	{":status", "404"},
	{":status", "503"},
	{"accept", "*/*"},
	{"accept", "application/dns-message"},
	{"accept-encoding", "gzip, deflate, br"},
	{"accept-ranges", "bytes"},
	{"access-control-allow-headers", "cache-control"},
	{"access-control-allow-headers", "content-type"},
	{"access-control-allow-origin", "*"},
	{"cache-control", "max-age=0"},
	{"cache-control", "max-age=2592000"},
	{"cache-control", "max-age=604800"},
	{"cache-control", "no-cache"},
	{"cache-control", "no-store"},
	{"cache-control", "public, max-age=31536000"},
	{"content-encoding", "br"},
	{"content-encoding", "gzip"},
	{"content-type", "application/dns-message"},
	{"content-type", "application/javascript"},
	{"content-type", "application/json"},
	{"content-type", "application/x-www-form-urlencoded"},
	{"content-type", "image/gif"},
	{"content-type", "image/jpeg"},
	{"content-type", "image/png"},
	{"content-type", "text/css"},
	{"content-type", "text/html; charset=utf-8"},
	{"content-type", "text/plain"},
	{"content-type", "text/plain;charset=utf-8"},
	{"range", "bytes=0-"},
	{"strict-transport-security", "max-age=31536000"},
	{"strict-transport-security", "max-age=31536000; includesubdomains"},
	{"strict-transport-security", "max-age=31536000; includesubdomains; preload"},
	{"vary", "accept-encoding"},
	{"vary", "origin"},
	{"x-content-type-options", "nosniff"},
	{"x-xss-protection", "1; mode=block"},
	{":status", "100"},
	{":status", "204"},
	{":status", "206"},
	{":status", "302"},
	{":status", "400"},
	{":status", "403"},
	{":status", "421"},
	{":status", "425"},
	{":status", "500"},
	{"accept-language", ""},
	{"access-control-allow-credentials", "FALSE"},
	{"access-control-allow-credentials", "TRUE"},
	{"access-control-allow-headers", "*"},
	{"access-control-allow-methods", "get"},
	{"access-control-allow-methods", "get, post, options"},
	{"access-control-allow-methods", "options"},
	{"access-control-expose-headers", "content-length"},
	{"access-control-request-headers", "content-type"},
	{"access-control-request-method", "get"},
	{"access-control-request-method", "post"},
	{"alt-svc", "clear"},
	{"authorization", ""},
	{"content-security-policy", "script-src 'none'; object-src 'none'; base-uri 'none'"},
	{"early-data", "1"},
	{"expect-ct", ""},
	{"forwarded", ""},
	{"if-range", ""},
	{"origin", ""},
	{"purpose", "prefetch"},
	{"server", ""},
	{"timing-allow-origin", "*"},
	{"upgrade-insecure-requests", "1"},
	{"user-agent", ""},
	{"x-forwarded-for", ""},
	{"x-frame-options", "deny"},
	{"x-frame-options", "sameorigin"},
}
