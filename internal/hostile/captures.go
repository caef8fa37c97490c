package hostile

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

const (
	begin = 1700000000 // 2023-11-14 22:13:20 UTC
	agent = "192.0.2.53"
)

// ethernet are the frames of Ethernet of a text, with the times between them.
func (t Text) ethernet(number int) []timed {
	client, server := fmt.Sprintf("192.0.2.%d", 100+number), fmt.Sprintf("203.0.113.%d", 1+number)
	var frames []timed
	for _, d := range t.datagrams(number, [4]byte{203, 0, 113, byte(1 + number)}) {
		frames = append(frames, timed{3, udp(client, agent, d)})
	}
	for _, f := range t.neighbours() {
		frames = append(frames, timed{1, f})
	}
	for i, c := range t.conversations() {
		frames = append(frames, c.frames(client, server, uint16(40000+100*i+number))...)
	}
	return frames
}

// Pcap writes a savefile of Ethernet, in which applications, hosts and devices
// say the texts, at most 100.
func Pcap(out io.Writer, texts []Text) error {
	return save(out, texts, capture.LinkEN10MB, Text.ethernet)
}

// Wireless writes a savefile of radiotap, whose networks are named by the texts.
func Wireless(out io.Writer, texts []Text) error {
	return save(out, texts, capture.LinkIEEE802_11_RADIO, func(t Text, number int) (frames []timed) {
		for _, f := range t.wireless(number) {
			frames = append(frames, timed{100, f})
		}
		return frames
	})
}

func save(out io.Writer, texts []Text, link capture.LinkType, made func(Text, int) []timed) error {
	w, err := pcapfile.NewWriter(out, "hostile.pcap", link, pcapfile.Format{})
	if err != nil {
		return err
	}
	ms := int64(0)
	for number, t := range texts {
		for _, f := range made(t, number) {
			ms += f.after
			pkt := capture.Packet{Time: at(ms), Data: f.frame, Length: uint32(len(f.frame)), LinkType: link}
			if err := w.Write(&pkt); err != nil {
				return err
			}
		}
	}
	return w.Close()
}

func at(ms int64) capture.Timestamp {
	return capture.Timestamp{Sec: begin + ms/1000, Nsec: ms % 1000 * 1_000_000}
}

// Pcapng writes a savefile that says the texts itself: in comments of the file,
// of interfaces, packets and statistics, in names and filters of interfaces, in
// who wrote it, in names of hosts. It has an interface of Ethernet for each text,
// and one of radiotap. (draft-ietf-opsawg-pcapng)
func Pcapng(out io.Writer, texts []Text) error {
	all := file{}
	all.section(texts[0])
	for _, t := range texts {
		all.iface(t, capture.LinkEN10MB)
	}
	all.iface(texts[0], capture.LinkIEEE802_11_RADIO)
	all.names(texts)
	ms := int64(0)
	for number, t := range texts {
		for _, f := range t.ethernet(number) {
			ms += f.after
			all.packet(uint32(number), ms, f.frame, t)
		}
		for _, f := range t.wireless(number) {
			ms += 100
			all.packet(uint32(len(texts)), ms, f, t)
		}
	}
	for number, t := range texts {
		all.statistics(uint32(number), ms, t)
	}
	_, err := out.Write(all.b)
	return err
}

// A file is a pcapng file in little endian.
type file struct{ b []byte }

// Numbers of blocks and of their options.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockNames      = 4
	blockStatistics = 5
	blockPacket     = 6

	optComment = 1
)

// block appends a block with its body and a text in each of some options.
func (f *file) block(kind uint32, body []byte, t Text, options ...uint16) {
	for _, option := range options {
		value := t.Text
		if kind == blockInterface && option == 11 { // a filter: of libpcap's language
			value = "\x00" + value
		}
		if value == "" {
			continue
		}
		body = binary.LittleEndian.AppendUint16(body, option)
		body = padded(binary.LittleEndian.AppendUint16(body, uint16(len(value))), value)
	}
	if len(options) > 0 {
		body = append(body, 0, 0, 0, 0)
	}
	n := uint32(12 + len(body))
	f.b = binary.LittleEndian.AppendUint32(f.b, kind)
	f.b = append(binary.LittleEndian.AppendUint32(f.b, n), body...)
	f.b = binary.LittleEndian.AppendUint32(f.b, n)
}

// padded appends bytes up to a length that four divides.
func padded(b []byte, value string) []byte {
	return append(append(b, value...), make([]byte, -len(value)&3)...)
}

func (f *file) section(t Text) {
	body := binary.LittleEndian.AppendUint32(nil, 0x1a2b3c4d)
	body = append(body, 1, 0, 0, 0)
	body = binary.LittleEndian.AppendUint64(body, ^uint64(0))
	f.block(blockSection, body, t, optComment, 2, 3, 4) // hardware, system, program
}

func (f *file) iface(t Text, link capture.LinkType) {
	body := binary.LittleEndian.AppendUint16(nil, uint16(link))
	body = append(body, 0, 0, 0, 0, 4, 0) // 262144
	f.block(blockInterface, body, t, optComment, 2, 3, 11, 12, 15)
}

// names is a block of names: of each server, and of the client that asks it.
func (f *file) names(texts []Text) {
	var body []byte
	for number, t := range texts {
		for _, address := range [][4]byte{{203, 0, 113, byte(1 + number)}, {192, 0, 2, byte(100 + number)}} {
			value := string(address[:]) + t.Text + "\x00" + t.Text + "\x00"
			body = binary.LittleEndian.AppendUint16(body, 1)
			body = padded(binary.LittleEndian.AppendUint16(body, uint16(len(value))), value)
		}
	}
	f.block(blockNames, append(body, 0, 0, 0, 0), Text{}, optComment)
}

func (f *file) packet(iface uint32, ms int64, frame []byte, t Text) {
	body := binary.LittleEndian.AppendUint32(nil, iface)
	us := uint64(begin*1000+ms) * 1000
	body = binary.LittleEndian.AppendUint32(body, uint32(us>>32))
	body = binary.LittleEndian.AppendUint32(body, uint32(us))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(frame)))
	body = padded(binary.LittleEndian.AppendUint32(body, uint32(len(frame))), string(frame))
	f.block(blockPacket, body, t, optComment)
}

func (f *file) statistics(iface uint32, ms int64, t Text) {
	us := uint64(begin*1000+ms) * 1000
	body := binary.LittleEndian.AppendUint32(nil, iface)
	body = binary.LittleEndian.AppendUint32(body, uint32(us>>32))
	f.block(blockStatistics, binary.LittleEndian.AppendUint32(body, uint32(us)), t, optComment)
}
