// Package recorder is a flight recorder: packets go round in a ring, and when
// something fires, those of a time before and a time after are written to a file.
package recorder
