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
}
