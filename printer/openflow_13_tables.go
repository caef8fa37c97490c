// openflow_13_tables.go: names and numbers of OpenFlow 1.3 (OpenFlow Switch
// Specification 1.3.5, section 7).

package printer

// openflow13Messages are the message types (7.1). Those whose length is free
// are not decoded, but for HELLO, ERROR, ECHO and EXPERIMENTER.
var openflow13Messages = []openflowMessage{
	{"HELLO", 0, false},
	{"ERROR", 4, false},
	{"ECHO_REQUEST", 0, false},
	{"ECHO_REPLY", 0, false},
	{"EXPERIMENTER", 8, false},
	{"FEATURES_REQUEST", 0, true},
	{"FEATURES_REPLY", 24, true},
	{"GET_CONFIG_REQUEST", 0, true},
	{"GET_CONFIG_REPLY", 4, true},
	{"SET_CONFIG", 4, true},
	{"PACKET_IN", 0, false},
	{"FLOW_REMOVED", 0, false},
	{"PORT_STATUS", 72, true},
	{"PACKET_OUT", 0, false},
	{"FLOW_MOD", 0, false},
	{"GROUP_MOD", 0, false},
	{"PORT_MOD", 32, true},
	{"TABLE_MOD", 8, true},
	{"MULTIPART_REQUEST", 0, false},
	{"MULTIPART_REPLY", 0, false},
	{"BARRIER_REQUEST", 0, true},
	{"BARRIER_REPLY", 0, true},
	{"QUEUE_GET_CONFIG_REQUEST", 8, true},
	{"QUEUE_GET_CONFIG_REPLY", 0, false},
	{"ROLE_REQUEST", 16, true},
	{"ROLE_REPLY", 16, true},
	{"GET_ASYNC_REQUEST", 0, true},
	{"GET_ASYNC_REPLY", 24, true},
	{"SET_ASYNC", 24, true},
	{"METER_MOD", 0, false},
}

var openflow13Capabilities = []tok{
	{0x0001, "FLOW_STATS"},
	{0x0002, "TABLE_STATS"},
	{0x0004, "PORT_STATS"},
	{0x0008, "GROUP_STATS"},
	{0x0020, "IP_REASM"},
	{0x0040, "QUEUE_STATS"},
	{0x0100, "PORT_BLOCKED"},
}

var openflow13PortConfig = []tok{
	{0x01, "PORT_DOWN"},
	{0x04, "NO_RECV"},
	{0x20, "NO_FWD"},
	{0x40, "NO_PACKET_IN"},
}

var openflow13PortState = []tok{
	{1, "LINK_DOWN"},
	{2, "BLOCKED"},
	{4, "LIVE"},
}

var openflow13PortFeatures = []tok{
	{0x0001, "10MB_HD"},
	{0x0002, "10MB_FD"},
	{0x0004, "100MB_HD"},
	{0x0008, "100MB_FD"},
	{0x0010, "1GB_HD"},
	{0x0020, "1GB_FD"},
	{0x0040, "10GB_FD"},
	{0x0080, "40GB_FD"},
	{0x0100, "100GB_FD"},
	{0x0200, "1TB_FD"},
	{0x0400, "OTHER"},
	{0x0800, "COPPER"},
	{0x1000, "FIBER"},
	{0x2000, "AUTONEG"},
	{0x4000, "PAUSE"},
	{0x8000, "PAUSE_ASYM"},
}

var openflow13Ports = []tok{
	{0xffffff00, "MAX"},
	{0xfffffff8, "IN_PORT"},
	{0xfffffff9, "TABLE"},
	{0xfffffffa, "NORMAL"},
	{0xfffffffb, "FLOOD"},
	{0xfffffffc, "ALL"},
	{0xfffffffd, "CONTROLLER"},
	{0xfffffffe, "LOCAL"},
	{0xffffffff, "ANY"},
}

var openflow13Roles = []tok{
	{0, "NOCHANGE"},
	{1, "EQUAL"},
	{2, "MASTER"},
	{3, "SLAVE"},
}

var openflow13Versions = []tok{
	{0x01, "1.0"},
	{0x02, "1.1"},
	{0x04, "1.2"},
	{0x08, "1.3"},
	{0x10, "1.4"},
	{0x20, "1.5"},
}

var openflow13PacketReasons = []tok{
	{1, "NO_MATCH"},
	{2, "ACTION"},
	{4, "INVALID_TTL"},
}

var openflow13PortReasonBits = []tok{
	{1, "ADD"},
	{2, "DELETE"},
	{4, "MODIFY"},
}

var openflow13PortReasons = []tok{
	{0, "ADD"},
	{1, "DELETE"},
	{2, "MODIFY"},
}

var openflow13Errors = []tok{
	{0, "HELLO_FAILED"},
	{1, "BAD_REQUEST"},
	{2, "BAD_ACTION"},
	{3, "BAD_INSTRUCTION"},
	{4, "BAD_MATCH"},
	{5, "FLOW_MOD_FAILED"},
	{6, "GROUP_MOD_FAILED"},
	{7, "PORT_MOD_FAILED"},
	{8, "TABLE_MOD_FAILED"},
	{9, "QUEUE_OP_FAILED"},
	{10, "SWITCH_CONFIG_FAILED"},
	{11, "ROLE_REQUEST_FAILED"},
	{12, "METER_MOD_FAILED"},
	{13, "TABLE_FEATURES_FAILED"},
	{65535, "EXPERIMENTER"},
}

var openflow13HelloErrors = []string{
	"INCOMPATIBLE", "EPERM",
}

var openflow13RequestErrors = []string{
	"BAD_VERSION", "BAD_TYPE", "BAD_MULTIPART", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "EPERM", "BAD_LEN", "BUFFER_EMPTY", "BUFFER_UNKNOWN", "BAD_TABLE_ID", "IS_SLAVE", "BAD_PORT", "BAD_PACKET", "MULTIPART_BUFFER_OVERFLOW",
}

var openflow13ActionErrors = []string{
	"BAD_TYPE", "BAD_LEN", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT", "EPERM", "TOO_MANY", "BAD_QUEUE", "BAD_OUT_GROUP", "MATCH_INCONSISTENT", "UNSUPPORTED_ORDER", "BAD_TAG", "BAD_SET_TYPE", "BAD_SET_LEN", "BAD_SET_ARGUMENT",
}

var openflow13InstructionErrors = []string{
	"UNKNOWN_INST", "UNSUP_INST", "BAD_TABLE_ID", "UNSUP_METADATA", "UNSUP_METADATA_MASK", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_LEN", "EPERM",
}

var openflow13MatchErrors = []string{
	"BAD_TYPE", "BAD_LEN", "BAD_TAG", "BAD_DL_ADDR_MASK", "BAD_NW_ADDR_MASK", "BAD_WILDCARDS", "BAD_FIELD", "BAD_VALUE", "BAD_MASK", "BAD_PREREQ", "DUP_FIELD", "EPERM",
}

var openflow13FlowErrors = []string{
	"UNKNOWN", "TABLE_FULL", "BAD_TABLE_ID", "OVERLAP", "EPERM", "BAD_TIMEOUT", "BAD_COMMAND", "BAD_FLAGS",
}

var openflow13GroupErrors = []string{
	"GROUP_EXISTS", "INVALID_GROUP", "WEIGHT_UNSUPPORTED", "OUT_OF_GROUPS", "OUT_OF_BUCKETS", "CHAINING_UNSUPPORTED", "WATCH_UNSUPPORTED", "LOOP", "UNKNOWN_GROUP", "CHAINED_GROUP", "BAD_TYPE", "BAD_COMMAND", "BAD_BUCKET", "BAD_MATCH", "EPERM",
}

var openflow13PortErrors = []string{
	"BAD_PORT", "BAD_HW_ADDR", "BAD_CONFIG", "BAD_ADVERTISE", "EPERM",
}

var openflow13TableErrors = []string{
	"BAD_TABLE", "BAD_CONFIG", "EPERM",
}

var openflow13QueueErrors = []string{
	"BAD_PORT", "BAD_QUEUE", "EPERM",
}

var openflow13ConfigErrors = []string{
	"BAD_FLAGS", "BAD_LEN", "EPERM",
}

var openflow13RoleErrors = []string{
	"STALE", "UNSUP", "BAD_ROLE",
}

var openflow13MeterErrors = []string{
	"UNKNOWN", "METER_EXISTS", "INVALID_METER", "UNKNOWN_METER", "BAD_COMMAND", "BAD_FLAGS", "BAD_RATE", "BAD_BURST", "BAD_BAND", "BAD_BAND_VALUE", "OUT_OF_METERS", "OUT_OF_BANDS",
}

var openflow13FeaturesErrors = []string{
	"BAD_TABLE", "BAD_METADATA", "BAD_TYPE", "BAD_LEN", "BAD_ARGUMENT", "EPERM",
}
