package pcapfile

import (
	"encoding/binary"
	"math/bits"
)

// Block types beside those that the Reader reads, draft-ietf-opsawg-pcapng
// section 11.1 and draft-richardson-opsawg-pcapng-extras.
const (
	blockNames         = 4
	blockStatistics    = 5
	blockJournal       = 9 // systemd Journal Export
	blockSecrets       = 10
	blockCustom        = 0xbad
	blockCustomNotCopy = 0x40000bad
)

// Option codes of written blocks, and of custom options, which any block may
// have; section 3.5.
const (
	optionComment       = 1
	optionApplication   = 4 // section
	optionDropCount     = 4 // enhanced packet
	optionProcess       = 8 // enhanced packet
	optionStatsDropped  = 5 // by the interface
	optionStatsAccepted = 6 // by the filter
	optionStatsLost     = 7 // by the operating system
	optionStatsWritten  = 8

	optionCustomText          = 2988
	optionCustomBinary        = 2989
	optionCustomTextNotCopy   = 19372
	optionCustomBinaryNotCopy = 19373
)

// optionForm is how the value of an option depends on the byte order.
type optionForm uint8

const (
	formUnknown optionForm = iota
	formBytes              // not at all: text, addresses, single bytes
	form32                 // 32-bit numbers
	form64                 // a 64-bit number
	formPEN                // a 32-bit number, then bytes
	formVerdict            // a byte, then bytes or, of two kinds, a 64-bit number
)

// optionFormOf is the form of an option of a block, section 4.
func optionFormOf(kind uint32, code uint16) optionForm {
	switch code {
	case optionComment:
		return formBytes
	case optionCustomText, optionCustomBinary, optionCustomTextNotCopy, optionCustomBinaryNotCopy:
		return formPEN
	}
	var forms []optionForm
	switch kind {
	case blockSection:
		forms = sectionForms[:]
	case blockInterface:
		forms = interfaceForms[:]
	case blockEnhancedPacket, blockPacket:
		forms = packetForms[:]
	case blockNames:
		forms = nameForms[:]
	case blockStatistics:
		forms = statisticsForms[:]
	}
	if int(code) < len(forms) {
		return forms[code]
	}
	return formUnknown
}

var (
	sectionForms   = [...]optionForm{2: formBytes, formBytes, formBytes}
	interfaceForms = [...]optionForm{
		2: formBytes, formBytes, formBytes, formBytes, formBytes, formBytes, // name to EUI address
		form64, formBytes, form32, formBytes, formBytes, formBytes, form64, // speed to time stamp offset
		formBytes, form64, form64, formBytes, // hardware to name of the time zone
	}
	// Flags, hash, drop count, packet id, queue, verdict, process and thread.
	packetForms     = [...]optionForm{2: form32, formBytes, form64, form64, form32, formVerdict, form32}
	nameForms       = [...]optionForm{2: formBytes, formBytes, formBytes}
	statisticsForms = [...]optionForm{2: form32, form32, form64, form64, form64, form64, form64}
)

// swapOption converts the value of an option from the other byte order, and
// reports whether it knows how.
func swapOption(kind uint32, code uint16, value []byte) bool {
	const first64 = 1 // of a verdict's kinds that are 64-bit numbers: Linux's eBPF in TC, and in XDP
	switch optionFormOf(kind, code) {
	case formBytes:
		return true
	case form32:
		return swap32s(value)
	case form64:
		return len(value) == 8 && swap(value, 0, 8)
	case formPEN:
		return swap(value, 0, 4)
	case formVerdict:
		if len(value) > 0 && (value[0] == first64 || value[0] == first64+1) {
			return len(value) == 9 && swap(value, 1, 8)
		}
		return len(value) > 0
	}
	return false
}

// swap32s converts 32-bit numbers, and reports whether value consists of them.
func swap32s(value []byte) bool {
	if len(value) == 0 || len(value)%4 != 0 {
		return false
	}
	for b := value; len(b) > 0; b = b[4:] {
		binary.NativeEndian.PutUint32(b, bits.ReverseBytes32(binary.NativeEndian.Uint32(b)))
	}
	return true
}
