package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/capture/header"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/syserr"
	"github.com/tapdump/tapdump/internal/text"
)

// dumpDir is where --dumpfile writes, in the working directory.
const dumpDir = "dump_logs"

// maxDumpFiles is how many of the files are open at a time, or fewer if the system
// allows no more.
const maxDumpFiles = 64

// firstClientPort is where ports begin that clients have; a local port below
// belongs to a server.
const firstClientPort = 32768

// dumpLogs are the files of --dumpfile, one for each transfer and direction.
// Files that were there before are left alone: such a name gets a number.
type dumpLogs struct {
	root    *os.Root // names cannot lead out of it, by symbolic links neither
	headers bool
	files   map[string]*dumpLog // by the name that the packet asks for
	open    []*dumpLog          // the one that was opened first is first
	name    []byte
}

type dumpLog struct {
	name string   // with a number perhaps
	file *os.File // nil: closed for now
}

// dumpSink keeps the payloads of packets in files.
type dumpSink struct {
	inspect *inspection
	logs    *dumpLogs
	out     *output
}

func (s *session) openDumps(opening) (sink, error) {
	if s.inspect == nil || s.plan.Inspect.DumpFiles == 0 {
		return nil, nil
	}
	logs, err := newDumpLogs(s.plan.Inspect.DumpFiles == 2)
	if err != nil {
		return nil, err
	}
	return &dumpSink{s.inspect, logs, &s.out}, nil
}

func (d *dumpSink) packet(*capture.Packet) error {
	if !d.inspect.known {
		return nil
	}
	return d.logs.add(&d.inspect.packet, d.inspect.way)
}

func (d *dumpSink) flush() error { return nil }

func (d *dumpSink) close() error {
	d.out.buf = d.logs.appendSummary(d.out.buf)
	return d.logs.close()
}

// newDumpLogs makes the directory of the files.
func newDumpLogs(headers bool) (*dumpLogs, error) {
	err := os.Mkdir(dumpDir, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("--dumpfile: can't make ./%s: %w", dumpDir, syserr.Worded(err))
	}
	if info, err := os.Lstat(dumpDir); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("--dumpfile: ./%s is there and no directory: move it away", dumpDir)
	}
	root, err := os.OpenRoot(dumpDir)
	if err != nil {
		return nil, fmt.Errorf("--dumpfile: ./%s: %w", dumpDir, syserr.Worded(err))
	}
	return &dumpLogs{root: root, headers: headers, files: make(map[string]*dumpLog)}, nil
}

// add appends a packet's payload, with its headers if they are asked for, to
// its file. Without any bytes there is no file.
func (d *dumpLogs) add(p *header.Packet, way stats.Direction) error {
	data := p.Payload
	if d.headers {
		data = p.All
	}
	if len(data) == 0 {
		return nil
	}
	d.name = appendDumpName(d.name[:0], p, way)
	l := d.files[string(d.name)]
	if l == nil {
		l = &dumpLog{}
		if err := d.create(l, string(d.name)); err != nil {
			return err
		}
		d.files[string(d.name)] = l
	} else if l.file == nil {
		if err := d.openFile(l, 0); err != nil {
			return dumpError(l.name, err)
		}
	}
	if _, err := l.file.Write(data); err != nil {
		return dumpError(l.name, err)
	}
	return nil
}

// dumpError names the file.
func dumpError(name string, err error) error {
	return fmt.Errorf("--dumpfile: ./%s/%s: %w", dumpDir, name, syserr.Worded(err))
}

// maxDumpNumber is the highest number that a name gets.
const maxDumpNumber = 9999

// create makes a file that was not there, under name with .dat or, where that
// is taken, with a number in between.
func (d *dumpLogs) create(l *dumpLog, name string) error {
	for number := range maxDumpNumber + 1 {
		l.name = name + ".dat"
		if number > 0 {
			l.name = name + "." + strconv.Itoa(number) + ".dat"
		}
		err := d.openFile(l, os.O_CREATE|os.O_EXCL)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, fs.ErrExist):
			return dumpError(l.name, err)
		}
	}
	return fmt.Errorf("--dumpfile: ./%s/%s.dat is there, and so are all its numbers up to %d: move them away", dumpDir, name, maxDumpNumber)
}

// openFile opens l's file for appending, and closes another where there are too
// many. The error is the system's, of either.
func (d *dumpLogs) openFile(l *dumpLog, flags int) error {
	if len(d.open) == maxDumpFiles {
		if err := d.closeOldest(); err != nil {
			return err
		}
	}
	for {
		f, err := d.root.OpenFile(l.name, os.O_WRONLY|os.O_APPEND|flags, 0o600)
		if err == nil {
			l.file = f
			d.open = append(d.open, l)
			return nil
		}
		if !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) || len(d.open) == 0 {
			return err
		}
		if err := d.closeOldest(); err != nil {
			return err
		}
	}
}

// closeOldest closes the file that has been open for the longest time.
func (d *dumpLogs) closeOldest() error {
	l := d.open[0]
	d.open = append(d.open[:0], d.open[1:]...)
	err := l.file.Close()
	l.file = nil
	return err
}

// close closes all files.
func (d *dumpLogs) close() error {
	var errs []error
	for _, l := range d.open {
		if err := l.file.Close(); err != nil {
			errs = append(errs, dumpError(l.name, err))
		}
	}
	return errors.Join(append(errs, d.root.Close())...)
}

// appendDumpName appends the name of a packet's file, without .dat. It consists
// of numbers, known words and underscores; ICMP has no ports to be in it.
func appendDumpName(b []byte, p *header.Packet, way stats.Direction) []byte {
	local, remote := stats.Ends(p, way)
	if local.Port < firstClientPort && !p.ICMP() {
		b = append(b, "server_"...)
	}
	switch p.Protocol {
	case header.ProtocolTCP:
		b = append(b, "tcp"...)
	case header.ProtocolUDP:
		b = append(b, "udp"...)
	case header.ProtocolICMP:
		b = append(b, "icmp"...)
	default:
		b = append(b, "icmpv6"...)
	}
	for _, end := range [...]stats.End{local, remote} {
		b = append(b, '_')
		start := len(b)
		b = end.Addr.AppendTo(b)
		for i := start; i < len(b); i++ {
			if b[i] == ':' {
				b[i] = '_'
			}
		}
		if !p.ICMP() {
			b = strconv.AppendInt(append(b, '_'), int64(end.Port), 10)
		}
	}
	if way == stats.Receive {
		return append(b, "_receive"...)
	}
	return append(b, "_send"...)
}

// appendSummary appends the banner with what was written.
func (d *dumpLogs) appendSummary(b []byte) []byte {
	path, err := filepath.Abs(d.root.Name())
	if err != nil {
		path = d.root.Name()
	}
	b = text.AppendBanner(append(b, '\n'), "Captured Dump Logs")
	b = append(append(b, "\nPath:           "...), path...)
	b = append(b, "\nFiles:          "...)
	return append(strconv.AppendInt(b, int64(len(d.files)), 10), "\n\n"...)
}
