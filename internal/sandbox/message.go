package sandbox

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// message is what a program and its runner tell each other: texts, which may be of any
// bytes. It is sent as their number, and the length and the bytes of each.
type message []string

// The most texts of a message, and the most bytes of one.
const (
	maxTexts = 1 << 16
	maxText  = 1 << 20
)

// send writes it at once.
func (m message) send(out io.Writer) error {
	b := binary.AppendUvarint(nil, uint64(len(m)))
	for _, text := range m {
		b = append(binary.AppendUvarint(b, uint64(len(text))), text...)
	}
	_, err := out.Write(b)
	return err
}

// receive reads one message.
func receive(in *bufio.Reader) (message, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, err
	}
	if n > maxTexts {
		return nil, errors.New("a message has too many texts")
	}
	var m message
	for range n {
		length, err := binary.ReadUvarint(in)
		if err != nil {
			return nil, err
		}
		if length > maxText {
			return nil, errors.New("a message has too long a text")
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		m = append(m, string(text))
	}
	return m, nil
}
