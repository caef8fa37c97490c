// Package sandbox takes away from the process what it does not need once it
// captures: the identity of root, capabilities, the rest of the file system, and
// system calls.
package sandbox

// Needs says what the process still has to do after Confine, besides reading
// and writing what it has open.
type Needs struct {
	ReadFiles []string // files to open for reading
	WriteDirs []string // directories to make, rename and remove files in
	Resolve   bool     // ask name servers
}
