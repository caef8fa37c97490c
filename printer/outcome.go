package printer

// outcome is how a part of a packet went: a TLV, an option, an object. Its
// printer returns the outcome, and the loop around it does what follows from it.
type outcome uint8

const (
	done outcome = iota // it is printed, and what follows is next
	dump                // it is not decoded, or not wholly: its bytes are dumped, and what follows is next
	bad                 // its length or its contents are wrong
	cut                 // its end is missing
	stop                // nothing that follows is printed; what is wrong with it has been said
)

// lacks reports whether a length, in 32 bits without a sign, is less than want, and
// refuses it.
func (p *Printer) lacks(what string, length, want int) bool {
	if uint32(length) >= uint32(want) {
		return false
	}
	p.refuse(what, length, "<", want)
	return true
}
