//go:build !amd64

package pcapfile

func followTrails(t *trails, b []byte, word, more, header int) {
	t.followPlainly(b, word, more, header)
}
