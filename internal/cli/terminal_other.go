//go:build !unix

package cli

import "os"

// isTerminal tells whether what is written to file is seen on a terminal.
func isTerminal(file any) bool {
	f, ok := file.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// descriptorsOf are those of files, which nobody asks for here.
func descriptorsOf(...any) []int { return nil }

// terminalSize is how many columns and lines the terminal has, which is not known here.
func terminalSize(any) (width, height int, ok bool) { return 0, 0, false }

// processGroup is for them, too.
func processGroup() int { return 0 }

// inForeground is for terminals that several jobs share.
func inForeground(any, int) bool { return true }
