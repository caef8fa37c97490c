package report

// service is a port with its name (IANA, "Service Name and Transport Protocol Port
// Number Registry"). The page is to be the same on every machine, so that the system's
// list is not asked.
type service struct {
	port     uint16
	tcp, udp string
}

// serviceName is the name of a port; "": it has none.
func serviceName(udp bool, port uint16) string {
	for i := range services {
		if s := &services[i]; s.port == port {
			if udp {
				return s.udp
			}
			return s.tcp
		}
	}
	return ""
}

var services = [...]service{
	{20, "ftp-data", ""}, {21, "ftp", ""}, {22, "ssh", ""}, {23, "telnet", ""}, {25, "smtp", ""}, {43, "whois", ""}, {49, "tacacs", ""},
	{53, "domain", "domain"}, {67, "", "bootps"}, {68, "", "bootpc"}, {69, "", "tftp"}, {80, "http", "http"}, {88, "kerberos", "kerberos"},
	{110, "pop3", ""}, {111, "sunrpc", "sunrpc"}, {119, "nntp", ""}, {123, "", "ntp"}, {135, "msrpc", ""}, {137, "netbios-ns", "netbios-ns"},
	{138, "", "netbios-dgm"}, {139, "netbios-ssn", ""}, {143, "imap", ""}, {161, "snmp", "snmp"}, {162, "snmptrap", "snmptrap"}, {179, "bgp", ""},
	{319, "", "ptp-event"}, {320, "", "ptp-general"}, {389, "ldap", "ldap"}, {443, "https", "https"}, {445, "microsoft-ds", ""}, {464, "kpasswd", "kpasswd"},
	{465, "submissions", ""}, {500, "", "isakmp"}, {502, "modbus", ""}, {514, "shell", "syslog"}, {520, "", "rip"}, {546, "", "dhcpv6-client"},
	{547, "", "dhcpv6-server"}, {554, "rtsp", ""}, {587, "submission", ""}, {631, "ipp", "ipp"}, {636, "ldaps", ""}, {853, "domain-s", "domain-s"},
	{873, "rsync", ""}, {989, "ftps-data", ""}, {990, "ftps", ""}, {993, "imaps", ""}, {995, "pop3s", ""}, {1080, "socks", ""}, {1194, "openvpn", "openvpn"},
	{1433, "ms-sql-s", ""}, {1521, "oracle", ""}, {1701, "", "l2tp"}, {1723, "pptp", ""}, {1812, "", "radius"}, {1813, "", "radius-acct"}, {1883, "mqtt", ""},
	{1900, "", "ssdp"}, {2049, "nfs", "nfs"}, {2152, "", "gtp-user"}, {2181, "zookeeper", ""}, {3128, "squid", ""}, {3260, "iscsi-target", ""},
	{3306, "mysql", ""}, {3389, "ms-wbt-server", "ms-wbt-server"}, {3478, "stun", "stun"}, {3702, "", "ws-discovery"}, {4500, "", "ipsec-nat-t"},
	{4789, "", "vxlan"}, {5060, "sip", "sip"}, {5061, "sips", ""}, {5353, "", "mdns"}, {5355, "llmnr", "llmnr"}, {5432, "postgresql", ""},
	{5671, "amqps", ""}, {5672, "amqp", ""}, {5683, "", "coap"}, {5900, "rfb", ""}, {6379, "redis", ""}, {6443, "kubernetes", ""}, {6667, "ircu", ""},
	{8080, "http-alt", ""}, {8443, "pcsync-https", ""}, {8883, "secure-mqtt", ""}, {9042, "cassandra", ""}, {9090, "prometheus", ""}, {9092, "kafka", ""},
	{9100, "pdl-datastream", ""}, {9200, "elasticsearch", ""}, {11211, "memcache", ""}, {27017, "mongodb", ""}, {51820, "", "wireguard"},
}
