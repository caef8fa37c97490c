// openflow_10_tables.go: names and numbers of OpenFlow 1.0 (OpenFlow Switch
// Specification 1.0.0, section 5).

package printer

// openflow10Messages are the message types (5.1).
var openflow10Messages = []openflowMessage{
	{"HELLO", 0, false},
	{"ERROR", 4, false},
	{"ECHO_REQUEST", 0, false},
	{"ECHO_REPLY", 0, false},
	{"VENDOR", 4, false},
	{"FEATURES_REQUEST", 0, true},
	{"FEATURES_REPLY", 24, false},
	{"GET_CONFIG_REQUEST", 0, true},
	{"GET_CONFIG_REPLY", 4, true},
	{"SET_CONFIG", 4, true},
	{"PACKET_IN", 10, false}, // without the padding that ofp_packet_in has at its end
	{"FLOW_REMOVED", 80, true},
	{"PORT_STATUS", 56, true},
	{"PACKET_OUT", 8, false},
	{"FLOW_MOD", 64, false},
	{"PORT_MOD", 24, true},
	{"STATS_REQUEST", 4, false},
	{"STATS_REPLY", 4, false},
	{"BARRIER_REQUEST", 0, true},
	{"BARRIER_REPLY", 0, true},
	{"QUEUE_GET_CONFIG_REQUEST", 4, true},
	{"QUEUE_GET_CONFIG_REPLY", 8, false},
}

var openflow10PortConfig = []tok{
	{0x01, "PORT_DOWN"},
	{0x02, "NO_STP"},
	{0x04, "NO_RECV"},
	{0x08, "NO_RECV_STP"},
	{0x10, "NO_FLOOD"},
	{0x20, "NO_FWD"},
	{0x40, "NO_PACKET_IN"},
}

var openflow10SpanningTree = []tok{
	{0x0000, "STP_LISTEN"},
	{0x0100, "STP_LEARN"},
	{0x0200, "STP_FORWARD"},
	{0x0300, "STP_BLOCK"},
}

var openflow10Ports = []tok{
	{0xff00, "MAX"},
	{0xfff8, "IN_PORT"},
	{0xfff9, "TABLE"},
	{0xfffa, "NORMAL"},
	{0xfffb, "FLOOD"},
	{0xfffc, "ALL"},
	{0xfffd, "CONTROLLER"},
	{0xfffe, "LOCAL"},
	{0xffff, "NONE"},
}

var openflow10PortFeatures = []tok{
	{0x0001, "10MB_HD"},
	{0x0002, "10MB_FD"},
	{0x0004, "100MB_HD"},
	{0x0008, "100MB_FD"},
	{0x0010, "1GB_HD"},
	{0x0020, "1GB_FD"},
	{0x0040, "10GB_FD"},
	{0x0080, "COPPER"},
	{0x0100, "FIBER"},
	{0x0200, "AUTONEG"},
	{0x0400, "PAUSE"},
	{0x0800, "PAUSE_ASYM"},
}

var openflow10QueueProperties = []tok{
	{0, "NONE"},
	{1, "MIN_RATE"},
}

var openflow10Wildcards = []tok{
	{0x00000001, "IN_PORT"},
	{0x00000002, "DL_VLAN"},
	{0x00000004, "DL_SRC"},
	{0x00000008, "DL_DST"},
	{0x00000010, "DL_TYPE"},
	{0x00000020, "NW_PROTO"},
	{0x00000040, "TP_SRC"},
	{0x00000080, "TP_DST"},
	{0x00100000, "DL_VLAN_PCP"},
	{0x00200000, "NW_TOS"},
}

var openflow10Actions = []tok{
	{0x0000, "OUTPUT"},
	{0x0001, "SET_VLAN_VID"},
	{0x0002, "SET_VLAN_PCP"},
	{0x0003, "STRIP_VLAN"},
	{0x0004, "SET_DL_SRC"},
	{0x0005, "SET_DL_DST"},
	{0x0006, "SET_NW_SRC"},
	{0x0007, "SET_NW_DST"},
	{0x0008, "SET_NW_TOS"},
	{0x0009, "SET_TP_SRC"},
	{0x000a, "SET_TP_DST"},
	{0x000b, "ENQUEUE"},
	{0xffff, "VENDOR"},
}

var openflow10ActionBits = []tok{
	{0x0001, "OUTPUT"},
	{0x0002, "SET_VLAN_VID"},
	{0x0004, "SET_VLAN_PCP"},
	{0x0008, "STRIP_VLAN"},
	{0x0010, "SET_DL_SRC"},
	{0x0020, "SET_DL_DST"},
	{0x0040, "SET_NW_SRC"},
	{0x0080, "SET_NW_DST"},
	{0x0100, "SET_NW_TOS"},
	{0x0200, "SET_TP_SRC"},
	{0x0400, "SET_TP_DST"},
	{0x0800, "ENQUEUE"},
}

var openflow10Capabilities = []tok{
	{0x01, "FLOW_STATS"},
	{0x02, "TABLE_STATS"},
	{0x04, "PORT_STATS"},
	{0x08, "STP"},
	{0x10, "RESERVED"},
	{0x20, "IP_REASM"},
	{0x40, "QUEUE_STATS"},
	{0x80, "ARP_MATCH_IP"},
}

var openflow10Commands = []tok{
	{0, "ADD"},
	{1, "MODIFY"},
	{2, "MODIFY_STRICT"},
	{3, "DELETE"},
	{4, "DELETE_STRICT"},
}

var openflow10FlowFlags = []tok{
	{1, "SEND_FLOW_REM"},
	{2, "CHECK_OVERLAP"},
	{4, "EMERG"},
}

var openflow10Stats = []tok{
	{0x0000, "DESC"},
	{0x0001, "FLOW"},
	{0x0002, "AGGREGATE"},
	{0x0003, "TABLE"},
	{0x0004, "PORT"},
	{0x0005, "QUEUE"},
	{0xffff, "VENDOR"},
}

var openflow10Errors = []tok{
	{0, "HELLO_FAILED"},
	{1, "BAD_REQUEST"},
	{2, "BAD_ACTION"},
	{3, "FLOW_MOD_FAILED"},
	{4, "PORT_MOD_FAILED"},
	{5, "QUEUE_OP_FAILED"},
}

var openflow10HelloErrors = []string{
	"INCOMPATIBLE", "EPERM",
}

var openflow10RequestErrors = []string{
	"BAD_VERSION", "BAD_TYPE", "BAD_STAT", "BAD_VENDOR", "BAD_SUBTYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY", "BUFFER_UNKNOWN",
}

var openflow10ActionErrors = []string{
	"BAD_TYPE", "BAD_LEN", "BAD_VENDOR", "BAD_VENDOR_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY", "BAD_QUEUE",
}

var openflow10FlowErrors = []string{
	"ALL_TABLES_FULL", "OVERLAP", "EPERM", "BAD_EMERG_TIMEOUT", "BAD_COMMAND", "UNSUPPORTED",
}

var openflow10PortErrors = []string{
	"BAD_PORT", "BAD_HW_ADDR",
}

var openflow10QueueErrors = []string{
	"BAD_PORT", "BAD_QUEUE", "EPERM",
}

var openflow10RemovalReasons = []tok{
	{0, "IDLE_TIMEOUT"},
	{1, "HARD_TIMEOUT"},
	{2, "DELETE"},
}

var openflow10PortReasons = []tok{
	{0, "ADD"},
	{1, "DELETE"},
	{2, "MODIFY"},
}

var openflow10BSNMessages = []tok{
	{0, "SET_IP_MASK"},
	{1, "GET_IP_MASK_REQUEST"},
	{2, "GET_IP_MASK_REPLY"},
	{3, "SET_MIRRORING"},
	{4, "GET_MIRRORING_REQUEST"},
	{5, "GET_MIRRORING_REPLY"},
	{6, "SHELL_COMMAND"},
	{7, "SHELL_OUTPUT"},
	{8, "SHELL_STATUS"},
	{9, "GET_INTERFACES_REQUEST"},
	{10, "GET_INTERFACES_REPLY"},
	{11, "SET_PKTIN_SUPPRESSION_REQUEST"},
	{12, "SET_L2_TABLE_REQUEST"},
	{13, "GET_L2_TABLE_REQUEST"},
	{14, "GET_L2_TABLE_REPLY"},
	{15, "VIRTUAL_PORT_CREATE_REQUEST"},
	{16, "VIRTUAL_PORT_CREATE_REPLY"},
	{17, "VIRTUAL_PORT_REMOVE_REQUEST"},
	{18, "BW_ENABLE_SET_REQUEST"},
	{19, "BW_ENABLE_GET_REQUEST"},
	{20, "BW_ENABLE_GET_REPLY"},
	{21, "BW_CLEAR_DATA_REQUEST"},
	{22, "BW_CLEAR_DATA_REPLY"},
	{23, "BW_ENABLE_SET_REPLY"},
	{24, "SET_L2_TABLE_REPLY"},
	{25, "SET_PKTIN_SUPPRESSION_REPLY"},
	{26, "VIRTUAL_PORT_REMOVE_REPLY"},
	{27, "HYBRID_GET_REQUEST"},
	{28, "HYBRID_GET_REPLY"},
	{31, "PDU_TX_REQUEST"},
	{32, "PDU_TX_REPLY"},
	{33, "PDU_RX_REQUEST"},
	{34, "PDU_RX_REPLY"},
	{35, "PDU_RX_TIMEOUT"},
}
