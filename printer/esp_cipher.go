package printer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"strings"

	"golang.org/x/crypto/blowfish" //lint:ignore SA1019 what was encrypted with it has to be read
	"golang.org/x/crypto/cast5"    //lint:ignore SA1019 likewise
)

// espMode is a mode of operation (NIST SP 800-38A and 38D).
type espMode uint8

const (
	espCBC espMode = iota
	espECB
	espCFB
	espCFB8
	espCFB1
	espOFB
	espCTR
	espGCM
	espCCM
)

// espCipher decrypts with one key. The modes are written out here because those
// of package crypto/cipher allocate for every packet.
type espCipher struct {
	block cipher.Block
	mode  espMode
	ivLen int
}

// espWork is what decrypting works with.
type espWork struct {
	register [16]byte // or counter
	pad      [16]byte // the key stream
}

// decrypts reports whether there is plain text at all: libcrypto decrypts CCM
// only for those who tell it the length and the tag before, as tcpdump does not.
func (c *espCipher) decrypts() bool { return c.mode != espCCM }

// unit is the size that the cipher text is a multiple of.
func (c *espCipher) unit() int {
	if c.mode == espCBC || c.mode == espECB {
		return c.block.BlockSize()
	}
	return 1
}

// decrypt writes the plain text of src to dst, which is as long and does not
// overlap it.
func (c *espCipher) decrypt(w *espWork, dst, src, iv []byte) {
	n := c.block.BlockSize()
	w.register = [16]byte{}
	copy(w.register[:], iv)
	register, pad := w.register[:n], w.pad[:n]
	switch c.mode {
	case espECB, espCBC:
		previous := iv
		for i := 0; i+n <= len(src); i += n {
			c.block.Decrypt(dst[i:i+n], src[i:i+n])
			if c.mode == espCBC {
				espXOR(dst[i:i+n], dst[i:i+n], previous)
				previous = src[i : i+n]
			}
		}
	case espCFB8:
		for i, v := range src {
			c.block.Encrypt(pad, register)
			dst[i] = v ^ pad[0]
			copy(register, register[1:])
			register[n-1] = v
		}
	case espCFB1:
		espDecryptCFB1(c.block, register, pad, dst, src)
	default:
		if c.mode == espGCM {
			register[n-1] = 2 // 1 belongs to the tag
		}
		for i := 0; i < len(src); i += n {
			end := min(i+n, len(src))
			c.block.Encrypt(pad, register)
			espXOR(dst[i:end], src[i:end], pad)
			switch c.mode {
			case espCFB:
				copy(register, src[i:end])
			case espOFB:
				copy(register, pad)
			case espCTR:
				espCount(register)
			case espGCM:
				espCount(register[12:])
			}
		}
	}
}

// espDecryptCFB1 decrypts bit by bit.
func espDecryptCFB1(block cipher.Block, register, pad, dst, src []byte) {
	clear(dst)
	last := len(register) - 1
	for i := range 8 * len(src) {
		block.Encrypt(pad, register)
		bit := src[i/8] >> (7 - i%8) & 1
		dst[i/8] |= (bit ^ pad[0]>>7) << (7 - i%8)
		for k := range last {
			register[k] = register[k]<<1 | register[k+1]>>7
		}
		register[last] = register[last]<<1 | bit
	}
}

func espXOR(dst, a, b []byte) {
	for i := range dst {
		dst[i] = a[i] ^ b[i]
	}
}

// espCount adds 1 to a number, most significant byte first.
func espCount(counter []byte) {
	for i := len(counter) - 1; i >= 0; i-- {
		counter[i]++
		if counter[i] != 0 {
			return
		}
	}
}

// espAlgorithm is a cipher under a name of OpenSSL's.
type espAlgorithm struct {
	name   string
	keyLen int
	mode   espMode
}

// Key lengths that tell other ciphers from AES: DES, Triple DES with two keys
// and three, Blowfish, CAST-128.
const (
	espDES      = 8
	espDES2     = 16 + 0x100
	espDES3     = 24 + 0x100
	espBlowfish = 16 + 0x200
	espCAST     = 16 + 0x400
)

var espAlgorithms = []espAlgorithm{
	{"aes128", 16, espCBC},
	{"aes-128-cbc", 16, espCBC},
	{"aes-128-ecb", 16, espECB},
	{"aes-128-cfb", 16, espCFB},
	{"aes-128-cfb8", 16, espCFB8},
	{"aes-128-cfb1", 16, espCFB1},
	{"aes-128-ofb", 16, espOFB},
	{"aes-128-ctr", 16, espCTR},
	{"aes-128-gcm", 16, espGCM},
	{"id-aes128-gcm", 16, espGCM},
	{"aes-128-ccm", 16, espCCM},
	{"id-aes128-ccm", 16, espCCM},
	{"aes-128-cbc-hmac-sha1", 16, espCBC},
	{"aes-128-cbc-hmac-sha256", 16, espCBC},
	{"aes192", 24, espCBC},
	{"aes-192-cbc", 24, espCBC},
	{"aes-192-ecb", 24, espECB},
	{"aes-192-cfb", 24, espCFB},
	{"aes-192-cfb8", 24, espCFB8},
	{"aes-192-cfb1", 24, espCFB1},
	{"aes-192-ofb", 24, espOFB},
	{"aes-192-ctr", 24, espCTR},
	{"aes-192-gcm", 24, espGCM},
	{"id-aes192-gcm", 24, espGCM},
	{"aes-192-ccm", 24, espCCM},
	{"id-aes192-ccm", 24, espCCM},
	{"aes256", 32, espCBC},
	{"aes-256-cbc", 32, espCBC},
	{"aes-256-ecb", 32, espECB},
	{"aes-256-cfb", 32, espCFB},
	{"aes-256-cfb8", 32, espCFB8},
	{"aes-256-cfb1", 32, espCFB1},
	{"aes-256-ofb", 32, espOFB},
	{"aes-256-ctr", 32, espCTR},
	{"aes-256-gcm", 32, espGCM},
	{"id-aes256-gcm", 32, espGCM},
	{"aes-256-ccm", 32, espCCM},
	{"id-aes256-ccm", 32, espCCM},
	{"aes-256-cbc-hmac-sha1", 32, espCBC},
	{"aes-256-cbc-hmac-sha256", 32, espCBC},
	{"des", espDES, espCBC},
	{"des-cbc", espDES, espCBC},
	{"des-ecb", espDES, espECB},
	{"des-cfb", espDES, espCFB},
	{"des-cfb8", espDES, espCFB8},
	{"des-cfb1", espDES, espCFB1},
	{"des-ofb", espDES, espOFB},
	{"des-ede", espDES2, espECB},
	{"des-ede-ecb", espDES2, espECB},
	{"des-ede-cbc", espDES2, espCBC},
	{"des-ede-cfb", espDES2, espCFB},
	{"des-ede-ofb", espDES2, espOFB},
	{"des3", espDES3, espCBC},
	{"des-ede3", espDES3, espECB},
	{"des-ede3-ecb", espDES3, espECB},
	{"des-ede3-cbc", espDES3, espCBC},
	{"des-ede3-cfb", espDES3, espCFB},
	{"des-ede3-cfb8", espDES3, espCFB8},
	{"des-ede3-cfb1", espDES3, espCFB1},
	{"des-ede3-ofb", espDES3, espOFB},
	{"bf", espBlowfish, espCBC},
	{"blowfish", espBlowfish, espCBC},
	{"bf-cbc", espBlowfish, espCBC},
	{"bf-ecb", espBlowfish, espECB},
	{"bf-cfb", espBlowfish, espCFB},
	{"bf-ofb", espBlowfish, espOFB},
	{"cast", espCAST, espCBC},
	{"cast128", espCAST, espCBC}, // as tcpdump's manual has it
	{"cast-cbc", espCAST, espCBC},
	{"cast5-cbc", espCAST, espCBC},
	{"cast5-ecb", espCAST, espECB},
	{"cast5-cfb", espCAST, espCFB},
	{"cast5-ofb", espCAST, espOFB},
}

// espForeign reports whether a name, for which there is no algorithm, is one of
// OpenSSL's all the same.
func espForeign(name string) bool {
	name = strings.ToLower(name)
	for _, end := range []string{"-ocb", "-xts", "wrap", "wrap-pad"} {
		if (strings.HasPrefix(name, "aes") || strings.HasPrefix(name, "id-") || strings.HasPrefix(name, "des")) && strings.HasSuffix(name, end) {
			return true
		}
	}
	for _, family := range []string{"aria", "camellia", "chacha20", "desx", "idea", "rc2", "rc4", "rc5", "seed", "sm4"} {
		if strings.HasPrefix(name, family) {
			// Of these only the name with a mode is one.
			return name != family+"-128" && name != family+"-192" && name != family+"-256" || name == "rc2-128"
		}
	}
	return false
}

// espFindAlgorithm is the algorithm of a name, letters in any case, or nil.
func espFindAlgorithm(name string) *espAlgorithm {
	for i := range espAlgorithms {
		if equalFoldASCII([]byte(name), espAlgorithms[i].name) {
			return &espAlgorithms[i]
		}
	}
	return nil
}

// espNewCipher makes a cipher; a key that is too short is filled up with zeros,
// one that is too long is cut.
func espNewCipher(a *espAlgorithm, key []byte) (espCipher, error) {
	var k [32]byte
	copy(k[:], key)
	c := espCipher{mode: a.mode}
	var err error
	switch a.keyLen {
	case espDES:
		c.block, err = des.NewCipher(k[:8])
	case espDES2:
		copy(k[16:], k[:8])
		c.block, err = des.NewTripleDESCipher(k[:24])
	case espDES3:
		c.block, err = des.NewTripleDESCipher(k[:24])
	case espBlowfish:
		c.block, err = blowfish.NewCipher(k[:16])
	case espCAST:
		c.block, err = cast5.NewCipher(k[:16])
	default:
		c.block, err = aes.NewCipher(k[:a.keyLen])
	}
	if err != nil {
		return c, err
	}
	switch a.mode {
	case espECB:
	case espGCM, espCCM:
		c.ivLen = 12
	default:
		c.ivLen = c.block.BlockSize()
	}
	return c, nil
}
