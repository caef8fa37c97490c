package capture

// Owner is the process that sent a packet or received it, as far as it is known. Nobody
// changes one that packets refer to.
type Owner struct {
	Process     uint32 // its number; 0: not known, though its user is
	Thread      uint32 // that was at work; 0: not known
	Parent      uint32 // number of its parent; 0: not known
	UserID      uint32 // number of its user
	HasUser     bool   // UserID is known
	Started     int64  // nanoseconds since 1970, UTC; 0: not known
	Command     string // its name, which it chooses: any bytes
	Path        string // of its program; "": not known
	CommandLine string // with bytes of 0 between; "": not known
	User        string // name of the user; "": not known
	Container   string // identifier, or name; "": in none
}
