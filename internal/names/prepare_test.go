package names

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestPrepare: what was prepared needs no file any more.
func TestPrepare(t *testing.T) {
	dir := t.TempDir()
	texts := map[string]string{
		"services":  "first 7/tcp\n",
		"protocols": "proto 200 PROTO\n",
		"ethers":    "02:00:00:00:00:01 station\n",
		"hosts":     "192.0.2.1 host\n",
		"networks":  "net 192.0.2.0\n",
		"rpc":       "program 100000\n",
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := Files{
		Services: filepath.Join(dir, "services"), Protocols: filepath.Join(dir, "protocols"), Ethers: filepath.Join(dir, "ethers"),
		Hosts: filepath.Join(dir, "hosts"), Networks: filepath.Join(dir, "networks"), RPC: filepath.Join(dir, "rpc"),
	}
	r := New(Options{Files: files, DNS: noDNS()})
	r.Prepare()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	got := func(b []byte, ok bool) string { return string(b) }
	if name := got(r.AppendTCPPort(nil, 7)); name != "first" {
		t.Errorf("port 7 is %q", name)
	}
	if n, ok := r.IPProto("proto"); !ok || n != 200 {
		t.Errorf("proto is %d, %t", n, ok)
	}
	if name := got(r.AppendEther(nil, [6]byte{2, 0, 0, 0, 0, 1})); name != "station" {
		t.Errorf("the station is %q", name)
	}
	if name := got(r.AppendHost4(nil, [4]byte{192, 0, 2, 1})); name != "host" {
		t.Errorf("the host is %q", name)
	}
	if _, ok := r.Net("net"); !ok {
		t.Error("the network has no number")
	}
	if name := got(r.AppendRPC(nil, 100000)); name != "program" {
		t.Errorf("the RPC program is %q", name)
	}
}

// TestKeptServers: name servers that resolv.conf did not name are not asked.
func TestKeptServers(t *testing.T) {
	k := keptServers{servers: nameServers("# none\nsearch x\nnameserver 192.0.2.1\nnameserver fe80::1%eth0 # second\n" +
		"nameserver example.com\n nameserver 192.0.2.3\nnameserver 192.0.2.4\n")}
	if want := []string{"192.0.2.1:53", "[fe80::1%eth0]:53", "192.0.2.3:53"}; !slices.Equal(k.servers, want) {
		t.Errorf("name servers %q, want %q", k.servers, want)
	}
	for _, c := range [][2]string{
		{"192.0.2.3:53", "192.0.2.3:53"},
		{"127.0.0.1:53", "192.0.2.1:53"},
		{"[::1]:53", "[fe80::1%eth0]:53"},
		{"127.0.0.1:53", "192.0.2.3:53"},
		{"127.0.0.1:53", "192.0.2.1:53"},
	} {
		if got := k.choose(c[0]); got != c[1] {
			t.Errorf("for %s %s is asked, want %s", c[0], got, c[1])
		}
	}
	var none keptServers
	if got := none.choose("127.0.0.1:53"); got != "127.0.0.1:53" {
		t.Errorf("without any, %s is asked", got)
	}
}

// TestPrepareDNS: names are asked of the name servers of now, by Go's resolver;
// one that was given stays.
func TestPrepareDNS(t *testing.T) {
	r := New(Options{})
	r.Prepare()
	if r.dns == net.DefaultResolver || !r.dns.PreferGo || r.dns.Dial == nil {
		t.Errorf("names are asked of %+v", r.dns)
	}
	given := noDNS()
	r = New(Options{DNS: given})
	if r.Prepare(); r.dns != given {
		t.Errorf("names are asked of %+v", r.dns)
	}
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Skipf("needs a loopback: %v", err)
	}
	defer server.Close()
	k := keptServers{servers: []string{server.LocalAddr().String()}}
	conn, err := k.dial(t.Context(), "udp", "127.0.0.1:53")
	if errors.Is(err, syscall.ENETUNREACH) {
		t.Skipf("needs a loopback that is up: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.RemoteAddr().String(); got != server.LocalAddr().String() {
		t.Errorf("%s is asked, want %s", got, server.LocalAddr())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.dial(ctx, "udp", "127.0.0.1:53"); !errors.Is(err, context.Canceled) {
		t.Errorf("once it is cancelled: %v", err)
	}
}
