package apps

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
)

// MaxSecrets is how many bytes of secrets are kept, with what their tables take;
// of more, those that came first are forgotten.
const MaxSecrets = 64 << 20

// Lines of key logs that are longer are none.
const maxKeyLine = 1024

// Labels of secrets in key logs (draft-ietf-tls-keylogfile); those of QUIC were
// once written with QUIC_ in front.
const (
	secretMaster          = iota // CLIENT_RANDOM: the master secret, to TLS 1.2
	secretClientEarly            // CLIENT_EARLY_TRAFFIC_SECRET
	secretClientHandshake        // CLIENT_HANDSHAKE_TRAFFIC_SECRET
	secretServerHandshake
	secretClientApplication // CLIENT_TRAFFIC_SECRET_0
	secretServerApplication
	secretLabels // how many there are
)

// secretLabel is the number of a label; -1 for others, such as EXPORTER_SECRET.
func secretLabel(label []byte) int {
	label = bytes.TrimPrefix(label, []byte("QUIC_"))
	switch string(label) {
	case "CLIENT_RANDOM":
		return secretMaster
	case "CLIENT_EARLY_TRAFFIC_SECRET":
		return secretClientEarly
	case "CLIENT_HANDSHAKE_TRAFFIC_SECRET":
		return secretClientHandshake
	case "SERVER_HANDSHAKE_TRAFFIC_SECRET":
		return secretServerHandshake
	case "CLIENT_TRAFFIC_SECRET_0":
		return secretClientApplication
	case "SERVER_TRAFFIC_SECRET_0":
		return secretServerApplication
	}
	return -1
}

// secrets are those of one connection, by label.
type secrets [secretLabels][]byte

// Keys are the secrets of TLS and QUIC connections, found by the client's random.
// A Keys is for one goroutine.
type Keys struct {
	file     *os.File // that is followed; nil: none
	room     []byte   // to read into
	partial  []byte   // the line that has not ended yet
	skip     bool     // the rest of a line that is too long
	sessions map[[32]byte]*secrets
	order    [][32]byte // in which they came
	used     int        // bytes
	limit    int        // of used

	// Err is the first error of reading what was appended to the file; what was read
	// before stays.
	Err error
	// Forgotten counts connections whose secrets were dropped to stay within the
	// limit.
	Forgotten uint64
}

// NewKeys returns Keys without a file: Add gives them their secrets.
func NewKeys() *Keys {
	return &Keys{sessions: make(map[[32]byte]*secrets), limit: MaxSecrets}
}

// Open takes the secrets of a key log file as browsers, curl and others write it
// when SSLKEYLOGFILE is set. What is appended later is read when it is needed. Close
// ends that.
func (k *Keys) Open(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	if err := k.follow(f); err != nil {
		f.Close()
		return err
	}
	return nil
}

// follow is Open for a file that is open already.
func (k *Keys) follow(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s: is a directory, not a key log file", f.Name())
	}
	k.file = f
	if err := k.read(); err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		k.file = nil // a pipe was read to its end
		return f.Close()
	}
	return nil
}

// Close closes the file that is followed.
func (k *Keys) Close() error {
	if k.file == nil {
		return nil
	}
	f := k.file
	k.file = nil
	return f.Close()
}

// read takes what was appended to the file.
func (k *Keys) read() error {
	if k.file == nil {
		return nil
	}
	if k.room == nil {
		k.room = make([]byte, 16<<10)
	}
	for {
		n, err := k.file.Read(k.room)
		k.write(k.room[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Add takes a key log as a whole, for instance a secrets block of pcapng.
func (k *Keys) Add(log []byte) {
	for len(log) > 0 {
		line, rest, _ := bytes.Cut(log, []byte{'\n'})
		k.line(line)
		log = rest
	}
}

// write takes the next bytes of the file, which may end inside a line.
func (k *Keys) write(b []byte) {
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		b = rest
		if !k.skip {
			k.partial = append(k.partial, line[:min(len(line), maxKeyLine+1-len(k.partial))]...)
			k.skip = len(k.partial) > maxKeyLine
		}
		if ended {
			if !k.skip {
				k.line(k.partial)
			}
			k.partial, k.skip = k.partial[:0], false
		}
	}
}

// line takes one line: label, random of the client and secret. Others, comments
// among them, say nothing.
func (k *Keys) line(line []byte) {
	if len(line) > maxKeyLine {
		return
	}
	f := bytes.Fields(line)
	if len(f) != 3 || len(f[1]) != 64 || len(f[2]) == 0 || len(f[2]) > 128 || len(f[2])%2 != 0 {
		return
	}
	label := secretLabel(f[0])
	if label < 0 {
		return
	}
	var random [32]byte
	if _, err := hex.Decode(random[:], f[1]); err != nil {
		return
	}
	secret := make([]byte, len(f[2])/2)
	if _, err := hex.Decode(secret, f[2]); err != nil {
		return
	}
	k.put(random, label, secret)
}

// What a connection and a secret take beside the bytes of the secret.
const (
	sessionBytes = 32 + 24*secretLabels + 80
	secretBytes  = 16
)

func (k *Keys) put(random [32]byte, label int, secret []byte) {
	s := k.sessions[random]
	if s == nil {
		s = new(secrets)
		k.sessions[random] = s
		k.order = append(k.order, random)
		k.used += sessionBytes
	}
	if s[label] == nil {
		k.used += secretBytes + len(secret)
	}
	s[label] = secret
	for k.used > k.limit && len(k.order) > 1 {
		k.forget()
	}
}

// forget drops the connection that came first.
func (k *Keys) forget() {
	first := k.order[0]
	k.order = k.order[1:]
	k.used -= sessionBytes
	for _, secret := range k.sessions[first] {
		if secret != nil {
			k.used -= secretBytes + len(secret)
		}
	}
	delete(k.sessions, first)
	k.Forgotten++
}

// secret returns a secret of the connection whose client sent random; nil if it is
// not known. If it is not, what was appended to the file is read first.
func (k *Keys) secret(random *[32]byte, label int) []byte {
	if k == nil {
		return nil
	}
	for again := false; ; again = true {
		if s := k.sessions[*random]; s != nil && s[label] != nil {
			return s[label]
		}
		if again || k.file == nil {
			return nil
		}
		if err := k.read(); err != nil {
			k.Err = err
			k.Close()
		}
	}
}
