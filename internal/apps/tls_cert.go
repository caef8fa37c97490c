package apps

import (
	"strconv"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// tlsCert is what is said of a certificate (RFC 5280 4.1). Its slices lie in the
// message. What is malformed or missing is empty: a certificate that cannot be
// read well is seldom what was looked for, but it was sent.
type tlsCert struct {
	name        []byte // the common name of the subject
	alternative []byte // the first DNS name of subjectAltName
	notAfter    time.Time
}

// OIDs, as DER has them.
const (
	oidCommonName  = "\x55\x04\x03"
	oidAlternative = "\x55\x1d\x11"
)

// parseCertificates reads the certificate of the peer itself from the body of a
// Certificate message: of TLS up to 1.2 (RFC 5246 7.4.2) or of 1.3 (RFC 8446
// 4.4.2). It is false if there is none.
func (c *tlsCert) parseCertificates(body []byte, version uint16) bool {
	*c = tlsCert{}
	s := cryptobyte.String(body)
	var context, list, leaf cryptobyte.String
	if version == tls13 || version == dtls13 {
		if !s.ReadUint8LengthPrefixed(&context) {
			return false
		}
	}
	if !s.ReadUint24LengthPrefixed(&list) || !list.ReadUint24LengthPrefixed(&leaf) {
		return false
	}
	c.parse(leaf)
	return true
}

// parse reads a certificate as far as it can.
func (c *tlsCert) parse(der cryptobyte.String) {
	var cert, tbs, validity, subject cryptobyte.String
	if !der.ReadASN1(&cert, asn1.SEQUENCE) || !cert.ReadASN1(&tbs, asn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(asn1.Tag(0).ContextSpecific().Constructed()) || // version
		!tbs.SkipASN1(asn1.INTEGER) || !tbs.SkipASN1(asn1.SEQUENCE) || !tbs.SkipASN1(asn1.SEQUENCE) ||
		!tbs.ReadASN1(&validity, asn1.SEQUENCE) {
		return
	}
	readASN1Time(&validity) // from when it is valid
	c.notAfter = readASN1Time(&validity)
	if !tbs.ReadASN1(&subject, asn1.SEQUENCE) {
		return
	}
	c.parseSubject(subject)
	var all, extensions cryptobyte.String
	var has bool
	if !tbs.SkipASN1(asn1.SEQUENCE) ||
		!tbs.SkipOptionalASN1(asn1.Tag(1).ContextSpecific()) || !tbs.SkipOptionalASN1(asn1.Tag(2).ContextSpecific()) ||
		!tbs.ReadOptionalASN1(&all, &has, asn1.Tag(3).ContextSpecific().Constructed()) || !has ||
		!all.ReadASN1(&extensions, asn1.SEQUENCE) {
		return
	}
	c.parseExtensions(extensions)
}

// parseSubject looks for the common name; of several the last is the most specific.
func (c *tlsCert) parseSubject(s cryptobyte.String) {
	var set, pair, oid, value cryptobyte.String
	var tag asn1.Tag
	for s.ReadASN1(&set, asn1.SET) {
		for set.ReadASN1(&pair, asn1.SEQUENCE) {
			if pair.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) && string(oid) == oidCommonName && pair.ReadAnyASN1(&value, &tag) {
				c.name = value
			}
		}
	}
}

// parseExtensions looks for the first DNS name.
func (c *tlsCert) parseExtensions(s cryptobyte.String) {
	var extension, oid, value, names, name cryptobyte.String
	var tag asn1.Tag
	for s.ReadASN1(&extension, asn1.SEQUENCE) {
		if !extension.ReadASN1(&oid, asn1.OBJECT_IDENTIFIER) || string(oid) != oidAlternative ||
			!extension.SkipOptionalASN1(asn1.BOOLEAN) || !extension.ReadASN1(&value, asn1.OCTET_STRING) ||
			!value.ReadASN1(&names, asn1.SEQUENCE) {
			continue
		}
		for names.ReadAnyASN1(&name, &tag) {
			if tag == asn1.Tag(2).ContextSpecific() {
				c.alternative = name
				return
			}
		}
	}
}

// readASN1Time reads a UTCTime or a GeneralizedTime; the zero Time if it is none.
// Seconds and the zone, which RFC 5280 demands, are not looked at: they may be
// missing, and a day is all that is said.
func readASN1Time(s *cryptobyte.String) time.Time {
	var value cryptobyte.String
	var tag asn1.Tag
	if !s.ReadAnyASN1(&value, &tag) {
		return time.Time{}
	}
	digits, years := string(value), 4
	if tag == asn1.UTCTime {
		years = 2
	} else if tag != asn1.GeneralizedTime {
		return time.Time{}
	}
	if len(digits) < years+8 {
		return time.Time{}
	}
	var n [5]int // year, month, day, hour, minute
	for i := range n {
		width := 2
		if i == 0 {
			width = years
		}
		v, err := strconv.ParseUint(digits[:width], 10, 16)
		if err != nil {
			return time.Time{}
		}
		n[i], digits = int(v), digits[width:]
	}
	switch {
	case years == 2 && n[0] < 50:
		n[0] += 2000
	case years == 2:
		n[0] += 1900
	}
	return time.Date(n[0], time.Month(n[1]), n[2], n[3], n[4], 0, 0, time.UTC)
}
