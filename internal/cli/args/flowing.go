package args

import (
	"time"

	"github.com/tapdump/tapdump/internal/text"
)

// flowing are about records of flows in place of packets.
type flowing struct {
	Table        string        `name:"table" type:"table" getopt:"86" own:"" placeholder:"WHAT" help:"have records be of packets, or of flows: one of a conversation, as Zeek's conn.log has"`     // "": packets
	FlowIdle     time.Duration `name:"flow-idle" type:"duration" getopt:"87" own:"" placeholder:"TIME" help:"end a flow that is silent so long; the default is Zeek's: 5m for TCP, 1m for others"` // 0: not given
	FlowInterval time.Duration `name:"flow-interval" type:"duration" getopt:"88" own:"" placeholder:"TIME" help:"write a record of a flow that goes on after each TIME, of what is new"`           // 0: not given
}

// The tables of --table.
const (
	tablePackets = "packets"
	tableFlows   = "flows"
)

// Flows says that records are of flows.
type Flows struct {
	Idle, Interval time.Duration // 0: as usual
	NoChecksums    bool
}

func parseTable(s string) (string, error) {
	if s != tablePackets && s != tableFlows {
		return "", Complaint("--table: there is no " + text.Quote(s) + "; there are packets and flows")
	}
	return s, nil
}

// table are the columns that records may have.
func (o *options) table() []column {
	if o.Table == tableFlows {
		return flowTable()
	}
	return packetTable()
}

// checkFlowing refuses what does not go together.
func (o *options) checkFlowing() error {
	of := o.Table == tableFlows
	switch {
	case (o.FlowIdle > 0 || o.FlowInterval > 0) && !of:
		return Complaint("--flow-idle and --flow-interval are about flows: give --table flows too")
	case o.Table != "" && len(o.records()) == 0 && !o.writesParquet():
		return Complaint("--table is about --json, --fields, --csv or -w NAME.parquet: give one of them too")
	case of && o.Payload:
		return Complaint("--payload is about packets: flows have none")
	}
	return nil
}

// flows is what records of flows are to be like; nil: they are of packets.
func (o *options) flows() *Flows {
	if o.Table != tableFlows {
		return nil
	}
	return &Flows{Idle: o.FlowIdle, Interval: o.FlowInterval, NoChecksums: o.NoChecksums}
}
