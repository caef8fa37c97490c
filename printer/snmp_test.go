package printer

import "testing"

// TestSNMPObjectNames: the packet files print numbers only, since they have -n.
func TestSNMPObjectNames(t *testing.T) {
	for _, test := range []struct {
		oid, want, numbers string
	}{
		{"\x2b\x06\x01\x02\x01\x01\x01\x00", "system.sysDescr.0", ".1.3.6.1.2.1.1.1.0"},
		{"\x2b\x06\x01\x02\x01\x02\x02\x01\x02\x03", "interfaces.ifTable.ifEntry.ifDescr.3", ".1.3.6.1.2.1.2.2.1.2.3"},
		{"\x2b\x06\x01\x04\x01\x09\x84\x04", "E:cisco.516", ".1.3.6.1.4.1.9.516"},
		{"\x2b\x06\x01\x03\x07", "X:7", ".1.3.6.1.3.7"},
		{"\x2b\x06\x01\x06\x03\x01\x01\x05\x01", "S:1.1.5.1", ".1.3.6.1.6.3.1.1.5.1"},
		{"\x2b\x06\x01\x02", ".iso.org.dod.internet.mgmt", ".1.3.6.1.2"},
		{"\x2b\x06\x09\x01", ".iso.org.dod.9.1", ".1.3.6.9.1"},
		{"\x2b\x06", ".iso.org.dod", ".1.3.6"},
		{"\x88\x37\x03", ".2.999.3", ".2.999.3"},
		{"\x2b\x06\x01\x02\x01", "", ".1.3.6.1.2.1"},
		{"\x2b\x86", ".iso.org", ".1.3"}, // the last number does not end
		{"", "", ""},
	} {
		for _, numbers := range []bool{false, true} {
			p := New(Options{})
			p.nflag = numbers
			p.snmpObjectID([]byte(test.oid))
			want := test.want
			if numbers {
				want = test.numbers
			}
			if string(p.out) != want {
				t.Errorf("% x with -n %v: %q, want %q", test.oid, numbers, p.out, want)
			}
		}
	}
}
