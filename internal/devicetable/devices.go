//go:build linux

package main

import "fmt"

// wires are words of shell that make pairs of interfaces between near and far, and
// give addresses: those of wire are 192.0.2.1 and 192.0.2.2, those of what is on top
// of it 198.51.100.1 and 198.51.100.2, and 2001:db8::1, 2001:db8:1::1 and so on.
const wires = `
pair() { n link add $1 type veth peer name $1 netns far; n link set $1 up; f link set $1 up; }
outer() { n addr add 192.0.2.1/24 dev $1; n addr add 2001:db8::1/64 dev $1 nodad
	f addr add 192.0.2.2/24 dev ${2-$1}; f addr add 2001:db8::2/64 dev ${2-$1} nodad; }
inner() { n link set $1 up; f link set ${2-$1} up; n addr add 198.51.100.1/24 dev $1; n addr add 2001:db8:1::1/64 dev $1 nodad
	f addr add 198.51.100.2/24 dev ${2-$1}; f addr add 2001:db8:1::2/64 dev ${2-$1} nodad; }
both() { n link add $1 "${@:2}" local 192.0.2.1 remote 192.0.2.2; f link add $1 "${@:2}" local 192.0.2.2 remote 192.0.2.1; }
both6() { n link add $1 "${@:2}" local 2001:db8::1 remote 2001:db8::2; f link add $1 "${@:2}" local 2001:db8::2 remote 2001:db8::1; }
wire() { pair wire; outer wire; }
`

// devices are the rows, in the order of the table.
var devices = []device{
	{name: "loopback", by: []string{"lo"}, traffic: loopTraffic},
	{name: "veth", script: "pair wire; inner wire", by: []string{"wire"}},
	{name: "veth without offloads", needs: "ethtool", by: []string{"wire"},
		script: "pair wire; inner wire; for ns in near far; do ip netns exec $ns ethtool -K wire tx off tso off gso off gro off > /dev/null; done"},
	{name: "netem", needs: "tc", modules: "sch_netem", by: []string{"wire"},
		script: "pair wire; inner wire; tc -n near qdisc add dev wire root netem delay 2ms 1ms loss 5% duplicate 10% reorder 25%"},
	{name: "VLAN", modules: "8021q", by: []string{"wire", "tag"},
		script: "pair wire; for w in n f; do $w link add link wire name tag type vlan id 5; done; inner tag"},
	{name: "VLAN in VLAN", modules: "8021q", by: []string{"wire", "outer", "tag"},
		script: "pair wire; for w in n f; do $w link add link wire name outer type vlan proto 802.1ad id 100; $w link set outer up\n" +
			"$w link add link outer name tag type vlan id 5; done; inner tag"},
	{name: "bridge", modules: "bridge", by: []string{"bridge", "wire"},
		script: "pair wire; n link add bridge type bridge; n link set wire master bridge; inner bridge wire"},
	{name: "bridge with VLANs", modules: "bridge 8021q", by: []string{"bridge", "wire"},
		script: "pair wire; n link add bridge type bridge vlan_filtering 1; n link set wire master bridge; f link add link wire name tag type vlan id 7\n" +
			"bridge -n near vlan add dev wire vid 7; bridge -n near vlan add dev bridge vid 7 self pvid untagged; inner bridge tag"},
	{name: "bond", modules: "bonding", by: []string{"bond", "w1", "w2"},
		script: "for w in n f; do $w link add bond type bond mode balance-rr miimon 100; done; pair w1; pair w2\n" +
			"for w in n f; do for p in w1 w2; do $w link set $p down; $w link set $p master bond; done; done; inner bond"},
	{name: "team", modules: "team team_mode_roundrobin", needs: "teamnl", by: []string{"team", "w1"},
		script: "for ns in near far; do ip -n $ns link add team type team; ip netns exec $ns teamnl team setoption mode roundrobin; done; pair w1; pair w2\n" +
			"for w in n f; do for p in w1 w2; do $w link set $p down; $w link set $p master team; done; done; inner team"},
	{name: "macvlan", modules: "macvlan", by: []string{"wire", "mac"},
		script: "pair wire; n link add link wire name mac type macvlan mode bridge; inner mac wire"},
	{name: "macvtap", modules: "macvtap", by: []string{"wire", "mac"},
		script: "pair wire; n link add link wire name mac type macvtap mode bridge; inner mac wire"},
	{name: "ipvlan", modules: "ipvlan", by: []string{"wire", "ipv"},
		script: "pair wire; n link add link wire name ipv type ipvlan mode l2; inner ipv wire"},
	{name: "dummy", modules: "dummy", by: []string{"dummy"}, traffic: oneWay,
		script: "n link add dummy type dummy; n link set dummy up; n addr add 198.51.100.1/24 dev dummy; n addr add 2001:db8:1::1/64 dev dummy nodad"},
	{name: "ifb", modules: "ifb act_mirred sch_ingress cls_matchall", needs: "tc", by: []string{"ifb", "wire"},
		script: "pair wire; n link add ifb type ifb; n link set ifb up; inner wire; tc -n near qdisc add dev wire ingress\n" +
			"tc -n near filter add dev wire parent ffff: matchall action mirred egress redirect dev ifb"},
	{name: "VRF", modules: "vrf", by: []string{"red", "wire"}, traffic: vrfTraffic,
		script: "pair wire; n link add red type vrf table 10; n link set red up; n link set wire master red; inner wire"},
	{name: "TUN", modules: "tun", by: []string{"tun"}, prepare: tunPair, script: "inner tun"},
	{name: "TAP", modules: "tun", by: []string{"tap"}, prepare: tapPair, script: "inner tap"},
	{name: "GRE", modules: "ip_gre", by: []string{"wire", "gre"}, script: "wire; both gre type gre key 7 csum seq; inner gre"},
	{name: "GRE over IPv6", modules: "ip6_gre", by: []string{"wire", "gre"}, script: "wire; both6 gre type ip6gre; inner gre"},
	{name: "gretap", modules: "ip_gre", by: []string{"wire", "tap"}, script: "wire; both tap type gretap; inner tap"},
	{name: "ERSPAN", modules: "ip_gre", by: []string{"wire", "span"}, script: "wire; both span type erspan seq key 9 erspan_ver 2; inner span"},
	{name: "IPIP", modules: "ipip", by: []string{"wire", "ipip"}, traffic: ipv4Traffic,
		script: "wire; both ipip type ipip; for w in n f; do $w link set ipip up; done; n addr add 198.51.100.1/24 dev ipip; f addr add 198.51.100.2/24 dev ipip"},
	{name: "SIT", modules: "sit", by: []string{"wire", "sit"}, script: "wire; both sit type sit mode any; inner sit"},
	{name: "ip6tnl", modules: "ip6_tunnel", by: []string{"wire", "tnl"}, script: "wire; both6 tnl type ip6tnl mode any; inner tnl"},
	{name: "VTI", modules: "ip_vti", by: []string{"wire", "vti"}, script: "wire; both vti type vti key 5\n" + states("tunnel", "mark 5") + "inner vti", traffic: ipv4Traffic},
	{name: "VXLAN", modules: "vxlan", by: []string{"wire", "vxlan"}, script: "wire; both vxlan type vxlan id 5 dstport 4789; inner vxlan"},
	{name: "Geneve", modules: "geneve", by: []string{"wire", "geneve"},
		script: "wire; n link add geneve type geneve id 5 remote 192.0.2.2; f link add geneve type geneve id 5 remote 192.0.2.1; inner geneve"},
	{name: "foo over UDP", modules: "fou ipip", by: []string{"wire", "fou"}, traffic: ipv4Traffic,
		script: "wire; for w in n f; do $w fou add port 5555 ipproto 4; done; both fou type ipip encap fou encap-sport auto encap-dport 5555\n" +
			"for w in n f; do $w link set fou up; done; n addr add 198.51.100.1/24 dev fou; f addr add 198.51.100.2/24 dev fou"},
	{name: "WireGuard", modules: "wireguard", needs: "wg", by: []string{"wire", "wg"},
		script: `wire; for w in n f; do $w link add wg type wireguard; done
a=$(wg genkey) b=$(wg genkey)
ip netns exec near wg set wg listen-port 51820 private-key <(echo $a) peer $(wg pubkey <<< $b) endpoint 192.0.2.2:51820 allowed-ips 0.0.0.0/0,::/0
ip netns exec far wg set wg listen-port 51820 private-key <(echo $b) peer $(wg pubkey <<< $a) endpoint 192.0.2.1:51820 allowed-ips 0.0.0.0/0,::/0
inner wg`},
	{name: "MACsec", modules: "macsec", by: []string{"wire", "sec"},
		script: `pair wire; for w in n f; do $w link add link wire sec type macsec encrypt on; done
address() { ip netns exec $1 cat /sys/class/net/wire/address; }
for w in near,far,1,2 far,near,2,1; do IFS=, read a b k l <<< $w
	ip -n $a macsec add sec tx sa 0 pn 1 on key 0$k 0${k}11111111111111111111111111111$k
	ip -n $a macsec add sec rx port 1 address $(address $b)
	ip -n $a macsec add sec rx port 1 address $(address $b) sa 0 pn 1 on key 0$l 0${l}11111111111111111111111111111$l
done; inner sec`},
	{name: "MPLS", modules: "mpls_router mpls_iptunnel", by: []string{"wire"}, traffic: mplsTraffic,
		script: `wire; for ns in near far; do ip netns exec $ns sysctl -qw net.mpls.conf.wire.input=1 net.mpls.conf.lo.input=1 net.mpls.platform_labels=1000
	ip -n $ns -f mpls route add 100 dev lo; done
n addr add 198.51.100.1/32 dev lo; f addr add 198.51.100.2/32 dev lo; n addr add 2001:db8:1::1/128 dev lo nodad; f addr add 2001:db8:1::2/128 dev lo nodad
n route add 198.51.100.2 encap mpls 200/100 via 192.0.2.2 src 198.51.100.1; f route add 198.51.100.1 encap mpls 100 via 192.0.2.1 src 198.51.100.2
f -f mpls route add 200 dev lo 2> /dev/null || f -f mpls route add 200 via inet 127.0.0.1 dev lo
n route add 2001:db8:1::2 encap mpls 100 via 2001:db8::2 src 2001:db8:1::1; f route add 2001:db8:1::1 encap mpls 100 via 2001:db8::1 src 2001:db8:1::2`},
	{name: "ESP", modules: "esp4 esp6 xfrm_user", by: []string{"wire"}, script: "pair wire; inner wire\n" + states("transport", "")},
	{name: "IPsec interface", modules: "xfrm_interface esp4 xfrm_user", by: []string{"wire", "ipsec"}, traffic: ipv4Traffic,
		script: "wire; for w in n f; do $w link add ipsec type xfrm dev wire if_id 5; done\n" + states("tunnel", "if_id 5") + "inner ipsec"},
	{name: "PPP", modules: "ppp_generic ppp_async", needs: "pppd", by: []string{"ppp0"}, prepare: pppPair},
	{name: "L2TP", modules: "l2tp_eth l2tp_netlink l2tp_ip", by: []string{"wire", "l2tp"},
		script: `wire; n l2tp add tunnel tunnel_id 1 peer_tunnel_id 2 encap udp local 192.0.2.1 remote 192.0.2.2 udp_sport 1701 udp_dport 1701
f l2tp add tunnel tunnel_id 2 peer_tunnel_id 1 encap udp local 192.0.2.2 remote 192.0.2.1 udp_sport 1701 udp_dport 1701
n l2tp add session name l2tp tunnel_id 1 session_id 1 peer_session_id 2; f l2tp add session name l2tp tunnel_id 2 session_id 2 peer_session_id 1; inner l2tp`},
	{name: "vcan", modules: "vcan can_raw", by: []string{"vcan"}, traffic: canTraffic, mark: canMark,
		script: "n link add vcan type vcan; n link set vcan mtu 72; n link set vcan up"},
	{name: "vxcan", modules: "vxcan can_raw", by: []string{"vcan"}, traffic: canTraffic, mark: canMark,
		script: "n link add vcan type vxcan peer name vcan netns far; n link set vcan mtu 72; f link set vcan mtu 72; n link set vcan up; f link set vcan up"},
	{name: "nlmon", modules: "nlmon", by: []string{"nlmon"}, traffic: netlinkTraffic, script: "n link add nlmon type nlmon; n link set nlmon up"},
	{name: "vsockmon", modules: "vsockmon vsock_loopback", by: []string{"vsockmon"}, traffic: vsockTraffic,
		script: "n link add vsockmon type vsockmon; n link set vsockmon up"},
	// hwsim0 has each frame of the air. A ring that is handed over every 50 ms holds seconds only if it is large.
	{name: "Wi-Fi", modules: "mac80211_hwsim,radios=2", needs: "iw", by: []string{"wlan0", "hwsim0"}, here: true, ring: 65536,
		script: `iw phy phy1 set netns name far; ip link set hwsim0 up; iw dev wlan0 set type ibss; ip netns exec far iw dev wlan1 set type ibss
ip link set wlan0 up; f link set wlan1 up; iw dev wlan0 ibss join table 2412 fixed-freq 02:00:00:00:0a:01
ip netns exec far iw dev wlan1 ibss join table 2412 fixed-freq 02:00:00:00:0a:01; inner wlan0 wlan1
for i in {1..60}; do busybox ping -c 1 -W 2 198.51.100.2 && busybox ping -c 1 -W 2 2001:db8:1::2 && break; done > /dev/null`},
	{name: "USB", modules: "usbmon xhci_pci usbhid", by: []string{"usbmon1", "usbmon0"}, here: true, alone: true, traffic: usbTraffic, mark: usbMark},
	{name: "Bluetooth", modules: "hci_vhci", by: []string{"bluetooth-monitor", "bluetooth0"}, here: true, alone: true,
		prepare: bluetoothAdapter, traffic: bluetoothTraffic, mark: bluetoothMark},
	{name: "netfilter log", modules: "nfnetlink_log nft_log", needs: "nft", by: []string{"nflog:5"}, theirs: []string{"nflog:6"}, alone: true, ring: 8192,
		traffic: loggedTraffic, mark: echoMark, script: roomy + "pair wire; inner wire\n" +
			hooks("logs", 0, `log prefix "in" group 5 log prefix "in" group 6`, "log group 5 log group 6")},
	{name: "netfilter queue", modules: "nfnetlink_queue nft_queue", needs: "nft", by: []string{"nfqueue:5"}, theirs: []string{"nfqueue:6"}, alone: true, ring: 8192,
		traffic: loggedTraffic, mark: echoMark, script: roomy + "pair wire; inner wire\n" +
			hooks("first", 0, "queue flags bypass to 5", "queue flags bypass to 5") + hooks("second", 1, "queue flags bypass to 6", "queue flags bypass to 6")},
}

// roomy lets sockets that have no ring have the room that -B asks for.
const roomy = "echo 16777216 > /proc/sys/net/core/rmem_max\n"

// hooks are what netfilter does in near with what comes in and what goes out.
func hooks(table string, priority int, in, out string) string {
	chain := func(hook, does string) string {
		return fmt.Sprintf("chain %s { type filter hook %s priority %d; %s; }; ", hook, hook, priority, does)
	}
	return "ip netns exec near nft '" + "table inet " + table + " { " + chain("input", in) + chain("output", out) + "}'\n"
}

// states are the keys of IPsec, and policies: the same for both ways.
func states(mode, more string) string {
	outer, selector := "198.51.100", "src $2 dst $3"
	if mode == "tunnel" {
		outer, selector = "192.0.2", "src 0.0.0.0/0 dst 0.0.0.0/0"
	}
	return `way() { # FROM TO SPI
	for ns in near far; do ip -n $ns xfrm state add src $1 dst $2 proto esp spi $3 reqid 1 mode ` + mode + ` ` + more + ` aead 'rfc4106(gcm(aes))' 0x0102030405060708090a0b0c0d0e0f1011121314 128; done; }
policy() { ip -n $1 xfrm policy add ` + selector + ` dir $4 ` + more + ` tmpl src $2 dst $3 proto esp reqid 1 mode ` + mode + `; }
way ` + outer + `.1 ` + outer + `.2 0x100; way ` + outer + `.2 ` + outer + `.1 0x200
policy near ` + outer + `.1 ` + outer + `.2 out; policy near ` + outer + `.2 ` + outer + `.1 in
policy far ` + outer + `.2 ` + outer + `.1 out; policy far ` + outer + `.1 ` + outer + `.2 in
`
}
