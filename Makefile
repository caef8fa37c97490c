# build test lint bench bench-live conformance sweep fuzz install
GO       ?= go
PREFIX   ?= /usr/local
FUZZTIME ?= 10s
COMPLETION = internal/cli/args/completion/tapdump
BINARY   := tapdump$(shell $(GO) env GOEXE)
IPSCAP   := ipscap$(shell $(GO) env GOEXE)

# On Linux the programs begin in internal/limits, which says in a line what is
# wrong where memory is too short for Go's runtime to start.
ifneq ($(filter linux/amd64 linux/arm64,$(shell $(GO) env GOOS GOARCH | paste -sd/)),)
LDFLAGS  := -ldflags=-E=tapdump_start
endif

export CGO_ENABLED = 0

.PHONY: build test lint bench bench-live conformance sweep fuzz install clean

build:
	$(GO) build -trimpath $(LDFLAGS) -o $(BINARY) ./cmd/tapdump
	$(GO) build -trimpath $(LDFLAGS) -o $(IPSCAP) ./cmd/ipscap

test:
	$(GO) test ./...

lint:
	$(GO) vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) tool staticcheck ./...

# A capture of a million packets, and tcpdump beside tapdump on it. Writes
# docs/performance.md.
bench: build
	$(GO) run ./internal/bench -tapdump ./$(BINARY) -out docs/performance.md

# Live captures beside tcpdump, as root, in a network namespace of its own.
bench-live: build
	$(GO) run ./internal/bench -live -runs 3 -tapdump ./$(BINARY) -out docs/performance.md

# The recorded cases, where they are beside this repository.
conformance: build
	../shared/conformance/run ./$(BINARY) --min $$(cat .ci/conformance-min)

# Every packet of the recorded captures, cut at five lengths, beside the
# tcpdump that is installed. EXACT=/path/to/tcpdump names a 4.99.6 if it is not.
sweep: build
	$(GO) run ./internal/sweep -tapdump ./$(BINARY) -exact '$(EXACT)' -conformance ../shared/conformance

# Every fuzz target in turn, FUZZTIME each; only TARGET if it is given.
fuzz:
	.ci/fuzz $(FUZZTIME) $(TARGET)

install: build
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BINARY) $(IPSCAP) $(DESTDIR)$(PREFIX)/bin/
	install -m 644 docs/tapdump.1 $(DESTDIR)$(PREFIX)/share/man/man1/
	install -d $(DESTDIR)$(PREFIX)/share/man/man7
	install -m 644 docs/tapdump-filter.7 $(DESTDIR)$(PREFIX)/share/man/man7/
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions $(DESTDIR)$(PREFIX)/share/zsh/site-functions \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d
	for program in tapdump ipscap; do \
		install -m 644 $(COMPLETION).bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$program && \
		install -m 644 $(COMPLETION).fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/$$program.fish && \
		install -m 644 $(COMPLETION).zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_$$program || exit 1; \
	done

clean:
	rm -f $(BINARY) $(IPSCAP)
