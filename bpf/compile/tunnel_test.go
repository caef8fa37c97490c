package compile

import (
	"testing"

	"github.com/tapdump/tapdump/bpf"
	"github.com/tapdump/tapdump/capture"
)

// TestNoTunnel: what stands behind `geneve` looks behind the outermost headers
// in packets without such a tunnel, where libpcap's programs have their length
// in the word that serves for the one inside.
func TestNoTunnel(t *testing.T) {
	// packet is one of zeros but for the bytes at offsets.
	packet := func(bytes map[int]byte) []byte {
		data := make([]byte, 200)
		for off, b := range bytes {
			data[off] = b
		}
		return data
	}
	// labelled has what `mpls or udp` asks for in the payload: the last label,
	// behind which there is UDP in IPv4.
	labelled := func(payload int, bytes map[int]byte) []byte {
		data := packet(bytes)
		data[payload+2], data[payload+4], data[payload+13] = 1, 0x45, 17
		return data
	}
	const radio, pflog = 12, 61
	for _, c := range []struct {
		link capture.LinkType
		expr string
		data []byte
		want bool
	}{
		{capture.LinkIEEE802_11, "geneve and mpls or udp", labelled(24, nil), true}, // no data frame
		{capture.LinkIEEE802_11, "geneve and mpls or udp", labelled(24, map[int]byte{0: 0x08}), true},
		{capture.LinkIEEE802_11, "geneve and mpls or udp", labelled(26, map[int]byte{0: 0x88}), true}, // with QoS
		{capture.LinkIEEE802_11, "geneve and mpls or udp", labelled(26, map[int]byte{0: 0x08}), false},
		{capture.LinkIEEE802_11, "geneve and mpls or udp", labelled(0, nil), false},
		{capture.LinkIEEE802_11_RADIO, "geneve and mpls or udp", labelled(radio+24, map[int]byte{2: radio}), true},
		{capture.LinkIEEE802_11_RADIO, "geneve and mpls or udp", labelled(radio+26, map[int]byte{2: radio, radio: 0x88}), true},
		{capture.LinkIEEE802_11_RADIO, "geneve and mpls or udp", labelled(28+radio, map[int]byte{2: radio, radio: 0x88, 4: 2, 8: 0x20}), true}, // padded
		{capture.LinkIEEE802_11_RADIO, "geneve and mpls or udp", labelled(24, map[int]byte{2: radio}), false},
		{capture.LinkPRISM_HEADER, "geneve and mpls or udp", labelled(144+24, nil), true},
		{capture.LinkPFLOG, "geneve and mpls or udp", labelled(pflog+3, map[int]byte{0: pflog}), true},
		{capture.LinkPFLOG, "geneve and mpls or udp", labelled(0, map[int]byte{0: pflog}), false},
		{capture.LinkIEEE802_11_RADIO, "geneve or ether dst 1:2:3:4:5:6",
			packet(map[int]byte{2: radio, radio: 1, radio + 1: 2, radio + 2: 3, radio + 3: 4, radio + 4: 5, radio + 5: 6}), true},
		// A header of Ethernet counts from the beginning.
		{capture.LinkEN10MB, "geneve and mpls or udp", labelled(14, nil), false},
	} {
		p, err := Compile(c.expr, c.link, ModeDead, Options{})
		if err != nil {
			t.Fatal(err)
		}
		vm, err := bpf.NewVM(p.Instructions, p.Rules())
		if err != nil {
			t.Fatal(err)
		}
		if got := vm.Run(c.data, uint32(len(c.data)), nil) != 0; got != c.want {
			t.Errorf("%v, %s: takes %v, want %v: %x", c.link, c.expr, got, c.want, c.data)
		}
	}
}

// TestTypeAndNoTag: a term for the Ethernet type, and the tag 0, which libpcap's
// optimizer makes no program of.
func TestTypeAndNoTag(t *testing.T) {
	for _, c := range []struct {
		expr  string
		typ   uint16
		other uint16
	}{{"ip and vlan 0", 0x0800, 0x0806}, {"arp and vlan 0", 0x0806, 0x0800}, {"ether proto 0x88cc and vlan 0", 0x88cc, 0x0800}} {
		p, err := Compile(c.expr, capture.LinkEN10MB, ModeLive, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		if err := bpf.Verify(p.Instructions, bpf.Rules{}); err != nil {
			t.Errorf("%s: %v", c.expr, err)
		}
		vm, err := bpf.NewVM(p.Instructions, bpf.Rules{Ancillary: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			typ     uint16
			present uint32
			tag     uint32
			want    bool
		}{
			{c.typ, 1, 0, true}, {c.typ, 1, 0xe000, true}, // with a priority
			{c.typ, 1, 5, false}, {c.typ, 0, 0, false}, {c.other, 1, 0, false}, {0x8100, 0, 0, false},
		} {
			data := make([]byte, 60)
			data[12], data[13] = byte(f.typ>>8), byte(f.typ)
			if got := vm.Run(data, 60, &bpf.Ancillary{VLANTagPresent: f.present, VLANTag: f.tag}) != 0; got != f.want {
				t.Errorf("%s: takes %v of %+v", c.expr, got, f)
			}
		}
	}
}
