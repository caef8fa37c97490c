package tcpanalysis

import (
	"strconv"
	"time"
)

// Marks is a set of what can be said of a segment.
type Marks uint32

// Marks. A fast or spurious retransmission is a Retransmission too.
const (
	Retransmission Marks = 1 << iota
	FastRetransmission
	SpuriousRetransmission
	OutOfOrder
	DuplicateAck
	LostSegment
	AckLostSegment
	KeepAlive
	KeepAliveAck
	ZeroWindow
	ZeroWindowProbe
	ZeroWindowProbeAck
	WindowFull
	WindowUpdate
	ReusedPorts
	SynUnanswered
	ResetByPeer
	Resent

	allMarks = 1<<iota - 1
)

// Mark describes one of Marks.
type Mark struct {
	Bit     Marks
	Name    string // in records and conditions
	Text    string // in lines, "" where lines do not have it
	Field   string // of Wireshark; "" for what is ours
	Meaning string
}

// marks has every mark, in the order of the bits, which is that of lines.
var marks = [...]Mark{
	{Retransmission, "retransmission", "retransmission", "tcp.analysis.retransmission",
		"does not begin where new data would, and came late"},
	{FastRetransmission, "fast_retransmission", "fast retransmission", "tcp.analysis.fast_retransmission",
		"a retransmission at most 20 ms behind the second or a later duplicate acknowledgement that asks for it"},
	{SpuriousRetransmission, "spurious_retransmission", "spurious retransmission", "tcp.analysis.spurious_retransmission",
		"was acknowledged before"},
	{OutOfOrder, "out_of_order", "out-of-order", "tcp.analysis.out_of_order",
		"does not begin where new data would, and came within the handshake's round-trip time (3 ms where that is not known)"},
	{DuplicateAck, "duplicate_ack", "dup ack", "tcp.analysis.duplicate_ack",
		"acknowledges the same number again, without data and with the same window"},
	{LostSegment, "lost_segment", "lost segment before", "tcp.analysis.lost_segment",
		"begins behind where the segment before ended: one is missing, or comes later"},
	{AckLostSegment, "ack_lost_segment", "ack of lost segment", "tcp.analysis.ack_lost_segment",
		"acknowledges what was not captured"},
	{KeepAlive, "keep_alive", "keep-alive", "tcp.analysis.keep_alive",
		"no byte or one, the last one that was sent"},
	{KeepAliveAck, "keep_alive_ack", "keep-alive ack", "tcp.analysis.keep_alive_ack",
		"answers a keep-alive"},
	{ZeroWindow, "zero_window", "zero window", "tcp.analysis.zero_window",
		"the sender has no room for data"},
	{ZeroWindowProbe, "zero_window_probe", "zero window probe", "tcp.analysis.zero_window_probe",
		"one new byte for a receiver that has no room"},
	{ZeroWindowProbeAck, "zero_window_probe_ack", "zero window probe ack", "tcp.analysis.zero_window_probe_ack",
		"answers a probe: still no room"},
	{WindowFull, "window_full", "window full", "tcp.analysis.window_full",
		"fills the receiver's window to its last byte"},
	{WindowUpdate, "window_update", "window update", "tcp.analysis.window_update",
		"says nothing but another window"},
	{ReusedPorts, "reused_ports", "reused ports", "tcp.analysis.reused_ports",
		"a new connection between the same addresses and ports"},
	{SynUnanswered, "syn_unanswered", "syn unanswered", "",
		"the second SYN or a later one that nobody answered"},
	{ResetByPeer, "reset_by_peer", "reset by peer", "",
		"a RST ends the connection"},
	{Resent, "resent", "", "",
		"the capture has all its bytes already, whether it is called a retransmission or out of order"},
}

// Table lists the marks in the order of their bits, in which lines have them.
func Table() []Mark { return marks[:] }

// ByName is the mark of a name in records, false if there is none.
func ByName(name string) (Mark, bool) {
	for _, m := range marks {
		if m.Name == name {
			return m, true
		}
	}
	return Mark{}, false
}

// quiet are the marks that go without saying beside others.
func (m Marks) quiet() Marks {
	if m&(FastRetransmission|SpuriousRetransmission|SynUnanswered) != 0 {
		return Retransmission
	}
	return 0
}

// AppendText appends what r says to b as lines have it, each in brackets with a
// space before: " [dup ack 2] [rtt 12.3 ms]".
func (r *Result) AppendText(b []byte) []byte {
	if m := r.Marks &^ r.Marks.quiet(); m != 0 {
		for i := range marks {
			if m&marks[i].Bit == 0 || marks[i].Text == "" {
				continue
			}
			b = append(append(b, " ["...), marks[i].Text...)
			switch marks[i].Bit {
			case DuplicateAck:
				b = strconv.AppendUint(append(b, ' '), uint64(r.DuplicateAck), 10)
			case SynUnanswered:
				b = strconv.AppendUint(append(b, ' '), uint64(r.SynUnanswered), 10)
			}
			b = append(b, ']')
		}
	}
	if r.HasHandshake {
		b = append(AppendDuration(append(b, " [handshake "...), r.Handshake), ']')
	}
	if r.HasAckRTT {
		b = append(AppendDuration(append(b, " [rtt "...), r.AckRTT), ']')
	}
	return b
}

// AppendDuration appends d to b in milliseconds with three digits, of which zeros
// behind the point are left out: "0.045 ms", "12.3 ms", "31 ms", "1204 ms".
func AppendDuration(b []byte, d time.Duration) []byte {
	if d < 0 {
		b, d = append(b, '-'), -d
	}
	us := (int64(d) + 500) / 1000
	switch {
	case us >= 100_000:
		us = (us + 500) / 1000 * 1000
	case us >= 10_000:
		us = (us + 50) / 100 * 100
	case us >= 1000:
		us = (us + 5) / 10 * 10
	}
	b = strconv.AppendInt(b, us/1000, 10)
	if part := us % 1000; part != 0 {
		b = append(b, '.')
		for ; part != 0; part = part * 10 % 1000 {
			b = append(b, byte('0'+part/100))
		}
	}
	return append(b, " ms"...)
}
