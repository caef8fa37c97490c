package live

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// dbusConn is a connection to a bus.
type dbusConn struct {
	fd     int // does not block
	in     dbusBuffer
	serial uint32 // of the last call
	name   string // that the bus gave the connection
}

// errNoDBusReply is what libdbus says of a bus that closes the connection, does not know
// us, says what makes no sense, or nothing.
const errNoDBusReply = dbusSaid("Did not receive a reply. Possible causes include: the remote application did not send a reply, " +
	"the message bus security policy blocked the reply, the reply timeout expired, or the network connection was broken.")

// errDBusClosed is a connection that has ended.
const errDBusClosed = dbusSaid("Connection closed")

// dbusPatience is how long an answer may take, as in libdbus.
const dbusPatience = 25 * time.Second

// receive reads what has come. It returns unix.EAGAIN when that is nothing, and
// errDBusClosed at the end. Open files that messages come with the kernel closes, as
// read has no room for them.
func (c *dbusConn) receive() error {
	for {
		n, err := unix.Read(c.fd, c.in.room())
		switch {
		case err == unix.EINTR: //nolint:errorlint // unix returns it as it is
			continue
		case err != nil:
			return err
		case n <= 0:
			return errDBusClosed
		}
		c.in.filled(n)
		return nil
	}
}

// await is receive that waits until a time.
func (c *dbusConn) await(until time.Time) error {
	for {
		err := c.receive()
		if !errors.Is(err, unix.EAGAIN) {
			if err != nil {
				return errNoDBusReply
			}
			return nil
		}
		left := time.Until(until)
		if left <= 0 {
			return errNoDBusReply
		}
		fds := []unix.PollFd{{Fd: int32(c.fd), Events: unix.POLLIN}}
		if _, err := unix.Poll(fds, int(left.Milliseconds())+1); err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// send writes what is small enough for any socket's buffer.
func (c *dbusConn) send(b []byte) error {
	if n, err := unix.SendmsgN(c.fd, b, nil, nil, unix.MSG_NOSIGNAL); err != nil || n < len(b) {
		return errNoDBusReply
	}
	return nil
}

// dbusLineLongest bounds lines of the authentication, as in libdbus.
const dbusLineLongest = 16 << 10

// command sends a line and waits for the one that answers.
func (c *dbusConn) command(line string, until time.Time) (verb, rest string, err error) {
	if err := c.send([]byte(line + "\r\n")); err != nil {
		return "", "", err
	}
	for {
		if s, ok := c.in.line(); ok {
			verb, rest, _ = strings.Cut(s, " ")
			return verb, strings.TrimSpace(rest), nil
		}
		if c.in.to-c.in.from > dbusLineLongest {
			return "", "", errNoDBusReply
		}
		if err := c.await(until); err != nil {
			return "", "", err
		}
	}
}

// authenticate says to the bus who we are, as it sees itself (EXTERNAL), or that we do not
// say it (ANONYMOUS), and that messages with open files are welcome: others are not
// sent to whoever does not say so. guid is what the bus has to be; "": any.
func (c *dbusConn) authenticate(guid string, until time.Time) error {
	id := hex.EncodeToString(strconv.AppendInt(nil, int64(unix.Geteuid()), 10))
	verb, rest, err := c.command("\x00AUTH EXTERNAL "+id, until)
	if err == nil && verb == "REJECTED" && strings.Contains(" "+rest+" ", " ANONYMOUS ") {
		verb, rest, err = c.command("AUTH ANONYMOUS "+hex.EncodeToString([]byte("tapdump")), until)
	}
	switch {
	case err != nil:
		return err
	case verb != "OK" || rest == "" || guid != "" && rest != guid:
		return errNoDBusReply
	}
	if verb, _, err = c.command("NEGOTIATE_UNIX_FD", until); err != nil {
		return err
	}
	if verb != "AGREE_UNIX_FD" && verb != "ERROR" {
		return errNoDBusReply
	}
	return c.send([]byte("BEGIN\r\n"))
}

// call calls a method of the bus, and waits for what it returns. Other messages go to
// other.
func (c *dbusConn) call(member, argument string, until time.Time, other func(m []byte)) (dbusReply, error) {
	c.serial++
	if err := c.send(appendDBusCall(nil, c.serial, member, argument)); err != nil {
		return dbusReply{}, err
	}
	for {
		m, ok, err := c.in.message()
		switch {
		case err != nil:
			return dbusReply{}, errNoDBusReply
		case !ok:
			if err := c.await(until); err != nil {
				return dbusReply{}, err
			}
			continue
		}
		if r := parseDBusReply(m); c.answers(&r) {
			if r.kind == dbusErrors {
				return r, dbusRefusal(&r)
			}
			return r, nil
		}
		other(m)
	}
}

// answers reports whether that is what the last call returned. What others are told
// may have the same number.
func (c *dbusConn) answers(r *dbusReply) bool {
	return (r.kind == dbusReturn || r.kind == dbusErrors) && r.serial == c.serial &&
		(c.name == "" || r.destination == c.name)
}

// dbusRefusal is an error that the bus returned.
func dbusRefusal(r *dbusReply) error {
	if r.text == "" {
		return errors.New(r.name)
	}
	return errors.New(r.text)
}

// register makes the connection one of the bus's clients.
func (c *dbusConn) register(guid string, other func(m []byte)) error {
	until := time.Now().Add(dbusPatience)
	if err := c.authenticate(guid, until); err != nil {
		return err
	}
	r, err := c.call("Hello", "", until, other)
	if err == nil {
		c.name = r.text
	}
	return err
}

// eavesdrop asks the bus for all messages, those to others, too, as far as its policy
// has it.
func (c *dbusConn) eavesdrop(other func(m []byte)) error {
	for _, kind := range [...]string{"signal", "method_call", "method_return", "error"} {
		rule := "type='" + kind + "'"
		if _, err := c.call("AddMatch", "eavesdrop=true,"+rule, time.Now().Add(dbusPatience), other); err == nil {
			continue
		}
		// One that does not know that word, or does not allow it.
		if _, err := c.call("AddMatch", rule, time.Now().Add(dbusPatience), other); err != nil {
			return err
		}
	}
	return nil
}
