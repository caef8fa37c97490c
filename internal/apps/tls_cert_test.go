package apps

import (
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// certificateMessage is the body of a Certificate message.
func certificateMessage(version uint16, certs ...[]byte) []byte {
	var b cryptobyte.Builder
	if version == tls13 {
		b.AddUint8(0)
	}
	b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) {
		for _, c := range certs {
			b.AddUint24LengthPrefixed(func(b *cryptobyte.Builder) { b.AddBytes(c) })
			if version == tls13 {
				b.AddUint16(0)
			}
		}
	})
	return b.BytesOrPanic()
}

// certText is what is said of a certificate.
func certText(c *tlsCert) string {
	d := New(Options{})
	t := talk{d: d, s: &stream{}}
	t.say()
	tlsSayOwner(&t, c)
	return strings.TrimPrefix(string(d.said.AppendText(nil, nil)), ":  ")
}

func TestCertificate(t *testing.T) {
	leaf := testCertificate(t, "kernel.org", "www.kernel.org").Certificate[0]
	nameless := testCertificate(t, "", "a.example", "b.example").Certificate[0]
	for _, version := range []uint16{tls12, tls13} {
		for want, der := range map[string][]byte{"(CN=kernel.org, until 2057-01-31)": leaf, "(SAN=a.example, until 2057-01-31)": nameless, "": []byte("\x30\x03abc")} {
			var c tlsCert
			if !c.parseCertificates(certificateMessage(version, der, leaf), version) || certText(&c) != want {
				t.Errorf("%04x: %s, want %s", version, certText(&c), want)
			}
		}
		var c tlsCert
		if c.parseCertificates(certificateMessage(version), version) {
			t.Error("a client that has no certificate has one")
		}
		message := certificateMessage(version, leaf)
		for n := range message {
			c.parseCertificates(message[:n], version)
		}
	}
}

func TestCertificateTime(t *testing.T) {
	for der, want := range map[string]string{
		"\x17\x0d270131235959Z":   "2027-01-31",
		"\x17\x0b2701312359Z":     "2027-01-31", // without seconds
		"\x17\x0d500131235959Z":   "1950-01-31",
		"\x18\x0f20570131235959Z": "2057-01-31",
		"\x17\x0dxx0131235959Z":   "0001-01-01",
		"\x18\x0499":              "0001-01-01",
		"":                        "0001-01-01",
	} {
		s := cryptobyte.String(der)
		if got := readASN1Time(&s).Format("2006-01-02"); got != want {
			t.Errorf("%q: %s, want %s", der, got, want)
		}
	}
}
