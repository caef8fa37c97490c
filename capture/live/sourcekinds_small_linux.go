//go:build tapdump_small

package live

// hasSources says whether this program captures from them.
const hasSources = false

// sourceKinds are known, and not captured from, where the program has to be small.
var sourceKinds = []sourceKind{
	{name: "bluetooth", is: isBluetooth},
	{name: "usb", is: isUSB},
	{name: "netfilter", is: isNetfilter},
	{name: "dbus", is: isDBus},
}
