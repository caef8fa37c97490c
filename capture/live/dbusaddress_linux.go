package live

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/tapdump/tapdump/internal/syserr"
)

// dbusAddress is one of the places where a bus may be: "Server Addresses" of the
// D-Bus specification 0.43.
type dbusAddress struct {
	transport string
	keys      map[string]string // of several that are alike the first
}

// dbusSaid is what is wrong, as libdbus 1.14 says it.
type dbusSaid string

func (e dbusSaid) Error() string { return string(e) }

// dbusAddresses are the places of an address, which are tried in turn. What is wrong
// with it is said as libdbus 1.14 says it.
func dbusAddresses(s string) (all []dbusAddress, err error) {
	if s == "" {
		return nil, dbusSaid("Empty address ''")
	}
	for part := range strings.SplitSeq(strings.TrimSuffix(s, ";"), ";") {
		transport, rest, found := strings.Cut(part, ":")
		if !found {
			return nil, dbusSaid("Address does not contain a colon")
		}
		a := dbusAddress{transport, make(map[string]string)}
		rest = strings.TrimSuffix(rest, ",")
		for rest != "" {
			var pair string
			pair, rest, _ = strings.Cut(rest, ",")
			key, escaped, _ := strings.Cut(pair, "=")
			if key == "" || escaped == "" {
				return nil, dbusSaid("'=' character not found or has no value following it")
			}
			value, err := unescapeDBus(escaped)
			if err != nil {
				return nil, err
			}
			if _, there := a.keys[key]; !there {
				a.keys[key] = value
			}
		}
		all = append(all, a)
	}
	return all, nil
}

// unescapeDBus is a value of an address without escapes. As in C, it ends at a zero.
func unescapeDBus(s string) (string, error) {
	var b []byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(`-_/\*.`, c) >= 0:
			b = append(b, c)
		case c != '%':
			return "", dbusSaid("In D-Bus address, character '" + s[i:i+1] + "' should have been escaped\n")
		case len(s) < i+3:
			return "", dbusSaid("In D-Bus address, percent character was not followed by two hex digits")
		default:
			n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
			if err != nil {
				return "", dbusSaid("In D-Bus address, percent character was followed by characters other than hex digits")
			}
			b = append(b, byte(n))
			i += 2
		}
	}
	value, _, _ := strings.Cut(string(b), "\x00")
	return value, nil
}

// socket is where a unix socket is to be connected to, and how messages name it.
func (a *dbusAddress) socket() (to unix.SockaddrUnix, name string, err error) {
	switch a.transport {
	case "unix":
	case "autolaunch":
		return to, "", dbusSaid("Unable to autolaunch a dbus-daemon without a $DISPLAY for X11")
	case "tcp", "nonce-tcp", "unixexec":
		return to, "", dbusSaid("buses over " + a.transport + " are not available here, those over unix are")
	default:
		return to, "", wrongDBusAddress(`Unknown address type (examples of valid types are "tcp" and on UNIX "unix")`)
	}
	path, isPath := a.keys["path"]
	abstract, isAbstract := a.keys["abstract"]
	_, isFolder := a.keys["tmpdir"]
	const longest = 99 // libdbus's, of the 108 of Linux
	switch {
	case isFolder:
		return to, "", wrongDBusAddress(`cannot use the "tmpdir" option for an address to connect to, only in an address to listen on`)
	case !isPath && !isAbstract:
		return to, "", dbusSaid("Server address of type unix was missing argument path or abstract")
	case isPath && isAbstract:
		return to, "", wrongDBusAddress(`can't specify both "path" and "abstract" options in an address`)
	case isPath && len(path) > longest:
		return to, "", dbusSaid("Socket name too long\n")
	case isAbstract && 1+len(abstract) > longest:
		return to, "", dbusSaid("Abstract socket name too long\n")
	case isPath && strings.HasPrefix(path, "@"):
		to.Name = "./" + path // which would be an abstract one
		return to, path, nil
	case isPath:
		to.Name = path
		return to, path, nil
	}
	to.Name = "@" + abstract
	return to, abstract, nil
}

func wrongDBusAddress(what string) error {
	return dbusSaid("Could not parse server address: " + what)
}

// connect opens a socket that is connected to the bus.
func (a *dbusAddress) connect() (fd int, err error) {
	to, name, err := a.socket()
	if err != nil {
		return -1, err
	}
	if fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0); err != nil {
		return -1, &dbusError{"Failed to open socket: " + syserr.Text(err), err}
	}
	for {
		if err = unix.Connect(fd, &to); err != unix.EINTR { //nolint:errorlint // unix returns it as it is
			break
		}
	}
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		unix.Close(fd)
		return -1, &dbusError{"Failed to connect to socket " + name + ": " + syserr.Text(err), err}
	}
	return apart(fd), nil
}

// connectDBus connects to the first of the places of an address that answers, and has the
// guid that the address says, if it does.
func connectDBus(address string) (fd int, guid string, err error) {
	all, err := dbusAddresses(address)
	if err != nil {
		return -1, "", err
	}
	for i := range all {
		if fd, err = all[i].connect(); err == nil {
			return fd, all[i].keys["guid"], nil
		}
	}
	return -1, "", err
}

// dbusError is a failure in the words of libdbus, and the system's.
type dbusError struct {
	text string
	err  error
}

func (e *dbusError) Error() string { return e.text }
func (e *dbusError) Unwrap() error { return e.err }

// systemDBus is where the system's bus is.
func systemDBus() string {
	if address := userEnvironment("DBUS_SYSTEM_BUS_ADDRESS"); address != "" {
		return address
	}
	return "unix:path=/run/dbus/system_bus_socket"
}

// sessionDBus is where the bus of the user's session is. None is started where there
// is none.
func sessionDBus() string {
	if address := userEnvironment("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	if folder := userEnvironment("XDG_RUNTIME_DIR"); folder != "" {
		var st unix.Stat_t
		path := filepath.Join(folder, "bus")
		if unix.Lstat(path, &st) == nil && st.Uid == uint32(unix.Getuid()) && st.Mode&unix.S_IFMT == unix.S_IFSOCK {
			return "unix:path=" + escapeDBus(path)
		}
	}
	return "autolaunch:"
}

// escapeDBus is a value as addresses have it.
func escapeDBus(s string) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		if _, err := unescapeDBus(s[i : i+1]); err == nil {
			b.WriteByte(s[i])
		} else {
			b.WriteString("%" + string(digits[s[i]>>4]) + string(digits[s[i]&15]))
		}
	}
	return b.String()
}

// userEnvironment is a variable of the environment; empty in a program that runs with
// more rights than its user has, to whom that belongs.
func userEnvironment(name string) string {
	if unix.Getuid() != unix.Geteuid() || unix.Getgid() != unix.Getegid() {
		return ""
	}
	return os.Getenv(name)
}
