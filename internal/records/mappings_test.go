package records_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/testenv"
)

// mapping is what others call a column. "": they have no name for it.
type mapping struct{ ecs, ocsf, zeek string }

// packetMappings are those of columns of packets, flowMappings those of flows.
// Columns that are left out are what nobody else has a name for.
var packetMappings = map[string]mapping{
	"timestamp":       {"@timestamp", "time", "ts"},
	"original_length": {"network.bytes", "traffic.bytes", ""},
	"eth_src":         {"source.mac", "src_endpoint.mac", "orig_l2_addr"},
	"eth_dst":         {"destination.mac", "dst_endpoint.mac", "resp_l2_addr"},
	"vlan_id":         {"network.vlan.id", "src_endpoint.vlan_uid", "vlan"},
	"ip_version":      {"network.type (ipv4, ipv6)", "connection_info.protocol_ver_id", ""},
	"src_addr":        {"source.ip", "src_endpoint.ip", "id.orig_h, id.resp_h"},
	"dst_addr":        {"destination.ip", "dst_endpoint.ip", "id.resp_h, id.orig_h"},
	"ip_protocol":     {"network.iana_number", "connection_info.protocol_num", "ip_proto"},
	"src_port":        {"source.port", "src_endpoint.port", "id.orig_p, id.resp_p"},
	"dst_port":        {"destination.port", "dst_endpoint.port", "id.resp_p, id.orig_p"},
	"tcp_flags":       {"", "connection_info.tcp_flags (a number)", ""},
	"interface":       {"observer.ingress.interface.name", "src_endpoint.interface_name", ""},
	"direction":       {"network.direction (ingress, egress)", "connection_info.direction_id (1, 2)", ""},
	"icmp_type":       {"", "", "id.orig_p"},
	"icmp_code":       {"", "", "id.resp_p"},
	"community_id":    {"network.community_id", "connection_info.community_uid", "community_id"},
	"dns_id":          {"dns.id", "query.packet_uid (4003)", "dns: trans_id"},
	"dns_qname":       {"dns.question.name", "query.hostname (4003)", "dns: query"},
	"dns_qtype":       {"dns.question.type", "query.type (4003)", "dns: qtype_name"},
	"dns_rcode":       {"dns.response_code", "rcode (4003)", "dns: rcode_name"},
	"dns_answers":     {"dns.answers.data", "answers.rdata (4003)", "dns: answers"},
	"tls_version":     {"tls.version", "tls.version", "ssl: version"},
	"tls_sni":         {"tls.client.server_name", "tls.sni", "ssl: server_name"},
	"tls_alpn":        {"tls.next_protocol", "", "ssl: next_protocol"},
	"tls_cipher":      {"tls.cipher", "tls.cipher", "ssl: cipher"},
	"ja3":             {"tls.client.ja3", "tls.ja3_hash.value", ""},
	"ja4":             {"", "ja4_fingerprint_list.value", ""},
	"quic_version":    {"", "", "quic: version"},
	"quic_dcid":       {"", "", "quic: client_initial_dcid"},
	"http_method":     {"http.request.method", "http_request.http_method (4002)", "http: method"},
	"http_host":       {"url.domain", "http_request.url.hostname (4002)", "http: host"},
	"http_path":       {"url.original", "http_request.url.path (4002)", "http: uri"},
	"http_status":     {"http.response.status_code", "http_response.code (4002)", "http: status_code"},
	"http_user_agent": {"user_agent.original", "http_request.user_agent (4002)", "http: user_agent"},
	"ssh_version":     {"", "", "ssh: client, server"},
	"dhcp_type":       {"", "", "dhcp: msg_types"},
	"dhcp_hostname":   {"", "", "dhcp: host_name"},
	"ntp_mode":        {"", "", "ntp: mode"},
	"sip_method":      {"", "", "sip: method"},
	"pid":             {"process.pid", "actor.process.pid", ""},
	"process":         {"process.name", "actor.process.name", ""},
	"container":       {"container.id", "actor.process.container.uid", ""},
	"text":            {"message", "message", ""},
}

var flowMappings = map[string]mapping{
	"ts":            {"event.start", "start_time", "ts"},
	"uid":           {"event.id", "connection_info.uid", "uid"},
	"id_orig_h":     {"source.ip", "src_endpoint.ip", "id.orig_h"},
	"id_orig_p":     {"source.port", "src_endpoint.port", "id.orig_p"},
	"id_resp_h":     {"destination.ip", "dst_endpoint.ip", "id.resp_h"},
	"id_resp_p":     {"destination.port", "dst_endpoint.port", "id.resp_p"},
	"proto":         {"network.transport", "connection_info.protocol_name", "proto"},
	"service":       {"network.protocol", "app_name", "service"},
	"duration":      {"event.duration (nanoseconds)", "duration (milliseconds)", "duration"},
	"orig_bytes":    {"", "", "orig_bytes"},
	"resp_bytes":    {"", "", "resp_bytes"},
	"conn_state":    {"", "status_detail", "conn_state"},
	"missed_bytes":  {"", "", "missed_bytes"},
	"history":       {"", "", "history"},
	"orig_pkts":     {"source.packets", "traffic.packets_out", "orig_pkts"},
	"orig_ip_bytes": {"source.bytes", "traffic.bytes_out", "orig_ip_bytes"},
	"resp_pkts":     {"destination.packets", "traffic.packets_in", "resp_pkts"},
	"resp_ip_bytes": {"destination.bytes", "traffic.bytes_in", "resp_ip_bytes"},
	"community_id":  {"network.community_id", "connection_info.community_uid", "community_id"},
	"vlan_id":       {"network.vlan.id", "src_endpoint.vlan_uid", "vlan"},
	"interface":     {"observer.ingress.interface.name", "src_endpoint.interface_name", ""},
	"tunnel":        {"", "", "tunnel: tunnel_type"},
	"dns_qname":     {"dns.question.name", "query.hostname (4003)", "dns: query"},
	"tls_sni":       {"tls.client.server_name", "tls.sni", "ssl: server_name"},
	"tls_alpn":      {"tls.next_protocol", "", "ssl: next_protocol"},
	"ja4":           {"", "ja4_fingerprint_list.value", ""},
	"http_host":     {"url.domain", "http_request.url.hostname (4002)", "http: host"},
	"process":       {"process.name", "actor.process.name", ""},
}

// mappingsPage is docs/mappings.md without its tables.
const mappingsPage = `# What others call it

One name for a thing in every output of tapdump; this page has the names that others use: [ECS](https://www.elastic.co/docs/reference/ecs)
(Elastic), [OCSF](https://schema.ocsf.io) (class 4001, Network Activity, of version 1; where another class has it, its number stands
behind), [Zeek](https://docs.zeek.org)'s conn.log (or the log that stands before the colon) and tshark. An empty cell: they have no name
for it. Spelling and units differ where that is said; what is true for one packet may be a property of the conversation there, and the
sender of a packet is Zeek's originator or responder.

A query makes one of the other, here for ECS in DuckDB:

    SELECT timestamp AS "@timestamp", src_addr AS "source.ip", dst_addr AS "destination.ip" FROM 'packets.parquet'

The tables are made of those of the program: a column that is missing here fails a test.
`

// TestMappings: docs/mappings.md has a row for every column, and no other.
func TestMappings(t *testing.T) {
	var b strings.Builder
	b.WriteString(mappingsPage)
	b.WriteString("\n## Packets\n\n")
	appendMappings(t, &b, records.PacketColumns(), packetMappings)
	b.WriteString("\n## Flows\n\n")
	appendMappings(t, &b, flows.Columns(), flowMappings)
	testenv.Golden(t, "../../docs/mappings.md", []byte(b.String()))
}

func appendMappings[T any](t *testing.T, b *strings.Builder, columns []*records.Column[T], mappings map[string]mapping) {
	t.Helper()
	var names []string
	b.WriteString("| column | ECS | OCSF | Zeek | tshark |\n|---|---|---|---|---|\n")
	for _, c := range columns {
		m := mappings[c.Name]
		names = append(names, c.Name)
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", c.Name, code(m.ecs), code(m.ocsf), code(m.zeek), code(c.Alias))
	}
	for name := range mappings {
		// Who a packet belongs to is known where the system says so.
		if !slices.Contains(names, name) && !slices.Contains([]string{"pid", "process", "container"}, name) {
			t.Errorf("there is no column %s", name)
		}
	}
}

// code is a name as code, with what is said of it behind.
func code(name string) string {
	if name == "" {
		return ""
	}
	name, about, has := strings.Cut(name, " (")
	if has {
		about = " (" + about
	}
	log, field, has := strings.Cut(name, ": ")
	if !has {
		return "`" + strings.ReplaceAll(name, ", ", "`, `") + "`" + about
	}
	return log + ": `" + strings.ReplaceAll(field, ", ", "`, `") + "`" + about
}
