package triggers

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
)

// appendPacket says which packet it is: by its ends, or by its length.
func appendPacket(b []byte, pkt *capture.Packet, p *header.Packet) []byte {
	if p == nil {
		return append(strconv.AppendUint(append(b, "a packet of "...), uint64(pkt.Length), 10), " bytes"...)
	}
	b = append(append(b, header.ProtocolName(p.Protocol)...), ' ')
	b = header.AppendEndpoint(b, p.Src, p.SrcPort)
	return header.AppendEndpoint(append(b, " > "...), p.Dst, p.DstPort)
}

// silenceReason says for how long nothing came.
func silenceReason(d time.Duration) string {
	return "no packet for " + d.Round(10*time.Millisecond).String()
}

// lossReason says how many packets were lost, where.
func lossReason(kernel, device uint64) string {
	text := func(n uint64, by string) string {
		if n == 1 {
			return "1 packet dropped by " + by
		}
		return fmt.Sprintf("%s packets dropped by %s", appendGrouped(nil, n), by)
	}
	switch {
	case device == 0:
		return text(kernel, "the kernel")
	case kernel == 0:
		return text(device, "the interface")
	}
	return text(kernel, "the kernel") + ", " + text(device, "the interface")
}

// between is the time from t to u, as far as it can be said.
func between(t, u capture.Timestamp) time.Duration {
	const most = math.MaxInt64 / 4
	limit := func(n, limit int64) int64 { return min(max(n, -limit), limit) }
	// Halves do not overflow.
	sec := limit(u.Sec/2-t.Sec/2, most/int64(time.Second))*2 + u.Sec%2 - t.Sec%2
	return time.Duration(sec)*time.Second + time.Duration(limit(u.Nsec/2-t.Nsec/2, most/2)*2+u.Nsec%2-t.Nsec%2)
}

// later is a time after t.
func later(t capture.Timestamp, d time.Duration) capture.Timestamp {
	t.Sec += int64(d / time.Second)
	if t.Nsec += int64(d % time.Second); t.Nsec >= 1e9 && t.Nsec < 2e9 {
		t.Sec, t.Nsec = t.Sec+1, t.Nsec-1e9
	} else if t.Nsec < 0 && t.Nsec > -1e9 {
		t.Sec, t.Nsec = t.Sec-1, t.Nsec+1e9
	}
	return t
}

func stampOf(t time.Time) capture.Timestamp {
	return capture.Timestamp{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}
}
