// Package printer renders packets as tcpdump's lines, byte for byte.
//
// # The way of a packet
//
// Print puts the number and the time in front, then follows the packet from its
// link layer (linktypes.go) through EtherTypes (ethertypes.go), IP protocols
// (ipprotos.go) and ports (udpports.go, tcpports.go). Each layer's dispatch is
// one ordered switch; nothing registers itself. Each protocol has a file of its
// own, and its printer is a method
//
//	func (p *Printer) hsrp(b []byte, length int)
//
// where b holds what was captured from this header on and length is what was on
// the wire. Printers call each other directly.
//
// # Reading and writing in one pass
//
// Half a packet prints half a line, so printers read and write as they go. A
// read past the captured bytes (u8, u16, ip4At, need ...) panics with truncated;
// Print catches it, writes [|name] with the name last put into p.proto, and the
// packet ends. An explicit test (has) followed by p.truncMark and a return ends
// only the protocol: its callers go on.
//
//   - b always reaches to the end of what may be read. It is narrowed, with
//     limit, only where a length field really bounds all that follows.
//   - What one piece of text shows is read before the text's first byte is
//     written: an argument of printf is, since arguments are evaluated first.
//   - at(b, n) never fails: past the end it is nil, and reading from it ends the
//     packet.
//
// # Writing
//
// p.str, p.char, p.uint, p.int and p.hex append pieces; p.printf takes the verbs
// %d %x %X %o %c %s %f %g %e and, for %s, addresses (ip4At, ip6At, macAt),
// names (tokStr) and flags (bitStr). Nothing allocates, and fmt is not used.
// Bytes from a packet go through p.safe and its kin unless they are known to be
// printable.
//
// # To add a protocol
//
//  1. a file named after it, opening with a line that names the protocol and its
//     specification; every top-level name in it starts with the file's stem;
//  2. a case in the switch of the layer below it;
//  3. what it remembers across packets: a field in conversations, its type
//     declared in the protocol's file. It calls p.inOrder before it looks at or
//     changes that, so that parallel printing (parallel.go) stays in order;
//  4. a capture of our own making and a golden;
//  5. a row in docs/compatibility.md.
package printer
