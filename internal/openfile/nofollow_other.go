//go:build !unix

package openfile

// NoFollow would refuse a symbolic link, which only administrators make there.
const NoFollow = 0
