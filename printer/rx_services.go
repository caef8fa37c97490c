// rx_services.go: the services of AFS, their operations, and what these take and
// give (AFS-3's interface definitions).

package printer

// rxService is a service. Text and names have their bounds.
type rxService struct {
	name             string
	textMax, nameLen int  // bytes of counted text, characters of names of fixed length
	ubik             bool // the service has a replicated database
	emptyReplies     bool // a reply without results is shown
	operations       []rxOp
}

// rxOp is an operation; call and reply are described as rxFields says.
type rxOp struct {
	code              uint32
	name, call, reply string
}

// rxServiceAtPort is the service at a server's port, or nil.
func rxServiceAtPort(port uint16) *rxService {
	switch port {
	case 7000:
		return &rxFileServer
	case 7001:
		return &rxCallback
	case 7002:
		return &rxProtection
	case 7003:
		return &rxVolumeLocation
	case 7004:
		return &rxKAuth
	case 7005:
		return &rxVolume
	case 7007:
		return &rxBOS
	}
	return nil
}

const rxUbikBeacon = 10000

// rxIsUbik reports whether an operation is one of Ubik's: of its votes or of its
// disks.
func rxIsUbik(operation uint32) bool {
	return operation >= rxUbikBeacon && operation <= 10007 || operation >= 20000 && operation <= 20013
}

var rxFileServerErrors = []tok{
	{101, "salvage volume"},
	{102, "no such vnode"},
	{103, "no such volume"},
	{104, "volume exist"},
	{105, "no service"},
	{106, "volume offline"},
	{107, "voline online"},
	{108, "diskfull"},
	{109, "diskquota exceeded"},
	{110, "volume busy"},
	{111, "volume moved"},
	{112, "AFS IO error"},
	{0xffffff9c, "restarting fileserver"}, // -100
}

// rxFileServer is the file server (fsint).
var rxFileServer = rxService{name: "fs", textMax: 256, operations: []rxOp{
	{130, "fetch-data", "%f offset%u length%u", ""},
	{131, "fetch-acl", "%f", "%A"},
	{132, "fetch-status", "%f", ""},
	{133, "store-data", "%f%a offset%u length%u flen%u", ""},
	{134, "store-acl", "%f%A", ""},
	{135, "store-status", "%f%a", ""},
	{136, "remove-file", "%f%s", ""},
	{137, "create-file", "%f%s%a", " new%f"},
	{138, "rename", " old%f%s new%f%s", ""},
	{139, "symlink", "%f%s link to%s", ""},
	{140, "link", "%f%s link to%f", ""},
	{141, "makedir", "%f%s%a", " new%f"},
	{142, "rmdir", "%f%s", ""},
	{143, "oldsetlock", "%f", ""},
	{144, "oldextlock", "%f", ""},
	{145, "oldrellock", "%f", ""},
	{146, "get-stats", "", ""},
	{147, "give-cbs", "", ""},
	{148, "get-vlinfo", "%s", ""},
	{149, "get-vlstats", " volid%u", ""},
	{150, "set-vlstats", " volid%u", ""},
	{151, "get-rootvl", "", " root volume%s"},
	{152, "check-token", "", ""},
	{153, "get-time", "", "%d"},
	{154, "nget-vlinfo", " volname%s", ""},
	{155, "bulk-stat", "{%f,}", ""},
	{156, "setlock", "%f", ""},
	{157, "extlock", "%f", ""},
	{158, "rellock", "%f", ""},
	{159, "xstat-ver", "", ""},
	{160, "get-xstat", "", ""},
	{161, "dfs-lookup", "", ""},
	{162, "dfs-flushcps", "", ""},
	{163, "dfs-symlink", "", ""},
	{220, "residency", "", ""},
	{65536, "inline-bulk-status", "{%f,}", ""},
	{65537, "fetch-data-64", "%f offset%q length%q", ""},
	{65538, "store-data-64", "%f%a offset%q length%q flen%q", ""},
	{65539, "give-up-all-cbs", "", ""},
	{65540, "get-caps", "", ""},
	{65541, "cb-rx-conn-addr", " addr%u", ""},
}}

// rxCallback is the cache manager, whom file servers call back (afscbint).
var rxCallback = rxService{name: "cb", operations: []rxOp{
	{204, "callback", "{%f,}%c", ""},
	{205, "initcb", "", ""},
	{206, "probe", "", ""},
	{207, "getlock", "", ""},
	{208, "getce", "", ""},
	{209, "xstatver", "", ""},
	{210, "getxstat", "", ""},
	{211, "initcb2", "", ""},
	{212, "whoareyou", "", ""},
	{213, "initcb3", "", "%x"},
	{214, "probeuuid", " afsuuid%x", ""},
	{215, "getsrvprefs", "", ""},
	{216, "getcellservdb", "", ""},
	{217, "getlocalcell", "", ""},
	{218, "getcacheconf", "", ""},
	{65536, "getce64", "", ""},
	{65537, "getcellbynum", "", ""},
	{65538, "tellmeaboutyourself", "", ""},
}}

// rxProtection is the protection server (ptint).
var rxProtection = rxService{name: "pt", textMax: 64, nameLen: 64, ubik: true, emptyReplies: true, operations: []rxOp{
	{500, "new-user", "%s id%i oldid%i", ""},
	{501, "where-is-it", " id%i", ""},
	{502, "dump-entry", " pos%i", ""},
	{503, "add-to-group", " uid%i gid%i", ""},
	{504, "name-to-id", "{%n}", " ids:{%i}"},
	{505, "id-to-name", " ids:{%i}", "{%n}"},
	{506, "delete", " id%i", ""},
	{507, "remove-from-group", " uid%i gid%i", ""},
	{508, "get-cps", " id%i", "{%i}"},
	{509, "new-entry", "%s flag%i oid%i", ""},
	{510, "list-max", "", " maxuid%i maxgid%i"},
	{511, "set-max", " id%i gflag%i", ""},
	{512, "list-entry", " id%i", ""},
	{513, "change-entry", " id%i%s oldid%i newid%i", ""},
	{514, "list-elements", " id%i", "{%i}"},
	{515, "same-mbr-of", " uid%i gid%i", ""},
	{516, "set-fld-sentry", "", ""},
	{517, "list-owned", " id%i", "{%i}"},
	{518, "get-cps2", " id%i", "{%i}"},
	{519, "get-host-cps", " id%i", "{%i}"},
	{520, "update-entry", " id%i%s", ""},
	{521, "list-entries", "", ""},
	{530, "list-super-groups", " id%i", ""},
}}

// rxVolumeLocation is the volume location server (vldbint).
var rxVolumeLocation = rxService{name: "vldb", textMax: 65, nameLen: 65, ubik: true, emptyReplies: true, operations: []rxOp{
	{501, "create-entry", "%n", ""},
	{502, "delete-entry", " volid%i%y", ""},
	{503, "get-entry-by-id", " volid%i%y", "%e"},
	{504, "get-entry-by-name", "%s", "%e"},
	{505, "get-new-volume-id", " bump%i", " newvol%u"},
	{506, "replace-entry", " volid%i%y%n", ""},
	{507, "update-entry", " volid%i%y", ""},
	{508, "setlock", " volid%i%y", ""},
	{509, "releaselock", " volid%i%y", ""},
	{510, "list-entry", " index%i", " count%i nextindex%i%e"},
	{511, "list-attrib", "", ""},
	{512, "linked-list", "", ""},
	{513, "get-stats", "", ""},
	{514, "probe", "", ""},
	{515, "get-addrs", "", ""},
	{516, "change-addr", "", ""},
	{517, "create-entry-n", "%n", ""},
	{518, "get-entry-by-id-n", " volid%i%y", "%N"},
	{519, "get-entry-by-name-n", "%s", "%N"},
	{520, "replace-entry-n", " volid%i%y%n", ""},
	{521, "list-entry-n", " index%i", " count%i nextindex%i%N"},
	{522, "list-attrib-n", "", ""},
	{523, "linked-list-n", "", ""},
	{524, "update-entry-by-name", "%s", ""},
	{525, "create-entry-u", "", ""},
	{526, "get-entry-by-id-u", "", "%U"},
	{527, "get-entry-by-name-u", "%s", "%U"},
	{528, "replace-entry-u", "", ""},
	{529, "list-entry-u", "", " count%i nextindex%i%N"},
	{530, "list-attrib-u", "", ""},
	{531, "linked-list-u", "", ""},
	{532, "regaddr", "", ""},
	{533, "get-addrs-u", "", ""},
	{534, "list-attrib-n2", "", ""},
}}

// rxKAuth is the authentication server (kauth).
var rxKAuth = rxService{name: "kauth", textMax: 64, ubik: true, operations: []rxOp{
	{1, "auth-old", " principal%s%s", ""},
	{21, "authenticate", " principal%s%s", ""},
	{22, "authenticate-v2", " principal%s%s", ""},
	{2, "change-pw", " principal%s%s", ""},
	{3, "get-ticket-old", " kvno%i domain%s%o principal%s%s", ""},
	{23, "get-ticket", " kvno%i domain%s%o principal%s%s", ""},
	{4, "set-pw", " principal%s%s kvno%i", ""},
	{5, "set-fields", " principal%s%s", ""},
	{6, "create-user", " principal%s%s", ""},
	{7, "delete-user", " principal%s%s", ""},
	{8, "get-entry", " principal%s%s", ""},
	{9, "list-entry", "", ""},
	{10, "get-stats", "", ""},
	{11, "debug", "", ""},
	{12, "get-pw", " name%s", ""},
	{13, "get-random-key", "", ""},
	{14, "unlock", " principal%s%s", ""},
	{15, "lock-status", " principal%s%s", ""},
}}

// rxVolume is the volume server (volint).
var rxVolume = rxService{name: "vol", textMax: 256, nameLen: 32, operations: []rxOp{
	{100, "create-volume", " partition%u name%s type%u parent%u", " volid%u trans%u"},
	{101, "delete-volume", " trans%u", ""},
	{102, "restore", " totrans%u flags%u", ""},
	{103, "forward", " fromtrans%u fromdate%d%h desttrans%i", ""},
	{104, "end-trans", " trans%u", "%u"},
	{105, "clone", " trans%u purgevol%u newtype%u newname%s", " newvol%u"},
	{106, "set-flags", " trans%u flags%u", ""},
	{107, "get-flags", " trans%u", "%u"},
	{108, "trans-create", " vol%u partition%u flags%u", " trans%u"},
	{109, "dump", " fromtrans%u fromdate%d", ""},
	{110, "get-nth-volume", " index%u", " volume%u partition%u"},
	{111, "set-forwarding", " tid%u newsite%u", ""},
	{112, "get-name", " tid", "%s"},
	{113, "get-status", " tid", " volid%u nextuniq%u type%u parentid%u clone%u backup%u restore%u maxquota%u minquota%u owner%u create%d access%d update%d expire%d backup%d copy%d"},
	{114, "sig-restore", " name%s type%u pid%u cloneid%u", ""},
	{115, "list-partitions", "", ""},
	{116, "list-volumes", " partition%u flags%u", "{ name%n volid%u type%-,}"},
	{117, "set-id-types", " tid%u name%s type%u pid%u clone%u backup%u", ""},
	{118, "monitor", "", ""},
	{119, "partition-info", " name%s", ""},
	{120, "reclone", " tid%u", ""},
	{121, "list-one-volume", " partid%u volid%u", "{ name%n volid%u type%-,}"},
	{122, "nuke", " partid%u volid%u", ""},
	{123, "set-date", " tid%u date%d", ""},
	{124, "x-list-volumes", " partid%u volid%u", ""},
	{125, "x-list-one-volume", " partid%u volid%u", ""},
	{126, "set-info", " tid%u", ""},
	{127, "x-list-partitions", "", ""},
	{128, "forward-multiple", " fromtrans%u fromdate%d{%h,}", ""},
	{65536, "convert-ro", " partid%u volid%u", ""},
	{65537, "get-size", "", ""},
	{65538, "dump-v2", " fromtrans%u fromdate%d flags%u", ""},
	{655537, "", " fromtrans%u fromdate%d", ""}, // tcpdump shows these arguments not of get-size but here
}}

// rxBOS is the basic overseer (bosint).
var rxBOS = rxService{name: "bos", textMax: 256, operations: []rxOp{
	{80, "create-bnode", " type%s instance%s", ""},
	{81, "delete-bnode", "%s", ""},
	{82, "set-status", "%s status%i", ""},
	{83, "get-status", "%s", ""},
	{84, "enumerate-instance", "%i", ""},
	{85, "get-instance-info", "%s", ""},
	{86, "get-instance-parm", "%s num%i", ""},
	{87, "add-superuser", "%s", ""},
	{88, "delete-superuser", "%s", ""},
	{89, "list-superusers", "%i", ""},
	{90, "list-keys", "%i", ""},
	{91, "add-key", "%i", ""},
	{92, "delete-key", "%i", ""},
	{93, "set-cell-name", "%s", ""},
	{94, "get-cell-name", "", ""},
	{95, "get-cell-host", "%i", ""},
	{96, "add-cell-host", "%s", ""},
	{97, "delete-cell-host", "%s", ""},
	{98, "set-t-status", "%s status%i", ""},
	{99, "shutdown-all", "", ""},
	{100, "restart-all", "", ""},
	{101, "startup-all", "", ""},
	{102, "set-noauth-flag", "", ""},
	{103, "re-bozo", "", ""},
	{104, "restart", "%s", ""},
	{105, "start-bozo-install", "%s size%i flags%i date%i", ""},
	{106, "uninstall", "%s", ""},
	{107, "get-dates", "", ""},
	{108, "exec", "%s", ""},
	{109, "prune", "", ""},
	{110, "set-restart-time", "", ""},
	{111, "get-restart-time", "", ""},
	{112, "start-bozo-log", "%s", ""},
	{113, "wait-all", "", ""},
	{114, "get-instance-strings", "%s", ""},
	{115, "get-restricted", "", ""},
	{116, "set-restricted", "", ""},
}}

// rxUbik is the replication of databases, which the database servers serve too (ubik_int).
var rxUbik = rxService{name: "ubik", operations: []rxOp{
	{rxUbikBeacon, "vote-beacon", "%b votestart%d dbversion%v tid%v", " vote no"},
	{10001, "vote-debug-old", "", ""},
	{10002, "vote-sdebug-old", "", ""},
	{10003, "vote-getsyncsite", " site%u", ""},
	{10004, "vote-debug", "", ""},
	{10005, "vote-sdebug", "", ""},
	{10006, "vote-xdebug", "", ""},
	{10007, "vote-xsdebug", "", ""},
	{20000, "disk-begin", " tid%v", ""},
	{20001, "disk-commit", " tid%v", ""},
	{20002, "disk-lock", " tid%v file%i pos%i length%i%.", ""},
	{20003, "disk-write", " tid%v file%i pos%i", ""},
	{20004, "disk-getversion", "", " dbversion%v"},
	{20005, "disk-getfile", " file%i", ""},
	{20006, "disk-sendfile", " file%i length%i dbversion%v", ""},
	{20007, "disk-abort", " tid%v", ""},
	{20008, "disk-releaselocks", " tid%v", ""},
	{20009, "disk-truncate", " tid%v file%i length%i", ""},
	{20010, "disk-probe", " tid%v", ""},
	{20011, "disk-writev", "", ""},
	{20012, "disk-interfaceaddr", " tid%v oldversion%v newversion%v", ""},
	{20013, "disk-setversion", "", ""},
}}
