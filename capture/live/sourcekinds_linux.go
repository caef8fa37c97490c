//go:build !tapdump_small

package live

// hasSources says whether this program captures from them.
const hasSources = true

// sourceKinds is the table, in the order in which libpcap lists them.
var sourceKinds = []sourceKind{
	{is: isBluetooth, open: openBluetooth, list: listBluetooth, among: func(all *Sources) *[]int { return &all.Bluetooth }, directed: true}, // the monitor refuses it itself
	{is: isUSB, open: openUSB, list: listUSB, among: func(all *Sources) *[]int { return &all.USB }, directed: true},
	{is: isNetfilter, open: openNetfilter, list: listNetfilter, among: func(all *Sources) *[]int { return &all.Netfilter }, late: true},
	{is: isDBus, open: openDBus, list: listDBus, among: func(all *Sources) *[]int { return &all.DBus }, snapLen: dbusLongest, late: true},
}
