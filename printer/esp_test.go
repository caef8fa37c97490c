package printer

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/blowfish" //lint:ignore SA1019 as in the code
	"golang.org/x/crypto/cast5"    //lint:ignore SA1019 as in the code

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/versions"
)

// espTestKey and espTestIV are long enough for all ciphers.
var (
	espTestKey = []byte("0123456789abcdefGHIJKLMNOPQRSTUV")
	espTestIV  = []byte("an IV for esp...")
)

// espTestEncrypt encrypts with package crypto/cipher. It returns the IV as a
// packet carries it and the cipher text, or false when that package does not
// have the mode.
func espTestEncrypt(t *testing.T, a *espAlgorithm, plain []byte) (iv, text []byte, ok bool) {
	t.Helper()
	var block cipher.Block
	var err error
	switch a.keyLen {
	case espDES:
		block, err = des.NewCipher(espTestKey[:8])
	case espDES2:
		block, err = des.NewTripleDESCipher(append(bytes.Clone(espTestKey[:16]), espTestKey[:8]...))
	case espDES3:
		block, err = des.NewTripleDESCipher(espTestKey[:24])
	case espBlowfish:
		block, err = blowfish.NewCipher(espTestKey[:16])
	case espCAST:
		block, err = cast5.NewCipher(espTestKey[:16])
	default:
		block, err = aes.NewCipher(espTestKey[:a.keyLen])
	}
	if err != nil {
		t.Fatal(err)
	}
	n := block.BlockSize()
	iv, text = espTestIV[:n], make([]byte, len(plain))
	switch a.mode {
	case espCBC:
		cipher.NewCBCEncrypter(block, iv).CryptBlocks(text, plain)
	case espECB:
		iv = nil
		for i := 0; i < len(plain); i += n {
			block.Encrypt(text[i:], plain[i:])
		}
	case espCFB:
		//lint:ignore SA1019 the mode is what is tested
		cipher.NewCFBEncrypter(block, iv).XORKeyStream(text, plain) //nolint:staticcheck // an oracle
	case espOFB:
		//lint:ignore SA1019 the mode is what is tested
		cipher.NewOFB(block, iv).XORKeyStream(text, plain) //nolint:staticcheck // an oracle
	case espCTR:
		cipher.NewCTR(block, iv).XORKeyStream(text, plain)
	case espGCM:
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		iv = espTestIV[:12]
		text = gcm.Seal(nil, iv, plain, nil)[:len(plain)]
	default:
		return nil, nil, false
	}
	return iv, text, true
}

// TestESPAlgorithms decrypts with every algorithm what package crypto/cipher
// encrypted.
func TestESPAlgorithms(t *testing.T) {
	plain := bytes.Repeat([]byte("plain text, four"), 5)
	for i := range espAlgorithms {
		a := &espAlgorithms[i]
		iv, text, ok := espTestEncrypt(t, a, plain)
		if !ok {
			continue
		}
		c, err := espNewCipher(a, espTestKey)
		if err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
		if c.ivLen != len(iv) {
			t.Errorf("%s: the IV has %d bytes, want %d", a.name, c.ivLen, len(iv))
		}
		got := make([]byte, len(text))
		c.decrypt(new(espWork), got, text, iv)
		if !bytes.Equal(got, plain) {
			t.Errorf("%s: decrypted %q, want %q", a.name, got, plain)
		}
	}
}

// TestESPKnownAnswers decrypts the examples of NIST SP 800-38A (F.3.1, F.3.7),
// and what OpenSSL encrypted with the test's key and IV.
func TestESPKnownAnswers(t *testing.T) {
	unhex := func(s string) []byte {
		b, err := hex.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const nistKey, nistIV = "2b7e151628aed2a6abf7158809cf4f3c", "000102030405060708090a0b0c0d0e0f"
	key := hex.EncodeToString(espTestKey)
	plain := hex.EncodeToString([]byte("\x13\x88\x17\x70\x00\x26\x00\x00ijklmnopqrstuvwxyzabcdefghijkl\x01\x02\x03\x04\x05\x06\x07\x08\x08\x11"))
	for _, test := range []struct{ name, key, iv, text, plain string }{
		{"AES-128-CFB1", nistKey, nistIV, "68b3", "6bc1"},
		{"AES-128-CFB8", nistKey, nistIV, "3b79424c9c0dd436bace9e0ed4586a4f32b9", "6bc1bee22e409f96e93d7e117393172aae2d"},
		{"bf", key, hex.EncodeToString(espTestIV[:8]), "1d60decc988c9c70e28ceec5e548d6239a7a0838b3abca104eb21612ff989df5964c765608ae75cf9a0af6f31753c1e4", plain},
		{"cast128", key, hex.EncodeToString(espTestIV[:8]), "7680e84a249085d2c3e40bf22ce75c15e687bfd3b976f9758d66ccf26a37cabf92868b860c3ca054c398653673d57472", plain},
		{"des-ede3-cfb1", key, hex.EncodeToString(espTestIV[:8]), "de0821b011fe6e134b82d0998307babbf9c80938907795100f9845602f736ee9e39fa645cf43c8787699d3a30072c328", plain},
		{"aes-128-cbc-hmac-sha1", key, hex.EncodeToString(espTestIV), "51a836e1d9862b0a173b36a3614ace2870a5e9b473c20a483be579e6f6a293cc1240bcf630d843abe0f7566432c55d73", plain},
	} {
		c, err := espNewCipher(espFindAlgorithm(test.name), unhex(test.key))
		if err != nil {
			t.Fatal(err)
		}
		text := unhex(test.text)
		got := make([]byte, len(text))
		c.decrypt(new(espWork), got, text, unhex(test.iv))
		if hex.EncodeToString(got) != test.plain {
			t.Errorf("%s: decrypted %x, want %s", test.name, got, test.plain)
		}
	}
}

// TestESPSecrets reads texts of -E: which associations they make, and what the
// user is warned.
func TestESPSecrets(t *testing.T) {
	dir := t.TempDir()
	inner, loop := filepath.Join(dir, "inner"), filepath.Join(dir, "loop")
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(inner, "# secrets\n\n0x10@192.0.2.1 aes128:k\nbroken\n")
	write(loop, "file "+loop+"\n")
	for _, test := range []struct {
		text     string
		count    int
		warnings string // joined by |
		err      string
	}{
		{"aes128:secret", 1, "", ""},
		{"0x10@192.0.2.1 aes128:k,020@2001:db8::1\taes256-cbc-hmac96:0x00", 2, "", ""},
		{"FILE " + inner, 1, "failed to decode espsecret: broken", ""},
		{"file " + loop, 0, "", "name each other"},
		{"file " + filepath.Join(dir, "none"), 0, "", "No such file"},
		{"no-such-cipher-cbc:k", 0, "failed to find cipher algo no-such-cipher", ""},
		{"blowfish-cbc:k,cast128-cbc:k,cast-cbc-hmac96:k,BF-CBC:k,aes-128-cbc-hmac-sha1:k,aes-256-ccm:k", 6, "", ""},
		{"aes-128-cbc:k", 0, "failed to find cipher algo aes-128", ""}, // as in tcpdump
		{"camellia-192:k", 0, "failed to find cipher algo camellia-192", ""},
		{"camellia128-cbc:k", 0, "cipher algo camellia128 is not supported: aes, des, 3des, blowfish and cast128 are", ""},
		{"ChaCha20-Poly1305:k", 0, "cipher algo ChaCha20-Poly1305 is not supported: aes, des, 3des, blowfish and cast128 are", ""},
		{"id-aes128-wrap-pad:k", 0, "cipher algo id-aes128-wrap-pad is not supported: aes, des, 3des, blowfish and cast128 are", ""},
		{"aes-256-xts:k", 0, "cipher algo aes-256-xts is not supported: aes, des, 3des, blowfish and cast128 are", ""},
		{"aes128:0x0g", 0, "", "invalid hex digit g in espsecret"},
		{"aes128:0x", 0, "", ""},
		{"aes128:0x" + strings.Repeat("00", 257), 0, "secret is too big: 257", ""},
		{"12x192.0.2.1 aes128:k", 0, "print_esp: failed to decode spi# x192.0.2.1", ""},
		{"x@192.0.2.1 aes128:k", 0, "print_esp: failed to decode spi# x", ""},
		{"1@host aes128:k", 0, "print_esp: can not decode IP# host", ""},
		{"ikev2 I 0x0001020304050607 0x0001020304050607 sha1:k aes128:k", 1, "", ""},
		{"ikev2 I 0x0001020304050607 0x0001020304050607 sha1:k", 0,
			"print_esp: failed to find all fields for ikev2 at cmdline:0", ""},
		{"ikev2 X 0x00 0x01 sha1:k aes128:k", 0,
			"print_esp: line cmdline:0 improperly formatted.|init=X icookie=0x00(4) rcookie=0x01(4)", ""},
		{"ikev2 I 0x0001020304050607 0x0001020304050607 sha1 aes128:k", 0, "failed to decode espsecret: sha1", ""},
	} {
		s, err := ReadESPSecrets(test.text, versions.V4_99_6)
		if err != nil || test.err != "" {
			if err == nil || test.err == "" || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%q: error %v, want one with %q", test.text, err, test.err)
			}
			continue
		}
		warnings := strings.ReplaceAll(strings.Join(s.warnings, "|"), "WARNING: ", "")
		if len(s.list) != test.count || warnings != test.warnings {
			t.Errorf("%q: %d associations and %q, want %d and %q", test.text, len(s.list), warnings, test.count, test.warnings)
		}
	}
}

// TestESPDigits: from 5.0 on, a digit that is none leaves out the secret it is in.
func TestESPDigits(t *testing.T) {
	for _, text := range []string{
		"aes128:0x0g", "16@192.0.2.2 aes128:0xg0", "ikev2 I 0x000102030405060g 0x0001020304050607 sha1:k aes128:k",
		"ikev2 I 0x0001020304050607 0x00010203040506g7 sha1:k aes128:k", "ikev2 I 0x0001020304050607 0x0001020304050607 sha1:k aes128:0xg",
	} {
		if _, err := ReadESPSecrets(text, versions.V4_99); err == nil && !strings.HasSuffix(text, "0xg") {
			t.Errorf("4.99 accepts %q", text)
		}
		s, err := ReadESPSecrets(text+",aes128:k", versions.V5_0)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		want := []string{"WARNING: invalid hex digit g in espsecret"}
		if strings.HasSuffix(text, "0xg") {
			want = nil // a single digit is left out unseen
		}
		if len(s.list) != 1 || !slices.Equal(s.warnings, want) {
			t.Errorf("%q: %d associations and %q, want that behind it, and %q", text, len(s.list), s.warnings, want)
		}
	}
}

// TestESPAssociation: a packet is decrypted with the secret for its SPI and
// destination, the one given last, and faults are told once.
func TestESPAssociation(t *testing.T) {
	aes128 := espFindAlgorithm("aes128")
	plain := []byte{0x13, 0x88, 0x17, 0x70, 0, 8, 0, 0, 1, 2, 3, 4, 5, 6, 6, 17} // UDP, padding
	iv, text, _ := espTestEncrypt(t, aes128, plain)
	body := append([]byte{0, 0, 0, 16, 0, 0, 0, 1}, iv...)
	data, err := wrapHeaders(capture.LinkEN10MB, []string{"ip4", "50"}, append(body, text...))
	if err != nil {
		t.Fatal(err)
	}
	pkt := capture.Packet{Data: data, Length: uint32(len(data)), LinkType: capture.LinkEN10MB}
	good := " aes128:" + string(espTestKey[:16])
	const shown, hidden = ": 5000 > 6000: UDP, length 0\n", "length 40\n"
	for _, test := range []struct {
		secrets, end string
		warnings     int
	}{
		{"16@192.0.2.2" + good, shown, 0},
		{"17@192.0.2.2" + good, hidden, 0},
		{"16@192.0.2.3" + good, hidden, 0},
		{"16@192.0.2.2 aes128:wrong,16@192.0.2.2" + good, shown, 0},
		{"16@192.0.2.2 aes128-hmac96:wrong", hidden, 2},
		{"16@192.0.2.2 aes-128-ccm:any", hidden, 2},
		{"nonsense,16@192.0.2.2" + good, shown, 1},
		{good[1:], shown, 0},
	} {
		s, err := ReadESPSecrets(test.secrets, versions.V4_99_6)
		if err != nil {
			t.Fatal(err)
		}
		told := 0
		p := New(Options{ESPSecret: s, Warn: func(string) { told++ }})
		p.Print(nil, &pkt)
		if got := string(p.Print(nil, &pkt)); !strings.HasSuffix(got, test.end) || told != test.warnings {
			t.Errorf("%q: printed %q and told %d faults, want an end %q and %d", test.secrets, got, told, test.end, test.warnings)
		}
	}
}
