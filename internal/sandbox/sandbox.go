// Package sandbox takes away from the process what it does not need once it
// captures: the identity of root, capabilities, files, and system calls.
//
// What is left is said by one table (grants): a row for each thing that a command
// line may still need, with the system calls and files that it takes. To let the
// process do more, add a field to Needs, a row to the table, and an act to the
// test's list of what must not be possible without it.
package sandbox

// Sources are descriptors of what packets come from that is no packet socket, by kind.
// Through sockets of netfilter all of it could be changed, by who has the right to.
type Sources struct{ Bluetooth, USB, Netfilter, DBus []int }

// Needs says what the process still has to do after Confine, besides reading
// and writing what it has open.
type Needs struct {
	Sockets        []int    // packets come from these, and nothing is sent through them
	GoPcap         bool     // they come by go-pcap
	Sources        Sources  // packets come from these
	NewSockets     int      // open such sockets, with this descriptor or a higher one, which no file has; 0: none
	Handed         int      // such sockets are handed over through this one, and none is opened; 0: they are not
	Places         int      // find places, open such sockets in them, NewSockets too, and hand them on through this one; 0: do not
	Networks       int      // what asks the kernel about sockets of places comes through this one, or with Places goes; 0: it does not
	ReadFiles      []string // files to open for reading
	Folders        []Folder // in which to make files, or to empty those that are there
	Resolve        bool     // ask name servers; what they need of files has been read
	InterfaceNames bool     // ask the kernel how interfaces are called
	Runner         bool     // wait for the end of a Runner
	Children       bool     // wait for the end of other processes that were started before
	Connect        []uint16 // connect over TCP to these ports
	Listeners      []int    // take connections from these
	Serve          bool     // end connections as a server does
	Terminals      []int    // ask these terminals for their size, and whose turn it is
	Keys           []int    // have these tell each key as it is pressed, and undo that
	Verdicts       bool     // let packets of netfilter's queues go on; in one that does nothing else
	Processes      bool     // look at all processes, and at what they have open; in one that does nothing else
}

// Folder is one that files are made in.
type Folder struct {
	Path   string
	Names  string // what the names of these files begin with
	New    bool   // none of them is there already
	Below  bool   // they are in folders below this one
	Remove bool   // they are also removed
	Rename bool   // they are made under another name, Names behind a dot, and get theirs when they are whole
}
