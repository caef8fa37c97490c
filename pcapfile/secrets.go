package pcapfile

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// SecretsTLS is the type of secrets that are a TLS key log
// (draft-ietf-tls-keylogfile), in a block of decryption secrets
// (draft-ietf-opsawg-pcapng, section 4.7).
const SecretsTLS = 0x544c534b

// maxSecretsBlock is how many bytes of secrets go into one block.
const maxSecretsBlock = 256 << 10

// tellSecrets hands a block of secrets to ReadOptions.Secrets. What of a damaged
// block is there is no key log either.
func (r *Reader) tellSecrets(body []byte) {
	if len(body) < 8 {
		return
	}
	kind, n := r.u32(body), r.u32(body[4:])
	if uint64(n) <= uint64(len(body)-8) {
		r.secrets(kind, body[8:8+n])
	}
}

// insertSecrets puts secrets in front of the packets in the buffer.
func (w *Writer) insertSecrets() {
	if w.ng == nil {
		return
	}
	if b := w.ng.appendSecrets(nil); len(b) > 0 {
		at := max(w.ng.packetsAt, w.squeezed)
		if w.watcher != nil {
			w.watcher.Insert(w.size-int64(len(w.buf)-at), len(b))
		}
		w.buf = slices.Insert(w.buf, at, b...)
		w.size += int64(len(b))
	}
}

// appendSecrets appends those of Format.Secrets that are not in the file yet. No line
// of them is split.
func (g *ngWriter) appendSecrets(b []byte) []byte {
	if g.format.Secrets == nil {
		return b
	}
	all := g.format.Secrets()
	for rest := all[min(g.secrets, len(all)):]; len(rest) > 0; {
		n := len(rest)
		if n > maxSecretsBlock {
			n = bytes.LastIndexByte(rest[:maxSecretsBlock], '\n') + 1
			if n == 0 { // no line is that long
				n = maxSecretsBlock
			}
		}
		var at int
		b, at = beginBlock(b, blockSecrets)
		b = binary.NativeEndian.AppendUint32(b, SecretsTLS)
		b = binary.NativeEndian.AppendUint32(b, uint32(n))
		b = endBlock(appendPadded(b, rest[:n]), at)
		rest = rest[n:]
	}
	g.secrets = len(all)
	return b
}
