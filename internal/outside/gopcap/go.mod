module outside/gopcap

go 1.26.0

require (
	github.com/packetcap/go-pcap v0.0.0-20251215121130-f2cf9f991e7c
	golang.org/x/net v0.62.0
)
