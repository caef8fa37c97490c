package printer

import (
	"bufio"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/versions"
)

var espDigits = versions.Since(versions.V5_0, "-E", "a hexadecimal digit that is none is an error", "it is warned of, and the secret is left out")

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

// ESPSecrets are the secrets of -E, and what is wrong with them. They do not
// change once read, so that printers in several goroutines may share them.
type ESPSecrets struct {
	list       []espAssociation // later ones come first
	defaultAt  int
	hasDefault bool
	warnings   []string // told at the first packet that could need a secret
}

// ReadESPSecrets reads the text of -E: secrets between commas or line ends, each
//
//	SPI@ADDRESS ALGORITHM:SECRET
//	ALGORITHM:SECRET
//	ikev2 I|R 0xSPI 0xSPI AUTHENTICATION:SECRET ALGORITHM:SECRET
//	file NAME
//
// where a file has one on each line. Algorithms have OpenSSL's names, and
// secrets that begin with 0x are hexadecimal. A file that cannot be read and, in
// older versions, a digit that is none are errors; other faults leave out the secret
// they are in.
func ReadESPSecrets(text string, like versions.Version) (*ESPSecrets, error) {
	r := espReader{secrets: new(ESPSecrets), like: like, file: "cmdline"}
	for text != "" {
		line := text
		text = ""
		if i := strings.IndexAny(line, "\n,"); i >= 0 {
			line, text = line[:i], line[i+1:]
		}
		if err := r.line(line); err != nil {
			return nil, err
		}
	}
	return r.secrets, nil
}

const (
	espSecretMax = 256 // bytes of a secret
	espFilesMax  = 8   // files that name files
)

// espReader reads secrets.
type espReader struct {
	secrets *ESPSecrets
	like    versions.Version
	file    string
	number  int // of the line
	depth   int // of files
}

func (r *espReader) warn(message string) {
	r.secrets.warnings = append(r.secrets.warnings, "WARNING: "+message)
}

// line reads one secret.
func (r *espReader) line(line string) error {
	first, rest, more := espCutBlank(line)
	switch {
	case !more:
		var sa espAssociation
		ok, err := r.cipher(&sa, first)
		if ok {
			r.add(sa)
			r.secrets.defaultAt, r.secrets.hasDefault = len(r.secrets.list)-1, true
		}
		return err
	case strings.EqualFold(first, "file"):
		return r.include(rest)
	case strings.EqualFold(first, "ikev2"):
		return r.ikev2(rest)
	}
	return r.esp(first, strings.TrimLeft(rest, " \t\r\n"))
}

// espCutBlank cuts line at its first blank or tab.
func espCutBlank(line string) (before, after string, found bool) {
	i := strings.IndexAny(line, " \t")
	if i < 0 {
		return line, "", false
	}
	return line[:i], line[i+1:], true
}

func (r *espReader) add(sa espAssociation) { r.secrets.list = append(r.secrets.list, sa) }

// espSecretsError is an error of reading a file of secrets.
type espSecretsError struct {
	what  string
	cause error
}

func (e *espSecretsError) Error() string { return e.what + ": " + syserr.Text(e.cause) }
func (e *espSecretsError) Unwrap() error { return e.cause }

// include reads the secrets in a file.
func (r *espReader) include(name string) error {
	if r.depth == espFilesMax {
		return errors.New("the files of -E name each other: " + name + " is " + strconv.Itoa(r.depth+1) + " files deep")
	}
	f, err := os.Open(name)
	if err != nil {
		return &espSecretsError{"can't read the secrets of -E", err}
	}
	defer f.Close()
	inner := espReader{secrets: r.secrets, like: r.like, file: name, depth: r.depth + 1}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		inner.number++
		if line := lines.Text(); line != "" && line[0] != '#' {
			if err := inner.line(line); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return &espSecretsError{"can't read the secrets of -E in " + name, err}
	}
	return nil
}

// esp reads the secret of an association of ESP.
func (r *espReader) esp(where, secret string) error {
	number, address, ok := strings.Cut(where, "@")
	spi, rest := espNumber(number)
	if !ok || rest == number {
		r.warn("print_esp: failed to decode spi# " + rest)
		return nil
	}
	sa := espAssociation{spi: spi}
	dst, err := netip.ParseAddr(address)
	if err != nil || dst.Zone() != "" {
		r.warn("print_esp: can not decode IP# " + address)
		return nil
	}
	if dst.Is4() {
		sa.version = 4
		b := dst.As4()
		copy(sa.dst[:], b[:])
	} else {
		sa.version = 6
		sa.dst = dst.As16()
	}
	ok, err = r.cipher(&sa, secret)
	if ok {
		r.add(sa)
	}
	return err
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
func (r *espReader) ikev2(line string) error {
	var fields [5]string
	more := true
	for i := range fields {
		if !more {
			r.warn("print_esp: failed to find all fields for ikev2 at " + r.place())
			return nil
		}
		fields[i], line, more = espCutBlank(line)
	}
	role, spiI, spiR, auth, enc := fields[0], fields[1], fields[2], fields[3], fields[4]
	if role == "" || role[0] != 'I' && role[0] != 'R' || !espIsSPI(spiI) || !espIsSPI(spiR) {
		r.warn("print_esp: line " + r.place() + " improperly formatted.")
		r.warn("init=" + role + " icookie=" + spiI + "(" + strconv.Itoa(len(spiI)) + ") rcookie=" + spiR +
			"(" + strconv.Itoa(len(spiR)) + ")")
		return nil
	}
	sa := espAssociation{initiator: role[0] == 'I'}
	for _, spi := range []struct {
		dst  *[8]byte
		text string
	}{{&sa.spiI, spiI}, {&sa.spiR, spiR}} {
		b, err := r.hex(spi.text[2:])
		if b == nil {
			return err
		}
		copy(spi.dst[:], b)
	}
	if ok, err := r.cipher(&sa, enc); !ok {
		return err
	}
	algorithm, _, ok := strings.Cut(auth, ":")
	if !ok {
		r.warn("failed to decode espsecret: " + auth)
		return nil
	}
	if strings.EqualFold(algorithm, "sha1") || strings.EqualFold(algorithm, "md5") {
		sa.icvLen = 12
	}
	r.add(sa)
	return nil
}

func (r *espReader) place() string { return r.file + ":" + strconv.Itoa(r.number) }

// espIsSPI reports whether s is 0x and sixteen digits long.
func espIsSPI(s string) bool { return len(s) == 18 && strings.HasPrefix(s, "0x") }

// cipher reads ALGORITHM:SECRET into sa and reports whether it could. The suffix
// -hmac96 means that 12 bytes of integrity check value follow the payload.
func (r *espReader) cipher(sa *espAssociation, text string) (bool, error) {
	name, secret, ok := strings.Cut(text, ":")
	if !ok {
		r.warn("failed to decode espsecret: " + text)
		return false, nil
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
		if espForeign(name) {
			r.warn("cipher algo " + name + " is not supported: aes, des, 3des, blowfish and cast128 are")
		} else {
			r.warn("failed to find cipher algo " + name)
		}
		return false, nil
	}
	key := []byte(secret)
	if digits, found := strings.CutPrefix(secret, "0x"); found {
		var err error
		if key, err = r.hex(digits); err != nil || len(key) == 0 {
			return false, err
		}
	}
	var err error
	if sa.cipher, err = espNewCipher(a, key); err != nil {
		return false, err
	}
	sa.icvLen = icvLen
	return true, nil
}

// hex reads pairs of hexadecimal digits; a last single one is left out, and a
// secret that is too long is none.
func (r *espReader) hex(digits string) ([]byte, error) {
	n := len(digits) / 2
	if n > espSecretMax {
		r.warn("secret is too big: " + strconv.Itoa(n))
		return nil, nil
	}
	b := make([]byte, n)
	for i := range 2 * n {
		v, err := strconv.ParseUint(digits[i:i+1], 16, 8)
		if err != nil {
			fault := "invalid hex digit " + digits[i:i+1] + " in espsecret"
			if espDigits.In(r.like) {
				r.warn(fault)
				return nil, nil
			}
			return nil, errors.New(fault)
		}
		b[i/2] = b[i/2]<<4 | byte(v)
	}
	return b, nil
}
