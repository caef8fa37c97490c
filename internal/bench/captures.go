//go:build linux

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tapdump/tapdump/capture"
	"github.com/tapdump/tapdump/internal/traffic"
	"github.com/tapdump/tapdump/pcapfile"
)

// seed makes the capture that docs/performance.md speaks of.
const seed = 1

// file is what a word in the command line of a job stands for.
type file struct {
	word, name string
	// make makes it, and says how many packets it has; nil: the job writes it.
	make func(b *bench, path string) (packets int, err error)
}

func files() []file {
	return []file{
		{"FILE", "mixed.pcap", func(b *bench, path string) (int, error) { return b.makeTraffic(path, b.packets, pcapfile.Format{}) }},
		{"NG", "mixed.pcapng", func(b *bench, path string) (int, error) {
			return b.makeTraffic(path, b.packets, pcapfile.Format{Pcapng: true})
		}},
		{"OWNGZ", "own.pcap.gz", func(b *bench, path string) (int, error) {
			return b.makeTraffic(path, b.packets, pcapfile.Format{Compression: pcapfile.Gzip})
		}},
		{"OWNZST", "own.pcap.zst", func(b *bench, path string) (int, error) {
			return b.makeTraffic(path, b.packets, pcapfile.Format{Compression: pcapfile.Zstd})
		}},
		{"GZ", "mixed.pcap.gz", func(b *bench, path string) (int, error) { return b.compress(path, "gzip", "-6") }},
		{"ZST", "mixed.pcap.zst", func(b *bench, path string) (int, error) { return b.compress(path, "zstd", "-q", "-3") }},
		{"TENTH", "tenth.pcap", func(b *bench, path string) (int, error) {
			return b.makeTraffic(path, max(1, b.packets/10), pcapfile.Format{})
		}},
		{"ONE", "one.pcap", func(b *bench, path string) (int, error) { return b.makeTraffic(path, 1, pcapfile.Format{}) }},
		{"MIX", "mix.pcap", (*bench).makeMix},
		{"INDEXED", "indexed.pcap", (*bench).makeIndexed},
		{"PAIRS", "pairs", func(_ *bench, path string) (int, error) { return 1, makePairs(path, 10_000) }},
		{"SOMEPAIRS", "some-pairs", func(_ *bench, path string) (int, error) { return 1, makePairs(path, 500) }},
		{"OUT", "out", nil},
	}
}

// fileOf is the file that a word stands for.
func fileOf(word string) (file, bool) {
	all := files()
	i := slices.IndexFunc(all, func(f file) bool { return f.word == word })
	if i < 0 {
		return file{}, false
	}
	return all[i], true
}

func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// need makes the files of a command line that are not there yet. It says how many
// packets the first of them has, 0 if there is none.
func (b *bench) need(line string) (packets int, err error) {
	for _, word := range strings.Fields(line) {
		f, ok := fileOf(word)
		if !ok || f.make == nil {
			continue
		}
		n, made := b.made[f.word]
		if !made {
			if n, err = f.make(b, b.path(f.name)); err != nil {
				return 0, fmt.Errorf("%s: %w", f.name, err)
			}
			b.made[f.word] = n
		}
		if packets == 0 {
			packets = n
		}
	}
	return packets, nil
}

// makeTraffic writes made packets.
func (b *bench) makeTraffic(path string, packets int, format pcapfile.Format) (int, error) {
	src := traffic.New(seed, packets)
	format.SnapLen = src.SnapLen()
	if format.Pcapng {
		format.Interfaces = src.Interfaces
	}
	w, err := pcapfile.Create(path, src.LinkType(), format)
	if err != nil {
		return 0, err
	}
	return packets, errors.Join(writeAll(w, src), w.Close())
}

func writeAll(w *pcapfile.Writer, src capture.Source) error {
	var pkt capture.Packet
	for {
		if err := src.Next(&pkt); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := w.Write(&pkt); err != nil {
			return err
		}
	}
}

// compress has a program compress FILE.
func (b *bench) compress(path, program string, args ...string) (int, error) {
	packets, err := b.need("FILE")
	if err != nil {
		return 0, err
	}
	out, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(program, append(args, "-c", b.path("mixed.pcap"))...)
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = out, &stderr
	if err := cmd.Run(); err != nil {
		err = fmt.Errorf("%s: %w: %s", program, err, stderr.Bytes())
		return 0, errors.Join(err, out.Close())
	}
	return packets, out.Close()
}

// makeIndexed is FILE with an index beside it.
func (b *bench) makeIndexed(path string) (int, error) {
	packets, err := b.makeTraffic(path, b.packets, pcapfile.Format{})
	if err != nil {
		return 0, err
	}
	if out, err := exec.Command(b.tools[tapdump], "--make-index", path).CombinedOutput(); err != nil {
		return 0, fmt.Errorf("tapdump --make-index: %w: %s", err, out)
	}
	return packets, nil
}

// makePairs writes a filter expression: hosts, each with a port.
func makePairs(path string, n int) error {
	pairs := make([]string, n)
	for i := range pairs {
		pairs[i] = fmt.Sprintf("(host 10.%d.%d.%d and port %d)", i/6400, i/80%80, i%80, 1024+i*6%60000)
	}
	return os.WriteFile(path, []byte(strings.Join(pairs, " or ")+"\n"), 0o644)
}

// makeMix writes the Ethernet packets of b.mix again and again, two for five packets
// of FILE.
func (b *bench) makeMix(path string) (packets int, err error) {
	from := b.mix
	if from == "" {
		from = b.path("packets.pcapng")
		if err := recordPackets(from); err != nil {
			return 0, err
		}
	}
	all, err := ethernetPackets(from)
	if err != nil {
		return 0, err
	}
	w, err := pcapfile.Create(path, capture.LinkEN10MB, pcapfile.Format{SnapLen: capture.MaxSnapLen})
	if err != nil {
		return 0, err
	}
	packets = max(1, b.packets*2/5)
	for i := range packets {
		if err := w.Write(&all[i%len(all)]); err != nil {
			return 0, errors.Join(err, w.Close())
		}
	}
	return packets, w.Close()
}

// recordPackets has the test of package printer that reads testdata/packets write
// them into a savefile.
func recordPackets(path string) error {
	cmd := exec.Command("go", "test", "github.com/tapdump/tapdump/printer", "-run", "^TestPacketsInSavefile$", "-count=1")
	cmd.Env = append(os.Environ(), "TAPDUMP_PACKETS="+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(cmd.Args, " "), err, out)
	}
	return nil
}

func ethernetPackets(path string) (all []capture.Packet, err error) {
	src, err := pcapfile.Open(path)
	if err != nil {
		return nil, err
	}
	defer src.Close()
	for pkt, err := range capture.Packets(src) {
		if err != nil {
			return nil, err
		}
		if pkt.LinkType == capture.LinkEN10MB {
			kept := *pkt
			kept.Data, kept.Origin, kept.Interface = slices.Clone(pkt.Data), nil, 0
			all = append(all, kept)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no packets of Ethernet", path)
	}
	return all, nil
}

// makeNames writes a hosts file with names for part of what the capture holds,
// and the setting that names come from nowhere else.
func (b *bench) makeNames() error {
	var hosts strings.Builder
	fmt.Fprintln(&hosts, "127.0.0.1 localhost")
	for i := 1; i < 255; i++ {
		fmt.Fprintf(&hosts, "10.0.0.%d host%d.example.net\n192.0.2.%d server%d.example.net\n2001:db8:1::%x host6-%d.example.net\n", i, i, i, i, i, i)
	}
	return errors.Join(
		os.WriteFile(b.path("hosts"), []byte(hosts.String()), 0o644),
		os.WriteFile(b.path("nsswitch.conf"), []byte("hosts: files\n"), 0o644))
}
