// Package names is the system's knowledge of names: services, protocols,
// Ethernet stations, networks, RPC programs and hosts, in both directions.
//
// The printers turn numbers into names with the Append methods of a Resolver,
// which allocate nothing for what was asked before. The filter compiler turns
// names into numbers with Port, IPProto, Net, Ether and Addrs.
//
// The files are those of services(5), protocols(5), ethers(5), networks(5),
// rpc(5) and hosts(5), read as the GNU C library reads them: a line that makes
// no sense is passed over, of several entries for a number the first counts,
// and a file that cannot be read is as good as empty. Each is read once, when
// it is first needed.
package names
