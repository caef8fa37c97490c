module outside

go 1.26.0

require (
	github.com/gopacket/gopacket v1.7.7
	github.com/tapdump/tapdump v0.0.0
	golang.org/x/sys v0.49.0
)

require (
	github.com/klauspost/compress v1.20.3 // indirect
	github.com/pierrec/lz4/v4 v4.1.33 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/net v0.62.0 // indirect
)

replace github.com/tapdump/tapdump => ../..
