package apps

// Field is the number of a row of fields.
type Field uint8

// The fields.
const (
	FieldDNSID Field = iota
	FieldDNSQName
	FieldDNSQType
	FieldDNSRCode
	FieldDNSAnswers
	FieldTLSVersion
	FieldTLSSNI
	FieldTLSALPN
	FieldTLSCipher
	FieldJA3
	FieldJA4
	FieldQUICVersion
	FieldQUICDCID
	FieldHTTPMethod
	FieldHTTPHost
	FieldHTTPPath
	FieldHTTPStatus
	FieldHTTPUserAgent
	FieldSSHVersion
	FieldSIPMethod
	FieldDHCPType
	FieldDHCPHostname
	FieldNTPMode

	// As tshark has them.
	FieldDNSTypeNumber
	FieldDNSRCodeNumber
	FieldDNSA
	FieldDNSAAAA
	FieldDNSCName
	FieldTLSHandshake
	FieldTLSHelloVersion
	FieldQUICVersionNumber

	FieldCount
)

// fieldRow is what there is to know of a field.
type fieldRow struct {
	Name    string // in records
	Short   string // in conditions, beside Name; "": none
	Number  bool   // its values are numbers, not text
	Meaning string

	Alias   string // the field of tshark that says the same, perhaps spelled otherwise
	Several bool   // a packet often has several values
	Exact   bool   // it is for the field of tshark of that name alone
}

// Fields are the rows of all fields. Nobody changes it.
var Fields = [FieldCount]fieldRow{
	FieldDNSID:         {"dns_id", "", true, "the number by which query and answer belong together", "dns.id", false, false},
	FieldDNSQName:      {"dns_qname", "dns", false, "the name that is asked for", "dns.qry.name", false, false},
	FieldDNSQType:      {"dns_qtype", "", false, "the type of record that is asked for", "dns.qry.type", false, false},
	FieldDNSRCode:      {"dns_rcode", "", false, "the response code", "dns.flags.rcode", false, false},
	FieldDNSAnswers:    {"dns_answers", "", false, "addresses and names that an answer has", "", true, false},
	FieldTLSVersion:    {"tls_version", "", false, "the version that is offered at most, or chosen", "tls.handshake.version", false, false},
	FieldTLSSNI:        {"tls_sni", "sni", false, "the name of the server that the client asks for", "tls.handshake.extensions_server_name", false, false},
	FieldTLSALPN:       {"tls_alpn", "alpn", false, "the protocols above that are offered, or chosen", "tls.handshake.extensions_alpn_str", true, false},
	FieldTLSCipher:     {"tls_cipher", "cipher", false, "the cipher suite that the server chose", "", false, false},
	FieldJA3:           {"ja3", "", false, "fingerprint of the client", "tls.handshake.ja3", false, false},
	FieldJA4:           {"ja4", "", false, "fingerprint of the client, in the order of numbers", "tls.handshake.ja4", false, false},
	FieldQUICVersion:   {"quic_version", "", false, "version of QUIC", "quic.version", false, false},
	FieldQUICDCID:      {"quic_dcid", "", false, "connection id that the packet goes to, in hexadecimal digits", "", false, false},
	FieldHTTPMethod:    {"http_method", "http.method", false, "method of the request", "http.request.method", false, false},
	FieldHTTPHost:      {"http_host", "host", false, "host that the request is for", "http.host", false, false},
	FieldHTTPPath:      {"http_path", "path", false, "path of the request, with the query", "http.request.uri", false, false},
	FieldHTTPStatus:    {"http_status", "http.status", true, "status of the answer", "http.response.code", false, false},
	FieldHTTPUserAgent: {"http_user_agent", "", false, "program that asks", "http.user_agent", false, false},
	FieldSSHVersion:    {"ssh_version", "", false, "version and program that a side announces", "ssh.protocol", false, false},
	FieldSIPMethod:     {"sip_method", "", false, "method of the SIP request", "", false, false},
	FieldDHCPType:      {"dhcp_type", "", false, "type of the DHCP message", "", false, false},
	FieldDHCPHostname:  {"dhcp_hostname", "", false, "name that a DHCP client has or gets", "", false, false},
	FieldNTPMode:       {"ntp_mode", "", false, "what the NTP packet is: client, server", "", false, false},

	FieldDNSTypeNumber:     {Name: "dns.qry.type", Number: true, Exact: true},
	FieldDNSRCodeNumber:    {Name: "dns.flags.rcode", Number: true, Exact: true},
	FieldDNSA:              {Name: "dns.a", Exact: true},
	FieldDNSAAAA:           {Name: "dns.aaaa", Exact: true},
	FieldDNSCName:          {Name: "dns.cname", Exact: true},
	FieldTLSHandshake:      {Name: "tls.handshake.type", Number: true, Exact: true},
	FieldTLSHelloVersion:   {Name: "tls.handshake.version", Number: true, Exact: true},
	FieldQUICVersionNumber: {Name: "quic.version", Number: true, Exact: true},
}
