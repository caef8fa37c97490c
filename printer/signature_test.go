package printer

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"strings"
	"testing"
)

// TestSignature compares with crypto/hmac, with secrets around the block size.
func TestSignature(t *testing.T) {
	message := []byte("a message with a field of two bytes and the signature: ................ and more")
	digest := strings.Index(string(message), "..")
	const field = 2
	for _, n := range []int{1, 16, 63, 64, 65, 200} {
		secret := strings.Repeat("s", n)
		b := append([]byte(nil), message...)
		clear(b[digest : digest+md5.Size])
		clear(b[field : field+2])
		h := hmac.New(md5.New, []byte(secret))
		h.Write(b)
		sum := h.Sum(nil)
		copy(b[field:], message[field:field+2])
		copy(b[digest:], sum)

		p := New(Options{TCPSecret: secret})
		if got := p.signature(b, len(b), digest, field); got != "valid" || len(p.out) != 0 {
			t.Errorf("secret of %d bytes: %q, output %q; want valid, none", n, got, p.out)
		}
		b[digest]++
		if got := p.signature(b, len(b), digest, field); got != "invalid" || string(p.out) != hex.EncodeToString(sum) {
			t.Errorf("secret of %d bytes, wrong signature: %q, output %q; want invalid, %x", n, got, p.out, sum)
		}
		if got := p.signature(b, len(b)+1, digest, field); got != "unchecked" {
			t.Errorf("secret of %d bytes, message cut short: %q, want unchecked", n, got)
		}
		if got := p.signature(b, digest+md5.Size-1, digest, field); got != "unchecked" {
			t.Errorf("secret of %d bytes, signature cut short: %q, want unchecked", n, got)
		}
	}
	if got := New(Options{}).signature(message, len(message), digest); got != "unchecked" {
		t.Errorf("no secret: %q, want unchecked", got)
	}
}
