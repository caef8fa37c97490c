package printer

import (
	"bufio"
	"encoding/hex"
	"net/netip"
	"os"
	"strconv"
	"strings"
)

// espAssociation is a security association that -E gives the secret of.
type espAssociation struct {
	spi     uint32 // 0 for IKEv2 and for all
	version int    // of dst: 4, 6, or 0 for none
	dst     addr6  // or an IPv4 address in its first bytes
	cipher  espCipher
	icvLen  int // bytes of integrity check value behind the payload

	// of IKEv2
	initiator  bool
	spiI, spiR [8]byte
}

// espState is what is known of secrets, and the plain text of a packet.
type espState struct {
	list       []espAssociation // later ones come first
	defaultAt  int
	hasDefault bool
	read       bool // -E has been read

	packet uint64 // the count of the packet that plain belongs to
	plain  []byte
}

const (
	espSecretMax = 256 // bytes of a secret
	espFilesMax  = 8   // files that name files
)

// espAssociations are the associations of -E, which is read when it is first
// needed.
func (p *Printer) espAssociations() *espState {
	s := &p.conv.esp
	if p.opts.ESPSecret == "" {
		return s
	}
	p.inOrder()
	if !s.read {
		s.read = true
		r := espReader{p: p, file: "cmdline"}
		for rest := p.opts.ESPSecret; rest != ""; {
			line := rest
			rest = ""
			if i := strings.IndexAny(line, "\n,"); i >= 0 {
				line, rest = line[:i], line[i+1:]
			}
			r.line(line)
		}
	}
	return s
}

// espReader reads secrets, which are lines of
//
//	SPI@ADDRESS ALGORITHM:SECRET
//	ALGORITHM:SECRET
//	ikev2 I|R 0xSPI 0xSPI AUTHENTICATION:SECRET ALGORITHM:SECRET
//	file NAME
type espReader struct {
	p      *Printer
	file   string
	number int // of the line
	depth  int // of files
}

func (r *espReader) warn(message string) { r.p.warn("WARNING: " + message) }

// line reads one secret. Complaints go to the user, and the line is left out.
func (r *espReader) line(line string) {
	first, rest, more := espCutBlank(line)
	switch {
	case !more:
		var sa espAssociation
		if r.cipher(&sa, first) {
			r.add(sa)
			s := &r.p.conv.esp
			s.defaultAt, s.hasDefault = len(s.list)-1, true
		}
	case strings.EqualFold(first, "file"):
		r.include(rest)
	case strings.EqualFold(first, "ikev2"):
		r.ikev2(rest)
	default:
		r.esp(first, strings.TrimLeft(rest, " \t\r\n"))
	}
}

// espCutBlank cuts line at its first blank or tab.
func espCutBlank(line string) (before, after string, found bool) {
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+1:], true
}

func (r *espReader) add(sa espAssociation) { r.p.conv.esp.list = append(r.p.conv.esp.list, sa) }

// include reads the secrets in a file.
func (r *espReader) include(name string) {
	if r.depth == espFilesMax {
		r.warn("print_esp: " + r.file + " names too many files in files; " + name + " is not read")
		return
	}
	f, err := os.Open(name)
	if err != nil {
		r.warn("can't read the secrets of -E: " + err.Error())
		return
	}
	defer f.Close()
	inner := espReader{p: r.p, file: name, depth: r.depth + 1}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		inner.number++
		if line := lines.Text(); line != "" && line[0] != '#' {
			inner.line(line)
		}
	}
	if err := lines.Err(); err != nil {
		r.warn("can't read the secrets of -E in " + name + ": " + err.Error())
	}
}

// esp reads the secret of an association of ESP.
func (r *espReader) esp(where, secret string) {
	number, address, ok := strings.Cut(where, "@")
	spi, rest := espNumber(number)
	if !ok || rest == number {
		r.warn("print_esp: failed to decode spi# " + rest)
		return
	}
	sa := espAssociation{spi: spi}
	dst, err := netip.ParseAddr(address)
	if err != nil || dst.Zone() != "" {
		r.warn("print_esp: can not decode IP# " + address)
		return
	}
	if dst.Is4() {
		sa.version = 4
		b := dst.As4()
		copy(sa.dst[:], b[:])
	} else {
		sa.version = 6
		sa.dst = dst.As16()
	}
	if r.cipher(&sa, secret) {
		r.add(sa)
	}
}

// espNumber reads the decimal, octal (0) or hexadecimal (0x) number at the start
// of s and returns what follows it: all of s when there is none.
func espNumber(s string) (uint32, string) {
	base, digits := 10, s
	switch {
	case len(s) > 2 && (strings.HasPrefix(s, "0x") || strings.HasPrefix(s, "0X")):
		base, digits = 16, s[2:]
	case strings.HasPrefix(s, "0"):
		base = 8
	}
	for n := len(digits); n > 0; n-- {
		if v, err := strconv.ParseUint(digits[:n], base, 64); err == nil {
			return uint32(v), digits[n:]
		}
	}
	return 0, s
}

// ikev2 reads the secret of one direction of an association of IKEv2.
func (r *espReader) ikev2(line string) {
	var fields [5]string
	more := true
	for i := range fields {
		if !more {
			r.warn("print_esp: failed to find all fields for ikev2 at " + r.place())
			return
		}
		fields[i], line, more = espCutBlank(line)
	}
	role, spiI, spiR, auth, enc := fields[0], fields[1], fields[2], fields[3], fields[4]
	if role == "" || role[0] != 'I' && role[0] != 'R' || !espIsSPI(spiI) || !espIsSPI(spiR) {
		r.warn("print_esp: line " + r.place() + " improperly formatted.")
		r.warn("init=" + role + " icookie=" + spiI + "(" + strconv.Itoa(len(spiI)) + ") rcookie=" + spiR +
			"(" + strconv.Itoa(len(spiR)) + ")")
		return
	}
	sa := espAssociation{initiator: role[0] == 'I'}
	for _, spi := range []struct {
		dst  *[8]byte
		text string
	}{{&sa.spiI, spiI}, {&sa.spiR, spiR}} {
		b, ok := r.hex(spi.text[2:])
		if !ok {
			return
		}
		copy(spi.dst[:], b)
	}
	if !r.cipher(&sa, enc) {
		return
	}
	algorithm, _, ok := strings.Cut(auth, ":")
	if !ok {
		r.warn("failed to decode espsecret: " + auth)
		return
	}
	if strings.EqualFold(algorithm, "sha1") || strings.EqualFold(algorithm, "md5") {
		sa.icvLen = 12
	}
	r.add(sa)
}

func (r *espReader) place() string { return r.file + ":" + strconv.Itoa(r.number) }

// espIsSPI reports whether s is 0x and sixteen digits long.
func espIsSPI(s string) bool { return len(s) == 18 && strings.HasPrefix(s, "0x") }

// cipher reads ALGORITHM:SECRET into sa. The suffix -hmac96 says that 12 bytes of
// integrity check value follow the payload.
func (r *espReader) cipher(sa *espAssociation, text string) bool {
	name, secret, ok := strings.Cut(text, ":")
	if !ok {
		r.warn("failed to decode espsecret: " + text)
		return false
	}
	icvLen := 0
	if short, found := strings.CutSuffix(name, "-hmac96"); found && short != "" {
		name, icvLen = short, 12
	}
	if short, found := strings.CutSuffix(name, "-cbc"); found && short != "" {
		name = short
	}
	known := name
	if name == "3des" {
		known = "des-ede3-cbc"
	}
	a := espFindAlgorithm(known)
	if a == nil {
		r.warn("failed to find cipher algo " + name)
		return false
	}
	key := []byte(secret)
	if digits, found := strings.CutPrefix(secret, "0x"); found {
		if key, ok = r.hex(digits); !ok || len(key) == 0 {
			return false
		}
	}
	c, err := espNewCipher(a, key)
	if err != nil {
		r.warn(name + ": " + err.Error())
		return false
	}
	sa.cipher, sa.icvLen = c, icvLen
	return true
}

// hex reads pairs of hexadecimal digits; a last single one is left out.
func (r *espReader) hex(digits string) ([]byte, bool) {
	if len(digits)/2 > espSecretMax {
		r.warn("secret is too big: " + strconv.Itoa(len(digits)/2))
		return nil, false
	}
	b, err := hex.DecodeString(digits[:len(digits)/2*2])
	if err != nil {
		r.warn("espsecret: " + err.Error())
		return nil, false
	}
	return b, true
}
