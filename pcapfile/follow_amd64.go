package pcapfile

// followTrails is follow once ends are set.
//
//go:noescape
func followTrails(t *trails, b []byte, word, more, header int)
