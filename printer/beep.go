// beep.go: Blocks Extensible Exchange Protocol: frame headers (RFC 3080 section 2.2).

package printer

// beepKinds are how frames begin. MSG and END are looked for with a zero byte
// behind, as the reference does, so that frames of these kinds are not seen.
var beepKinds = []string{"MSG\x00", "RPY ", "ERR ", "ANS ", "NUL ", "SEQ ", "END\x00"}

func (p *Printer) beep(b []byte, length int) {
	p.proto = "beep"
	for _, kind := range beepKinds {
		if length >= len(kind) && has(b, 0, len(kind)) && string(b[:len(kind)]) == kind {
			p.str(" BEEP ")
			p.str(kind[:3])
			return
		}
	}
	p.str(" BEEP (payload or undecoded)")
}
