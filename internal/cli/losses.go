package cli

import (
	"errors"
	"fmt"

	"github.com/tapdump/tapdump/filters"
	"github.com/tapdump/tapdump/filters/stats"
	"github.com/tapdump/tapdump/internal/apps"
	"github.com/tapdump/tapdump/internal/flows"
	"github.com/tapdump/tapdump/internal/names"
	"github.com/tapdump/tapdump/internal/owners"
	"github.com/tapdump/tapdump/internal/recorder"
	"github.com/tapdump/tapdump/internal/records"
	"github.com/tapdump/tapdump/internal/segments"
	"github.com/tapdump/tapdump/internal/shard"
	"github.com/tapdump/tapdump/internal/tcpanalysis"
	"github.com/tapdump/tapdump/printer"
)

// losses is what had to be forgotten for memory to stay bounded.
type losses struct {
	conversations uint64 // TCP conversations of printed lines
	filters.Losses
	servers          uint64 // connections whose client was known
	transfers, hosts uint64 // packets that are in no row of them
	analysed         uint64 // TCP connections of --tcp-analysis
	streams          uint64 // UDP conversations of records
	flowsEarly       uint64 // records of flows that were written early
	flowNames        uint64 // names that are not in records of flows
	apps             apps.Losses
	secrets          uint64 // connections that --tls-keys has secrets of
	heard            uint64 // addresses that had names
	owners           ownerLosses
	shard            shard.Losses
	recorder         recorder.Losses
}

// lines are what there is to say of them.
func (l *losses) lines() []string {
	var all []string
	for _, loss := range [...]struct {
		n          uint64
		from, what string
		limit      int // in what
	}{
		{l.conversations, "", "TCP conversations were forgotten, as there were more than %d: where they went on, their numbers began anew", printer.MaxConversations},
		{l.Streams, "--find-stream: ", "directions of TCP connections were forgotten, to stay within %d MiB: hits split over their segments may be missing", filters.MaxStreamBytes >> 20},
		{l.Gaps, "--find-stream: ", "missing TCP segments were not waited for, with %d KiB behind them or not captured whole: hits across them are missing", segments.MaxHeld >> 10},
		{l.Tracks, "--tracking: ", "pairs of hosts were forgotten, as there were more than %d: what followed later is missing", filters.MaxTracks},
		{l.servers, "", "connections begun from the lower port were forgotten, as there were more than %d: later packets have the other direction", stats.MaxServers},
		{l.transfers, "", "packets belong to transfers after the first %d, and are in none", stats.MaxTransfers},
		{l.hosts, "", "packets belong to hosts after the first %d, and are in none", stats.MaxHosts},
		{l.analysed, "", "TCP connections were forgotten, as there were more than %d: what went on in them is analysed as from the middle", tcpanalysis.MaxConnections},
		{l.streams, "", "UDP conversations were forgotten, as there were more than %d: where they went on, their flow has another number", records.MaxStreams},
		{l.flowsEarly, "--table flows: ", "records were written early, as there were more than %d flows: what came later in them has other records", flows.MaxFlows},
		{l.flowNames, "--table flows: ", "names are missing, to stay within %d MiB", flows.MaxNames >> 20},
		{l.apps.Conversations, "", "conversations were forgotten, to stay within %d MiB: what applications said later in them may be missing", apps.MaxMemory >> 20},
		{l.apps.Messages, "", "messages of applications were not looked at, as they have more than %d KiB", apps.MaxMessage >> 10},
		{l.secrets, "", "connections lost their secrets, to stay within %d MiB: they were not decrypted later", apps.MaxSecrets >> 20},
		{l.heard, "--names capture: ", "addresses lost their names, as there were more than %d", names.MaxHeard},
		{l.owners.flows, "--owner: ", "flows were forgotten, as there were more than %d: their packets waited for owners once more", owners.MaxFlows},
		{l.owners.processes, "--owner: ", "processes of savefiles were forgotten, as there were more than %d", maxKnown},
		{l.shard.Forgotten, "--shard: ", "first fragments were forgotten, as there were more than %d: what followed them may be in another part", shard.MaxFragments},
		{l.shard.Strays, "--shard: ", "fragments are in the part of their addresses, as the first did not come in the %d seconds before them", shard.FragmentSeconds},
		{l.recorder.Cooled, "--cooldown: ", "causes were left alone, as they came too soon after an incident", 0},
		{l.recorder.Unheeded, "--trigger: ", "causes were left alone, as %d incidents were still to be written", recorder.MaxQueue},
		{l.recorder.Large, "--ring: ", "packets were not remembered, as they do not fit into the ring", 0},
		{l.recorder.Unstored, "--ring: ", "packets were not remembered, as incidents were written too slowly (a larger ring waits longer), or the ring could not be written", 0},
	} {
		if loss.n > 0 {
			what := loss.what
			if loss.limit > 0 {
				what = fmt.Sprintf(what, loss.limit)
			}
			all = append(all, fmt.Sprintf("%s%d %s", loss.from, loss.n, what))
		}
	}
	return append(all, l.owners.unknown...)
}

// losses are those so far.
func (s *session) losses() (l losses) {
	for _, one := range s.sinks.printing() {
		if f, ok := one.(losing); ok {
			f.lost(&l)
		}
	}
	s.lostBeside(&l)
	return l
}

// lostBeside adds what was forgotten elsewhere than in sinks that print.
func (s *session) lostBeside(l *losses) {
	if s.inspect != nil {
		s.inspect.lost(l)
	}
	s.shard.lost(l)
	s.analysis.lost(l)
	if file := s.sinks.file; file != nil && file.records != nil {
		file.records.lost(l)
	}
}

// sayLosses says what was forgotten, unless nobody reads the output any more.
func (s *session) sayLosses(l *losses) {
	if errors.Is(s.out.err, errReaderGone) {
		return
	}
	for _, line := range l.lines() {
		s.remark(line)
	}
}
