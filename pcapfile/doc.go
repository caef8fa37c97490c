// Package pcapfile reads and writes savefiles: pcap and pcapng, compressed too.
//
//	r, err := pcapfile.Open("in.pcapng.gz")
//	if err != nil {
//		return err
//	}
//	defer r.Close()
//	w, err := pcapfile.Create("out.pcap", r.LinkType(), r.Header().Format())
//	if err != nil {
//		return err
//	}
//	for pkt, err := range capture.Packets(r) {
//		if err != nil {
//			return err
//		}
//		if err := w.Write(pkt); err != nil {
//			return err
//		}
//	}
//	return w.Close()
//
// Close has to be called, and its error looked at: what was written before may be
// lost only then.
//
// # Errors
//
// Those of reading are worded as libpcap's, which name the file only where it cannot be
// opened ("x.pcap: No such file or directory"), not where its header or a packet is
// wrong ("unknown file format"): the caller has the name. Those of writing name it, and
// count the packets that are lost (*WriteError). A *StreamError is
// about compressed input, a *WindowError asks for more memory, a *LimitError says
// that a Rotator's rules allow no more.
//
// # Goroutines
//
// A Writer and a Rotator may be called from several goroutines; a Reader and a Merged
// are for one, but for Reader.Wake. Functions may be called from several.
//
// # Versions
//
// The package keeps its API as semantic versioning has it: docs/library.md.
//
// # Reading
//
// Open and NewReader give a Reader, which is a capture.Source. They take pcap
// in both byte orders, with microseconds, nanoseconds or the longer record
// header of Alexey Kuznetzov's patch, and pcapng with any number of sections
// and interfaces. The input is read in large blocks, a packet's Data points
// into the block, and nothing is allocated for a packet. Memory is bounded by
// the largest record, whatever the file's size or its headers claim.
//
// Blocks are read, not mapped: walking the headers of 1,000,000 records (480
// MB, in the page cache) takes 75 ms with reads of 256 KiB and 140 ms through a
// mapping, since what read copies is in the processor's cache when it is looked
// at; and a file that is truncated meanwhile ends the reading, not the program.
//
// A damaged file yields all whole packets before the damage, then an error in
// the words of libpcap 1.10.6, which say what is wrong but not in which file.
//
// A pcapng file may have interfaces of several link types and snapshot lengths,
// and sections in both byte orders: each packet tells its own.
//
// Input compressed by gzip, zstd, lz4, xz or bzip2 is recognised by its first
// bytes and decompressed on the way, member by member. What is behind the last
// member is no part of the file, and told if it is not zeros. Of a file that is
// cut off comes what its format lets be told. How far back it may refer, and so
// how much memory that takes, is bounded (ReadOptions).
//
// ReadOptions.Within has packets of some time read: of a large pcap file that samples
// show to be ordered by time, what is before is not read. Parts has the caller
// choose parts of a file.
//
// Merge reads any number of files as one, by the time stamps of their packets.
//
// # Writing
//
// Create and NewWriter give a Writer of pcap or pcapng in the machine's byte
// order, compressed by gzip, zstd or lz4 if asked for; ByName knows what a
// file's name asks for. What is written is made of whole records at any time: a
// buffer ends between records, and a record that the disk did not take whole is
// cut off again. What was flushed of a compressed file can be read without what
// follows. Packets are written when the buffer is full, by Flush and
// Idle, and after Format.Delay.
//
// Follow has a pcapng file take over what the pcapng files that packets come
// from hold beside them.
//
// Copy takes packets from a Reader to a Writer; if both files have the same
// format, consecutive packets are written as one piece.
//
// Rotate gives a Rotator, which writes a series of files: by the rules of
// tcpdump's -C, -G and -W (Classic), which it follows to the names and the
// packet, or by plain ones that combine (Series). It also runs the command of
// -z and removes old files.
//
// Nothing is lost in silence: an error of writing, flushing or closing names the
// file, the reason and the packets affected, also when the file was removed
// meanwhile, and stays. OmittedBlocks counts what of pcapng files was left out.
//
// # References
//
// pcap: draft-ietf-opsawg-pcap. pcapng: draft-ietf-opsawg-pcapng.
package pcapfile
