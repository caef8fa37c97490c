// Package printer renders packets as tcpdump's lines, byte for byte.
//
//	p := printer.New(printer.Options{Verbose: 1})
//	var lines []byte
//	for pkt, err := range capture.Packets(src) {
//		if err != nil {
//			return err
//		}
//		lines = p.Print(lines[:0], pkt)
//		os.Stdout.Write(lines)
//	}
//
// Sprint prints one packet of which there is nothing but its bytes. A Pool prints on
// several cores what a Printer would print. Nothing is looked up: names come from
// Options.Names, without which there are numbers.
//
// There are no errors: of a packet that is cut or wrong as much is printed as there
// is, then a mark such as [|tcp]. For a terminal Options.Escape can rewrite lines.
//
// A Printer is for one goroutine, as it remembers connections; any number may be in
// use. The package is not among those whose API is kept: docs/library.md.
//
// What follows is for who works on it.
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
// # How a part went
//
// The printer of a TLV, an option or an object that can go wrong in more than
// one way returns an outcome (outcome.go): done, dump, bad, cut or stop. The
// loop that called it dumps, complains, marks and ends. Where a part is either
// whole or not, its printer returns a bool and its comment says "reports
// whether". A printer that returns where it ended returns -1 when it is over
// before that.
//
// # Lengths
//
// A length is an int. The reference keeps most lengths in 32 bits without a sign,
// and a few in 32 bits with one. That shows in two cases only:
//
//   - It prints one that became negative, because a header is longer than the
//     packet claims to be. Write p.printf("%d", uint32(length)) where it prints
//     with %u, and int32(length) where with %d.
//   - It compares one that wrapped around, and so goes on where a negative number
//     would have ended the loop. Write the comparison on uint32(length), and say
//     so in a comment.
//
// Everywhere else, write length.
//
// # Writing
//
// p.str, p.char, p.uint, p.int and p.hex append pieces; p.printf takes the verbs
// %d %x %X %o %c %s %f %g %e and, for %s, addresses (ip4At, ip6At, macAt),
// names (tokStr) and flags (bitStr). Nothing allocates, and fmt is not used.
// Bytes from a packet go through p.safe and its kin unless they are known to be
// printable.
//
// ordinary.go prints most TCP and UDP packets in place of ip4, ip6, tcp and udp, and
// faster. What these print otherwise, it has to print so as well, or has to leave
// to them; TestOrdinary compares both.
//
// # What versions print differently
//
// A difference between versions of tcpdump is a variable in the protocol's file,
// made by versions.Since and named by the change; the line asks p.follows for it,
// and tables that differ are chosen by tableSince. docs/compatibility.md gets its
// row from there. What 4.99.6 prints is the plain way, without a check in front.
// Packet files have flags with --like VERSION for each change.
//
// # To add a protocol
//
// A test names each step that is missing.
//
//  1. A file named after the protocol. Its first line is a comment, "// hsrp.go: "
//     followed by the protocol and its specification. Every top-level name starts
//     with the file's stem.
//  2. A case in the switch of the layer below it: linktypes.go, ethertypes.go,
//     ipprotos.go, udpports.go, tcpports.go or the protocol that carries it. For a
//     link type, the row in capture comes first.
//  3. What it remembers across packets is a field in conversations, its type
//     declared in the protocol's file. Call p.inOrder before you look at it or
//     change it, so that parallel printing (parallel.go) stays in order.
//  4. Packets: testdata/packets/hsrp.txt, written by hand from the specification.
//     testdata/README.md has the grammar. Let every line of the file be reached;
//     with each length that it checks, have a packet that is one byte short.
//     If the reference lacks the protocol, or prints it otherwise on purpose, the
//     line "reference lacks ..." or "reference differs ..." in the packet file
//     says so; the comparison with it then leaves the file out.
//  5. go test ./printer -update writes the goldens (hsrp.out, and a line in
//     sweeps.tsv), the hashes of your tables and the row in docs/compatibility.md.
//     Read what it wrote, and compare with a tcpdump if it knows the protocol:
//     TAPDUMP_REFERENCE=/path/to/tcpdump go test ./printer -require-oracle.
//  6. A line in CHANGELOG.md.
package printer
