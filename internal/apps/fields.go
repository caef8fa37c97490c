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

	FieldCount
)

// fieldRow is what there is to know of a field.
type fieldRow struct {
	Name    string // in records
	Short   string // in conditions, beside Name; "": none
	Number  bool   // its values are numbers, not text
	Meaning string
}

// Fields are the rows of all fields. Nobody changes it.
var Fields = [FieldCount]fieldRow{
	FieldDNSID:         {"dns_id", "", true, "the number by which query and answer belong together"},
	FieldDNSQName:      {"dns_qname", "dns", false, "the name that is asked for"},
	FieldDNSQType:      {"dns_qtype", "", false, "the type of record that is asked for"},
	FieldDNSRCode:      {"dns_rcode", "", false, "the response code"},
	FieldDNSAnswers:    {"dns_answers", "", false, "addresses and names that an answer has"},
	FieldTLSVersion:    {"tls_version", "", false, "the version that is offered at most, or chosen"},
	FieldTLSSNI:        {"tls_sni", "sni", false, "the name of the server that the client asks for"},
	FieldTLSALPN:       {"tls_alpn", "alpn", false, "the protocols above that are offered, or chosen"},
	FieldTLSCipher:     {"tls_cipher", "cipher", false, "the cipher suite that the server chose"},
	FieldJA3:           {"ja3", "", false, "fingerprint of the client"},
	FieldJA4:           {"ja4", "", false, "fingerprint of the client, in the order of numbers"},
	FieldQUICVersion:   {"quic_version", "", false, "version of QUIC"},
	FieldQUICDCID:      {"quic_dcid", "", false, "connection id that the packet goes to, in hexadecimal digits"},
	FieldHTTPMethod:    {"http_method", "http.method", false, "method of the request"},
	FieldHTTPHost:      {"http_host", "host", false, "host that the request is for"},
	FieldHTTPPath:      {"http_path", "path", false, "path of the request, with the query"},
	FieldHTTPStatus:    {"http_status", "http.status", true, "status of the answer"},
	FieldHTTPUserAgent: {"http_user_agent", "", false, "program that asks"},
	FieldSSHVersion:    {"ssh_version", "", false, "version and program that a side announces"},
	FieldSIPMethod:     {"sip_method", "", false, "method of the SIP request"},
	FieldDHCPType:      {"dhcp_type", "", false, "type of the DHCP message"},
	FieldDHCPHostname:  {"dhcp_hostname", "", false, "name that a DHCP client has or gets"},
	FieldNTPMode:       {"ntp_mode", "", false, "what the NTP packet is: client, server"},
}
