// Package vhci has a Bluetooth controller in software, for tests: Linux has it as an
// adapter, by /dev/vhci (module hci_vhci).
//
// Source: Bluetooth Core Specification, volume 4, part E.
package vhci

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Types of packets of the UART transport; the last is /dev/vhci's own.
const (
	Command = 1
	ACL     = 2
	Event   = 4
	vendor  = 0xff
)

// Events.
const (
	eventCommandComplete  = 0x0e
	eventCompletedPackets = 0x13
	eventVendor           = 0xff
)

// commandReadRSSI is what the host does not send on its own: there is no connection that
// it knows of.
const commandReadRSSI = 0x1405

// answers are what command completes give behind the status, which is success; other
// commands are unknown.
var answers = map[uint16][]byte{
	0x0c01: {},                             // Set Event Mask
	0x0c03: {},                             // Reset
	0x0c05: {},                             // Set Event Filter
	0x0c14: make([]byte, 248),              // Read Local Name
	0x0c16: {},                             // Write Connection Accept Timeout
	0x0c18: {},                             // Write Page Timeout
	0x0c1a: {},                             // Write Scan Enable
	0x0c1b: {0x00, 0x08, 0x12, 0x00},       // Read Page Scan Activity
	0x0c23: {0, 0, 0},                      // Read Class of Device
	0x0c24: {},                             // Write Class of Device
	0x0c25: {0x60, 0},                      // Read Voice Setting
	0x0c38: {1},                            // Read Number of Supported IAC
	0x0c39: {1, 0x33, 0x8b, 0x9e},          // Read Current IAC LAP
	0x0c46: {0},                            // Read Page Scan Type
	0x0c55: {},                             // Write Stored Link Key
	0x080f: {},                             // Write Default Link Policy Settings
	0x1001: {6, 0, 0, 6, 0xff, 0xff, 0, 0}, // Read Local Version Information: 4.0, of nobody
	0x1002: make([]byte, 64),               // Read Local Supported Commands: none that need not be
	0x1003: make([]byte, 8),                // Read Local Supported Features: none
	0x1005: {0x9b, 0x03, 0x40, 8, 0, 8, 0}, // Read Buffer Size: 923 bytes of ACL, 64 of SCO, 8 of each
	0x1009: {6, 5, 4, 3, 2, 1},             // Read BD_ADDR

	commandReadRSSI: {Handle & 0xff, Handle >> 8, 0xd8},
}

// Handle is that of the connection which ACL data tells of. The host knows of none: a
// real one it would end after 2 s in which no channel needs it.
const Handle = 0x002a

// Controller is one with an adapter of the host.
type Controller struct {
	Adapter int // its number: bluetooth0 is 0
	file    *os.File
	host    int         // a socket of the adapter; -1 while it is down
	heard   chan []byte // what that socket sent

	mu      sync.Mutex
	packets int // to the host, and from it
	unknown []uint16
}

// ErrUnavailable says that there is no /dev/vhci, or that it may not be used.
var ErrUnavailable = errors.New("no /dev/vhci: the kernel needs the module hci_vhci, and root")

// Patience bounds waiting for the kernel.
const Patience = 60 * time.Second

// Open makes a controller, whose adapter is down.
func Open() (*Controller, error) {
	file, err := os.OpenFile("/dev/vhci", os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrUnavailable, err)
	}
	const primary = 0
	if _, err := file.Write([]byte{vendor, primary}); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	c := &Controller{file: file, host: -1, heard: make(chan []byte, 1)}
	made := make(chan int, 1)
	go c.serve(made)
	select {
	case c.Adapter = <-made:
		return c, nil
	case <-time.After(Patience):
		return nil, errors.Join(errors.New("the kernel has made no adapter"), file.Close())
	}
}

// serve answers the host until the controller is closed.
func (c *Controller) serve(made chan<- int) {
	b := make([]byte, 2048)
	for {
		n, err := c.file.Read(b)
		if err != nil {
			return
		}
		switch {
		case n >= 4 && b[0] == vendor:
			made <- int(binary.LittleEndian.Uint16(b[2:]))
		case n >= 4 && b[0] == Command:
			c.count()
			opcode := binary.LittleEndian.Uint16(b[1:])
			c.answer(opcode)
			if opcode == commandReadRSSI {
				c.heard <- append([]byte(nil), b[:n]...)
			}
		case n >= 5 && b[0] == ACL:
			c.count()
			c.event(eventCompletedPackets, 1, Handle&0xff, Handle>>8, 1, 0)
			c.heard <- append([]byte(nil), b[:n]...)
		}
	}
}

// count notes a packet that went either way.
func (c *Controller) count() {
	c.mu.Lock()
	c.packets++
	c.mu.Unlock()
}

// Packets is how many have gone, to the host and from it.
func (c *Controller) Packets() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.packets
}

// Unknown are the commands that were refused.
func (c *Controller) Unknown() []uint16 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.unknown
}

// send gives the host a packet.
func (c *Controller) send(parts ...byte) error {
	c.count()
	_, err := c.file.Write(parts)
	return err
}

// event gives the host an event.
func (c *Controller) event(code byte, parameters ...byte) error {
	return c.send(append([]byte{Event, code, byte(len(parameters))}, parameters...)...)
}

// answer answers a command.
func (c *Controller) answer(opcode uint16) {
	low, high := byte(opcode), byte(opcode>>8)
	const unknown = 1
	given, ok := answers[opcode]
	if !ok {
		c.mu.Lock()
		c.unknown = append(c.unknown, opcode)
		c.mu.Unlock()
		c.event(eventCommandComplete, 1, low, high, unknown)
		return
	}
	c.event(eventCommandComplete, append([]byte{1, low, high, 0}, given...)...)
}

// What Linux has for HCI sockets (include/net/bluetooth/hci_sock.h).
const (
	btprotoHCI = 1
	hciDevUp   = unix.TUNSETNOCSUM&^0xffff | 'H'<<8 | 201 // _IOW('H', 201, int)
)

// Up brings the adapter up.
func (c *Controller) Up() error {
	hci, err := unix.Socket(unix.AF_BLUETOOTH, unix.SOCK_RAW|unix.SOCK_CLOEXEC, btprotoHCI)
	if err != nil {
		return err
	}
	c.host = hci
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(hci), hciDevUp, uintptr(c.Adapter)); errno != 0 && errno != unix.EALREADY {
		return os.NewSyscallError("HCIDEVUP", errno)
	}
	return unix.Bind(hci, &unix.SockaddrHCI{Dev: uint16(c.Adapter)})
}

// Echo sends the host ACL data, which is an echo request of L2CAP (volume 3, part A,
// section 4.8), and has it send the answer: three packets, with the event that says so.
func (c *Controller) Echo(data []byte) error {
	const request, answer = 8, 9
	const first = 2 << 12 // packet of a message, flushed automatically
	if err := c.send(signal(Handle|first, request, data)...); err != nil {
		return err
	}
	return c.say(signal(Handle, answer, data))
}

// Ask has the host send a command, which is answered: two packets.
func (c *Controller) Ask() error {
	return c.say([]byte{Command, commandReadRSSI & 0xff, commandReadRSSI >> 8, 2, Handle & 0xff, Handle >> 8})
}

// signal is ACL data with a signal of L2CAP; handle has the flags too.
func signal(handle uint16, code byte, data []byte) []byte {
	const channel, id = 1, 1
	b := []byte{ACL}
	b = binary.LittleEndian.AppendUint16(b, handle)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)+8))
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)+4))
	b = binary.LittleEndian.AppendUint16(b, channel)
	b = append(b, code, id)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

// say has the host send a packet, and waits until it is here.
func (c *Controller) say(packet []byte) error {
	if _, err := unix.Write(c.host, packet); err != nil {
		return os.NewSyscallError("write to an HCI socket", err)
	}
	select {
	case got := <-c.heard:
		if string(got) != string(packet) {
			return fmt.Errorf("the host sends % x, not % x", got, packet)
		}
		return nil
	case <-time.After(Patience):
		return fmt.Errorf("the host does not send % x", packet)
	}
}

// Say sends the host an event with data, to which it has no answer.
func (c *Controller) Say(data []byte) error { return c.event(eventVendor, data...) }

// Close removes the adapter.
func (c *Controller) Close() error {
	if c.host >= 0 {
		unix.Close(c.host)
		c.host = -1
	}
	return c.file.Close()
}
