package pcapfile

import "io"

// metered is an input that tells how much of it was read.
type metered struct {
	io.Reader
	passed func(n int64)
}

func (m *metered) Read(b []byte) (int, error) {
	n, err := m.Reader.Read(b)
	m.passed(int64(n))
	return n, err
}

// unmetered is what is read by way of src.
func unmetered(src io.Reader) io.Reader {
	if m, ok := src.(*metered); ok {
		return m.Reader
	}
	return src
}
