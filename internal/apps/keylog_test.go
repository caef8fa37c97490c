package apps

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func keyLine(label string, random byte, secret string) string {
	return fmt.Sprintf("%s %s %x\n", label, strings.Repeat(hex.EncodeToString([]byte{random}), 32), secret)
}

func randomOf(b byte) *[32]byte {
	var r [32]byte
	copy(r[:], bytes.Repeat([]byte{b}, 32))
	return &r
}

func TestKeyLog(t *testing.T) {
	k := NewKeys()
	k.Add([]byte("# comment\r\n\n" + keyLine("CLIENT_RANDOM", 1, "master") + keyLine("QUIC_CLIENT_TRAFFIC_SECRET_0", 1, "old") +
		strings.ReplaceAll(keyLine("SERVER_TRAFFIC_SECRET_0", 2, "crlf"), "\n", "\r\n") + keyLine("EXPORTER_SECRET", 3, "no") +
		"CLIENT_RANDOM zz zz\nCLIENT_RANDOM\n" + strings.TrimSuffix(keyLine("SERVER_HANDSHAKE_TRAFFIC_SECRET", 2, "unended"), "\n")))
	for _, test := range []struct {
		random byte
		label  int
		want   string
	}{{1, secretMaster, "master"}, {1, secretClientApplication, "old"}, {2, secretServerApplication, "crlf"}, {2, secretServerHandshake, "unended"},
		{3, secretMaster, ""}, {2, secretClientHandshake, ""}} {
		if got := string(k.secret(randomOf(test.random), test.label)); got != test.want {
			t.Errorf("random %d, label %d: %q, want %q", test.random, test.label, got, test.want)
		}
	}
	if len(k.sessions) != 2 {
		t.Errorf("%d sessions", len(k.sessions))
	}
	var none *Keys
	if none.secret(randomOf(1), secretMaster) != nil {
		t.Error("a secret without keys")
	}
}

// What is appended, also in the middle of a line, is there when it is needed.
func TestKeyLogFollowed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	k := NewKeys()
	if err := k.Open(name); err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i, part := range []string{"CLIENT_RANDOM ", strings.Repeat("01", 32) + " aa", "bb", "\n" + strings.Repeat("x", 5000), "\n" + keyLine("CLIENT_RANDOM", 2, "z")} {
		if got := k.secret(randomOf(1), secretMaster); i < 4 && got != nil {
			t.Fatalf("before part %d: %x", i, got)
		}
		if _, err := f.WriteString(part); err != nil {
			t.Fatal(err)
		}
	}
	if got := k.secret(randomOf(2), secretMaster); string(got) != "z" {
		t.Errorf("%x", got)
	}
	if got := k.secret(randomOf(1), secretMaster); string(got) != "\xaa\xbb" {
		t.Errorf("%x", got)
	}
	if len(k.partial) != 0 || cap(k.partial) > 2*maxKeyLine {
		t.Errorf("%d bytes of a line, capacity %d", len(k.partial), cap(k.partial))
	}
}

func TestKeyLogErrors(t *testing.T) {
	dir := t.TempDir()
	k := NewKeys()
	if err := k.Open(filepath.Join(dir, "absent")); !os.IsNotExist(err) {
		t.Error(err)
	}
	if err := k.Open(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Error(err)
	}
}

// Memory is bounded: the first connections are forgotten, and counted.
func TestKeyLogBound(t *testing.T) {
	k := NewKeys()
	k.limit = 100 * sessionBytes
	for i := range 1000 {
		var random [32]byte
		random[0], random[1] = byte(i), byte(i>>8)
		k.put(random, secretMaster, bytes.Repeat([]byte{1}, 48))
	}
	if k.used > k.limit || len(k.sessions) != len(k.order) || k.Forgotten != uint64(1000-len(k.sessions)) || len(k.sessions) < 50 {
		t.Errorf("%d bytes, %d sessions, %d forgotten", k.used, len(k.sessions), k.Forgotten)
	}
}
