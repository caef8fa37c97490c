package printer

import "github.com/tapdump/tapdump/capture"

// conversations holds all that printers remember from earlier packets. Each
// field's type is declared beside its protocol.
type conversations struct {
	// timeReference is the packet that -ttt and -ttttt count from, its
	// fraction in the unit shown.
	timeReference capture.Timestamp
	tcp           tcpConversations
	sllInterfaces sllInterfaces
	slip          slipConversations
	ppp           pppFrames
	esp           espState
	isakmp        isakmpCookies
	nfs           nfsCalls
	rx            rxCalls
	smb           smbState
	quic          quicConnections
}

// MaxConversations is how many TCP conversations a Printer or Pool remembers.
const MaxConversations = tcpFlowsMax

// ForgottenConversations is how many TCP conversations were forgotten, being
// more than MaxConversations: where they went on, they began again with absolute
// numbers.
func (p *Printer) ForgottenConversations() uint64 { return p.conv.tcp.lost }
