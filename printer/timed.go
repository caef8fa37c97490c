// timed.go: the Berkeley Time Synchronization Protocol (4.3BSD timed).

package printer

const (
	timedAdjTime    = 1
	timedSetTime    = 5
	timedSetDate    = 22
	timedSetDateReq = 23
	timedLoop       = 24

	timedNameMax = 256
)

var timedTypes = []string{
	"TSP_ANY", "TSP_ADJTIME", "TSP_ACK", "TSP_MASTERREQ", "TSP_MASTERACK", "TSP_SETTIME", "TSP_MASTERUP",
	"TSP_SLAVEUP", "TSP_ELECTION", "TSP_ACCEPT", "TSP_REFUSE", "TSP_CONFLICT", "TSP_RESOLVE", "TSP_QUIT",
	"TSP_DATE", "TSP_DATEREQ", "TSP_DATEACK", "TSP_TRACEON", "TSP_TRACEOFF", "TSP_MSITE", "TSP_MSITEREQ",
	"TSP_TEST", "TSP_SETDATE", "TSP_SETDATEREQ", "TSP_LOOP",
}

func (p *Printer) timed(b []byte) {
	p.proto = "timed"
	kind := u8(b, 0)
	if s := strName(timedTypes, kind); s != "" {
		p.str(s)
	} else {
		p.printf("(tsp_type %#x)", kind)
	}
	p.printf(" vers %d", u8(b, 1))
	p.printf(" seq %d", u16(b, 2))
	switch kind {
	case timedLoop:
		p.printf(" hopcnt %d", u8(b, 4))
	case timedSetTime, timedAdjTime, timedSetDate, timedSetDateReq:
		sec, usec := int32(u32(b, 4)), int32(u32(b, 8))
		if usec < 0 {
			return
		}
		p.str(" time ")
		if sec < 0 && usec != 0 {
			if sec++; sec == 0 {
				p.char('-')
			}
			usec = 1000000 - usec
		}
		p.printf("%d.%06d", sec, usec)
	}
	p.str(" name ")
	p.safePadded(at(b, 12), timedNameMax)
}
