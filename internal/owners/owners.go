// Package owners finds out whose a packet is: the process, the user and the container of
// the socket behind it.
//
// Two processes share the work. A helper (Serve), which has the rights for it, asks the
// kernel for the socket of a flow (sock_diag), looks in /proc for the process that holds
// it, and hears from programs in the kernel (package probes) about those that end at
// once. The process that captures (Client) may do nothing of that any more: it writes
// flows into one pipe and reads answers from another, and keeps those of recent flows in
// a Table.
//
// What is not known is not guessed: see Unknown.
package owners

import (
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tapdump/tapdump/capture"
)

// Owner is whose a socket is.
type Owner = capture.Owner

// Same reports whether two are of the same process.
func Same(a, b *Owner) bool {
	return a.Process == b.Process && a.UserID == b.UserID && a.Command == b.Command
}

// Flow is whose owner is asked for: the two ends of a packet, which is of TCP or UDP.
type Flow struct {
	Namespace uint32 // number (inode) of the network namespace; 0: the one that the program runs in
	Protocol  uint8
	From, To  netip.AddrPort
	Interface string // that it was seen on; "": not known
}

// Unknown says why an end of a flow has no owner.
type Unknown uint8

// Reasons.
const (
	Known     Unknown = iota // it has one
	Elsewhere                // the address is another host's
	NoSocket                 // no socket has the address: it is gone already, or the packet is the kernel's own
	Gone                     // a socket whose process was not found: it has ended, or is not ours to see
	Unasked                  // nobody has answered yet
)

// Ends are the owners of both ends.
type Ends struct {
	From, To       *Owner // nil: not known
	WhyFrom, WhyTo Unknown
}

// AppendText appends what lines say of an owner: curl.4711, and the container.
func AppendText(b []byte, o *Owner) []byte {
	if o.Process == 0 {
		b = append(b, "user "...)
		return appendVisible(b, UserName(o))
	}
	b = appendVisible(b, o.Command)
	b = append(b, '.')
	b = appendUint(b, o.Process)
	if o.Container != "" {
		b = append(b, " in "...)
		b = appendVisible(b, o.Container)
	}
	return b
}

// AppendComment appends what comments say: curl.4711, user alice, container 0123456789ab.
func AppendComment(b []byte, o *Owner) []byte {
	b = appendVisible(b, o.Command)
	b = append(b, '.')
	b = appendUint(b, o.Process)
	b = append(b, ", user "...)
	b = appendVisible(b, UserName(o))
	if o.Container != "" {
		b = append(b, ", container "...)
		b = appendVisible(b, o.Container)
	}
	return b
}

// UserName is the name of the user, else the number.
func UserName(o *Owner) string {
	if o.User != "" {
		return o.User
	}
	return string(appendUint(nil, o.UserID))
}

func appendUint(b []byte, n uint32) []byte {
	if n >= 10 {
		b = appendUint(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// appendVisible appends a name in which a process may have put anything: what is no
// letter stands as \x0a, and a line stays a line.
func appendVisible(b []byte, s string) []byte {
	const digits = "0123456789abcdef"
	for i, r := range s {
		n := 1
		if r != utf8.RuneError || strings.HasPrefix(s[i:], "\uFFFD") {
			n = utf8.RuneLen(r)
			if r != '\\' && unicode.IsPrint(r) {
				b = append(b, s[i:i+n]...)
				continue
			}
		}
		for _, c := range []byte(s[i : i+n]) {
			b = append(b, '\\', 'x', digits[c>>4], digits[c&15])
		}
	}
	return b
}

// Messages are a length of 16 bits and so many bytes. Numbers are little-endian.
const maxMessage = 2048

// Kinds of messages.
const (
	messageAsk    = 1 // number, refresh, flow
	messageAnswer = 2 // number, why and owner of both ends
	messageReady  = 3 // texts: what it cannot find out
	messageForget = 4 // number of a network namespace, which has ended
)

// The longest texts of an owner.
const (
	maxCommand     = 16
	maxPath        = 256
	maxCommandLine = 512
	maxName        = 64
	maxRemark      = 512
	maxContainer   = 128
)

var errNonsense = errors.New("it does not say what it should")

func readMessage(r io.Reader, b []byte) ([]byte, error) {
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.LittleEndian.Uint16(head[:]))
	if n == 0 || n > maxMessage {
		return nil, errNonsense
	}
	b = b[:n]
	_, err := io.ReadFull(r, b)
	return b, err
}

// beginMessage and endMessage append a message to b.
func beginMessage(b []byte, kind byte) ([]byte, int) {
	return append(b, 0, 0, kind), len(b)
}

func endMessage(b []byte, at int) []byte {
	binary.LittleEndian.PutUint16(b[at:], uint16(len(b)-at-2))
	return b
}

func appendText(b []byte, s string, most int) []byte {
	s = s[:min(len(s), most)]
	b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func appendAddress(b []byte, a netip.AddrPort) []byte {
	ip := a.Addr().As16()
	b = append(b, ip[:]...)
	return binary.LittleEndian.AppendUint16(b, a.Port())
}

// reading takes a message apart. The first thing that is missing makes it bad.
type reading struct {
	b   []byte
	bad bool
}

func (r *reading) take(n int) []byte {
	if r.bad || n > len(r.b) {
		r.bad = true
		return make([]byte, n)
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *reading) u8() uint8   { return r.take(1)[0] }
func (r *reading) u16() uint16 { return binary.LittleEndian.Uint16(r.take(2)) }
func (r *reading) u32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reading) u64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func (r *reading) text(most int) string {
	n := int(r.u16())
	if n > most {
		r.bad = true
		return ""
	}
	return string(r.take(n))
}

func (r *reading) address() netip.AddrPort {
	ip := netip.AddrFrom16([16]byte(r.take(16))).Unmap()
	return netip.AddrPortFrom(ip, r.u16())
}

// done reports whether the message was as it should be, to its end.
func (r *reading) done() bool { return !r.bad && len(r.b) == 0 }

func appendAsk(b []byte, number uint32, refresh bool, f *Flow) []byte {
	b, at := beginMessage(b, messageAsk)
	b = binary.LittleEndian.AppendUint32(b, number)
	b = append(b, boolByte(refresh), f.Protocol)
	b = binary.LittleEndian.AppendUint32(b, f.Namespace)
	b = appendAddress(b, f.From)
	b = appendAddress(b, f.To)
	b = appendText(b, f.Interface, maxName)
	return endMessage(b, at)
}

func (r *reading) ask() (number uint32, refresh bool, f Flow) {
	number = r.u32()
	refresh = r.u8() != 0
	f.Protocol, f.Namespace = r.u8(), r.u32()
	f.From, f.To = r.address(), r.address()
	f.Interface = r.text(maxName)
	return number, refresh, f
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}

func appendAnswer(b []byte, number uint32, e *Ends) []byte {
	b, at := beginMessage(b, messageAnswer)
	b = binary.LittleEndian.AppendUint32(b, number)
	b = appendEnd(b, e.From, e.WhyFrom)
	b = appendEnd(b, e.To, e.WhyTo)
	return endMessage(b, at)
}

func appendEnd(b []byte, o *Owner, why Unknown) []byte {
	b = append(b, byte(why), boolByte(o != nil))
	if o == nil {
		return b
	}
	for _, n := range [...]uint32{o.Process, o.Thread, o.Parent, o.UserID} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	b = binary.LittleEndian.AppendUint64(b, uint64(o.Started))
	b = appendText(b, o.Command, maxCommand)
	b = appendText(b, o.Path, maxPath)
	b = appendText(b, o.CommandLine, maxCommandLine)
	b = appendText(b, o.User, maxName)
	return appendText(b, o.Container, maxContainer)
}

func (r *reading) answer() (number uint32, e Ends) {
	number = r.u32()
	e.From, e.WhyFrom = r.end()
	e.To, e.WhyTo = r.end()
	return number, e
}

func (r *reading) end() (*Owner, Unknown) {
	why := Unknown(r.u8())
	if why > Gone {
		r.bad = true
	}
	if r.u8() == 0 {
		return nil, why
	}
	o := &Owner{HasUser: true, Process: r.u32(), Thread: r.u32(), Parent: r.u32(), UserID: r.u32(), Started: int64(r.u64())}
	o.Command, o.Path, o.CommandLine = r.text(maxCommand), r.text(maxPath), r.text(maxCommandLine)
	o.User, o.Container = r.text(maxName), r.text(maxContainer)
	return o, why
}
