package live

import (
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/netlink"
)

// Messages of netfilter's logs and queues (linux/netfilter/nfnetlink_log.h,
// nfnetlink_queue.h): a header of netlink's in the machine's byte order, one of
// nfnetlink's, and attributes.
const (
	netfilterHeader = 4 // struct nfgenmsg

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

// netfilterText words what is wrong with what a read returned.
func netfilterText(err error) error {
	if err == nil {
		return nil // without memory for what it may be
	}
	var wrong *netlink.LengthError
	if errors.As(err, &wrong) {
		return fmt.Errorf("Message truncated: (got: %d) (nlmsg_len: %d)", wrong.Got, wrong.Length) //lint:ignore ST1005 libpcap's words
	}
	return err
}

// parseNetfilter reads a message. What is captured of it is all but netlink's header
// for LinkNFLOG, else the payload alone. Messages about something else have nothing.
func parseNetfilter(message netlink.Message, link capture.LinkType) (m netfilterMessage, err error) {
	payload := uint16(logPayload)
	switch message.Kind() {
	case unix.NFNL_SUBSYS_ULOG<<8 | logPacket:
	case unix.NFNL_SUBSYS_QUEUE<<8 | queuePacket:
		m.queued, payload = true, queuePayload
	default:
		return m, nil
	}
	b := message.Body()
	if link == capture.LinkNFLOG {
		m.queued, m.data = false, b
		return m, nil
	}
	if len(b) < netfilterHeader {
		return netfilterMessage{}, fmt.Errorf("Malformed message: (nlmsg_len: %d)", len(message)) //lint:ignore ST1005 libpcap's words
	}
	if m.queued {
		m.queue = binary.BigEndian.Uint16(b[2:])
	}
	for a := netlink.NewAttributes(b[netfilterHeader:]); a.Next(); {
		switch a.Kind {
		case payload:
			m.data = a.Value
		case queueHeader:
			if m.queued && len(a.Value) >= 4 {
				m.id = binary.BigEndian.Uint32(a.Value)
			}
		}
	}
	return m, nil
}

// newNetfilter is a request to the kernel about a group or a queue, in memory.
func newNetfilter(memory []byte, kind, flags uint16, family uint8, group uint16) netlink.Message {
	return netlink.NewMessage(memory, kind, flags).Append(family, unix.NFNETLINK_V0, byte(group>>8), byte(group))
}

// newVerdict is the request that has a packet of a queue go on.
func newVerdict(memory []byte, p queuedPacket) netlink.Message {
	var value [8]byte
	binary.BigEndian.PutUint32(value[:], accepted)
	binary.BigEndian.PutUint32(value[4:], p.id)
	return newNetfilter(memory, unix.NFNL_SUBSYS_QUEUE<<8|queueVerdict, 0, unix.AF_UNSPEC, p.queue).Attribute(queueJudged, value[:])
}
