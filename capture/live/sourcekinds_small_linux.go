//go:build tapdump_small

package live

// hasSources says whether this program captures from them.
const hasSources = false

// sourceKinds are known, and not captured from, where the program has to be small.
var sourceKinds = []sourceKind{
	{is: isBluetooth},
	{is: isUSB},
	{is: isNetfilter},
	{is: isDBus},
}
