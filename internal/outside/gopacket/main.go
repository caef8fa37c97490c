// Gopacket counts the layers that github.com/gopacket/gopacket finds: gopacket FILE
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/pcapfile"
)

// source is a capture.Source as a gopacket.PacketDataSource.
type source struct{ capture.Source }

func (s source) ReadPacketData() (data []byte, info gopacket.CaptureInfo, err error) {
	var pkt capture.Packet
	err = s.Next(&pkt) // NoCopy is not set: gopacket copies Data
	info = gopacket.CaptureInfo{Timestamp: pkt.Time.Time(), CaptureLength: len(pkt.Data), Length: int(pkt.Length), InterfaceIndex: pkt.Interface}
	return pkt.Data, info, err
}

func main() {
	file, err := pcapfile.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	count := make(map[gopacket.LayerType]int)
	packets := gopacket.NewPacketSource(source{file}, layers.LinkType(file.LinkType().Savefile()))
	for packet, err := packets.NextPacket(); err == nil; packet, err = packets.NextPacket() {
		for _, layer := range packet.Layers() {
			count[layer.LayerType()]++
		}
	}
	fmt.Println(count[layers.LayerTypeTCP], count[layers.LayerTypeDNS], count[layers.LayerTypeICMPv6])
}
