//go:build !tapdump_small

package live

// hasSources says whether this program captures from them.
const hasSources = true

// sourceKinds is the table, in the order in which libpcap lists them.
var sourceKinds = []sourceKind{
	{name: "bluetooth", is: isBluetooth, open: openBluetooth, list: listBluetooth, directed: true}, // the monitor refuses it itself
	{name: "usb", is: isUSB, open: openUSB, list: listUSB, directed: true},
	{name: "netfilter", is: isNetfilter, open: openNetfilter, list: listNetfilter, late: true},
	{name: "dbus", is: isDBus, open: openDBus, list: listDBus, snapLen: dbusLongest, late: true},
}
