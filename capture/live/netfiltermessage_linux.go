package live

import (
	"encoding/binary"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
)

// Messages of netfilter's logs and queues (linux/netfilter/nfnetlink_log.h,
// nfnetlink_queue.h): a header of netlink's in the machine's byte order, one of
// nfnetlink's, and attributes.
const (
	netlinkHeader   = unix.SizeofNlMsghdr
	netfilterHeader = netlinkHeader + 4
	attributeHeader = unix.SizeofNlAttr
	attributeType   = 0x7fff // beside a bit for attributes within

	logPacket    = 0 // NFULNL_MSG_PACKET
	logConfig    = 1
	logPayload   = 9 // NFULA_PAYLOAD
	queuePacket  = 0 // NFQNL_MSG_PACKET
	queueVerdict = 1
	queueConfig  = 2
	queueHeader  = 1 // NFQA_PACKET_HDR
	queueJudged  = 2 // NFQA_VERDICT_HDR
	queuePayload = 10

	// Both have these by the same numbers.
	configCommand = 1 // NFULA_CFG_CMD, NFQA_CFG_CMD
	configMode    = 2 // NFULA_CFG_MODE, NFQA_CFG_PARAMS
	bindGroup     = 1 // commands
	bindFamily    = 3
	unbindFamily  = 4
	copyPacket    = 2 // a mode

	accepted = 1 // NF_ACCEPT
)

// cannotListen is the failure to get a group.
const cannotListen = "Can't listen on group index"

// queuedPacket is a packet that waits in a queue for its verdict.
type queuedPacket struct {
	queue uint16
	id    uint32
}

// netfilterMessage is a message about a packet.
type netfilterMessage struct {
	queuedPacket
	queued bool   // it waits in a queue
	data   []byte // what is captured; nil: nothing
}

// cutNetfilter cuts the first message off b, which a read returned. It is empty when
// what is left is none.
func cutNetfilter(b []byte) (message, rest []byte, err error) {
	if len(b) < netlinkHeader {
		return nil, nil, nil
	}
	n := binary.NativeEndian.Uint32(b)
	if n < netlinkHeader || uint64(n) > uint64(len(b)) {
		return nil, nil, fmt.Errorf("Message truncated: (got: %d) (nlmsg_len: %d)", len(b), n) //lint:ignore ST1005 libpcap's words
	}
	return b[:n], b[min(alignedLen(int(n)), len(b)):], nil
}

// parseNetfilter reads a message. What is captured of it is all but netlink's header
// for LinkNFLOG, else the payload alone. Messages about something else have nothing.
func parseNetfilter(b []byte, link capture.LinkType) (m netfilterMessage, err error) {
	if len(b) < netlinkHeader {
		return m, nil
	}
	payload := uint16(logPayload)
	switch binary.NativeEndian.Uint16(b[4:]) {
	case unix.NFNL_SUBSYS_ULOG<<8 | logPacket:
	case unix.NFNL_SUBSYS_QUEUE<<8 | queuePacket:
		m.queued, payload = true, queuePayload
	default:
		return m, nil
	}
	if link == capture.LinkNFLOG {
		m.queued, m.data = false, b[netlinkHeader:]
		return m, nil
	}
	if len(b) < netfilterHeader {
		return netfilterMessage{}, fmt.Errorf("Malformed message: (nlmsg_len: %d)", len(b)) //lint:ignore ST1005 libpcap's words
	}
	if m.queued {
		m.queue = binary.BigEndian.Uint16(b[netlinkHeader+2:])
	}
	for b = b[netfilterHeader:]; len(b) >= attributeHeader; {
		n := int(binary.NativeEndian.Uint16(b))
		if n < attributeHeader || n > len(b) {
			break
		}
		switch value := b[attributeHeader:n:n]; binary.NativeEndian.Uint16(b[2:]) & attributeType {
		case payload:
			m.data = value
		case queueHeader:
			if m.queued && len(value) >= 4 {
				m.id = binary.BigEndian.Uint32(value)
			}
		}
		b = b[min(alignedLen(n), len(b)):]
	}
	return m, nil
}

// appendNetfilter appends a request to the kernel with one attribute.
func appendNetfilter(b []byte, kind, flags uint16, family uint8, group, attribute uint16, value []byte) []byte {
	from := len(b)
	n := netfilterHeader + attributeHeader + len(value)
	b = binary.NativeEndian.AppendUint32(b, uint32(alignedLen(n)))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, unix.NLM_F_REQUEST|flags)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0) // the sequence number, and to whom: the kernel
	b = append(b, family, unix.NFNETLINK_V0)
	b = binary.BigEndian.AppendUint16(b, group)
	b = binary.NativeEndian.AppendUint16(b, uint16(attributeHeader+len(value)))
	b = binary.NativeEndian.AppendUint16(b, attribute)
	b = append(b, value...)
	for len(b)-from < alignedLen(n) {
		b = append(b, 0)
	}
	return b
}

// appendVerdict appends the request that has a packet of a queue go on.
func appendVerdict(b []byte, p queuedPacket) []byte {
	var value [8]byte
	binary.BigEndian.PutUint32(value[:], accepted)
	binary.BigEndian.PutUint32(value[4:], p.id)
	return appendNetfilter(b, unix.NFNL_SUBSYS_QUEUE<<8|queueVerdict, 0, unix.AF_UNSPEC, p.queue, queueJudged, value[:])
}

// netfilterSocket is one by which netfilter is asked, and answers.
type netfilterSocket struct {
	fd     int
	buf    []byte
	number uint32 // of the last request
}

// request sends a request and waits for the answer. Other messages go to aside.
func (s *netfilterSocket) request(message []byte, aside func(message []byte)) error {
	s.number++
	binary.NativeEndian.PutUint32(message[8:], s.number)
	if err := unix.Sendto(s.fd, message, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return err
	}
	for {
		n, from, err := unix.Recvfrom(s.fd, s.buf, 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		if kernel, ok := from.(*unix.SockaddrNetlink); !ok || kernel.Pid != 0 {
			continue
		}
		for b := s.buf[:n]; len(b) > 0; {
			var one []byte
			if one, b, err = cutNetfilter(b); err != nil {
				return unix.EBADMSG
			}
			if answered, err := s.answer(one); answered {
				return err
			}
			aside(one)
		}
	}
}

// answer reads a message as the answer to the last request.
func (s *netfilterSocket) answer(b []byte) (is bool, err error) {
	if len(b) < netlinkHeader || binary.NativeEndian.Uint16(b[4:]) != unix.NLMSG_ERROR || binary.NativeEndian.Uint32(b[8:]) != s.number {
		return false, nil
	}
	if len(b) < netlinkHeader+4 {
		return true, unix.EBADMSG
	}
	if code := int32(binary.NativeEndian.Uint32(b[netlinkHeader:])); code != 0 {
		return true, unix.Errno(-code)
	}
	return true, nil
}
