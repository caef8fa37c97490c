package names

import (
	"iter"
	"strconv"
	"strings"
	"sync"
)

// Transports is a set of transport protocols with ports.
type Transports uint8

// The transport protocols whose ports have names.
const (
	TCP Transports = 1 << iota
	UDP
)

type service struct {
	name, aliases string
	port          uint16
	transport     Transports
}

// services yields the TCP and UDP entries of a services(5) text:
// name, port "/" protocol, aliases.
func services(text string) iter.Seq[service] {
	return func(yield func(service) bool) {
		for line := range lines(text) {
			var s service
			var portProto string
			s.name, s.aliases = field(line)
			portProto, s.aliases = field(s.aliases)
			number, proto, _ := strings.Cut(portProto, "/")
			port, err := strconv.ParseUint(number, 10, 16)
			if err != nil {
				continue
			}
			s.port = uint16(port)
			switch proto {
			case "tcp":
				s.transport = TCP
			case "udp":
				s.transport = UDP
			default:
				continue
			}
			if !yield(s) {
				return
			}
		}
	}
}

// portNames finds the names of one transport protocol's ports: index holds
// 1 + the place in names, or 0. Every packet asks for two ports.
type portNames struct {
	index [1 << 16]uint16
	names []string
}

func (p *portNames) add(s service) {
	if p.index[s.port] != 0 || len(p.names) == 1<<16-1 {
		return
	}
	p.names = append(p.names, s.name)
	p.index[s.port] = uint16(len(p.names))
}

func (p *portNames) appendName(dst []byte, port uint16) ([]byte, bool) {
	i := p.index[port]
	if i == 0 {
		return dst, false
	}
	return append(dst, p.names[i-1]...), true
}

type serviceDB struct {
	database
	index    sync.Once
	tcp, udp portNames
}

func (d *serviceDB) load(path string) string {
	if text := d.database.load(path); d.read {
		return text
	}
	return builtinServices
}

func (r *Resolver) ports() *serviceDB {
	d := &r.services
	d.index.Do(func() {
		for s := range services(d.load(r.files.Services)) {
			if s.transport == TCP {
				d.tcp.add(s)
			} else {
				d.udp.add(s)
			}
		}
	})
	return d
}

// AppendTCPPort appends the name of a TCP port, the first in the services
// file, and reports whether there is one.
func (r *Resolver) AppendTCPPort(dst []byte, port uint16) ([]byte, bool) {
	return r.ports().tcp.appendName(dst, port)
}

// AppendUDPPort is AppendTCPPort for UDP.
func (r *Resolver) AppendUDPPort(dst []byte, port uint16) ([]byte, bool) {
	return r.ports().udp.appendName(dst, port)
}

// Port returns the port that a service name or one of its aliases stands for,
// and the transport protocols it has that port in. A name with one port in TCP
// and another in UDP means the TCP one. A decimal number is a name of itself
// in both, as for getaddrinfo(3). Case counts.
func (r *Resolver) Port(name string) (port uint16, in Transports, ok bool) {
	if name != "" && strings.Trim(name, "0123456789") == "" {
		n, err := strconv.ParseUint(name, 10, 16)
		return uint16(n), TCP | UDP, err == nil
	}
	var tcp, udp service
	for s := range services(r.services.load(r.files.Services)) {
		if s.name != name && !hasWord(s.aliases, name) {
			continue
		}
		switch {
		case s.transport == TCP && tcp.transport == 0:
			tcp = s
		case s.transport == UDP && udp.transport == 0:
			udp = s
		}
	}
	switch {
	case tcp.transport == 0:
		return udp.port, udp.transport, udp.transport != 0
	case udp.transport != 0 && udp.port == tcp.port:
		return tcp.port, TCP | UDP, true
	}
	return tcp.port, TCP, true
}

// builtinServices serves where there is no services file, as in a container
// without one.
const builtinServices = `
echo 7/tcp
echo 7/udp
discard 9/tcp sink null
discard 9/udp sink null
daytime 13/tcp
daytime 13/udp
chargen 19/tcp
chargen 19/udp
ftp-data 20/tcp
ftp 21/tcp
ssh 22/tcp
telnet 23/tcp
smtp 25/tcp mail
time 37/tcp
time 37/udp
tacacs 49/tcp
tacacs 49/udp
domain 53/tcp
domain 53/udp
bootps 67/udp
bootpc 68/udp
tftp 69/udp
gopher 70/tcp
finger 79/tcp
http 80/tcp www
kerberos 88/tcp
kerberos 88/udp
pop3 110/tcp pop-3
sunrpc 111/tcp portmapper
sunrpc 111/udp portmapper
auth 113/tcp
nntp 119/tcp
ntp 123/udp
epmap 135/tcp
netbios-ns 137/udp
netbios-dgm 138/udp
netbios-ssn 139/tcp
imap2 143/tcp imap
snmp 161/tcp
snmp 161/udp
snmp-trap 162/tcp snmptrap
snmp-trap 162/udp snmptrap
bgp 179/tcp
ldap 389/tcp
ldap 389/udp
https 443/tcp
https 443/udp
microsoft-ds 445/tcp
submissions 465/tcp smtps
isakmp 500/udp
exec 512/tcp
login 513/tcp
who 513/udp
shell 514/tcp
syslog 514/udp
printer 515/tcp
route 520/udp
dhcpv6-client 546/udp
dhcpv6-server 547/udp
rtsp 554/tcp
rtsp 554/udp
submission 587/tcp
ipp 631/tcp
ldaps 636/tcp
domain-s 853/tcp
domain-s 853/udp
rsync 873/tcp
imaps 993/tcp
pop3s 995/tcp
socks 1080/tcp
openvpn 1194/tcp
openvpn 1194/udp
ms-sql-s 1433/tcp
radius 1812/tcp
radius 1812/udp
radius-acct 1813/tcp
radius-acct 1813/udp
nfs 2049/tcp
nfs 2049/udp
iscsi-target 3260/tcp
mysql 3306/tcp
ms-wbt-server 3389/tcp
ipsec-nat-t 4500/udp
sip 5060/tcp
sip 5060/udp
sip-tls 5061/tcp
sip-tls 5061/udp
xmpp-client 5222/tcp
mdns 5353/udp
postgresql 5432/tcp
amqp 5672/tcp
x11 6000/tcp
http-alt 8080/tcp
git 9418/tcp
`
