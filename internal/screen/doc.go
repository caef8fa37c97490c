// Package screen is a terminal that a program draws on and takes keys from: modes
// (Terminal), keys (Decoder), a line that is edited (Editor), and lines of which only
// those are drawn that differ (Frame).
//
// It touches the two files that it is given and the process's own signals. Once Open has
// returned, it asks no more of the system than the sandbox's rows "see the terminal" and
// "take keys" allow, and to read and write.
package screen
