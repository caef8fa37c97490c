# build build-small page profile test lint bench bench-scaling bench-live conformance sweep fuzz test-vm install packages
GO       ?= go
PREFIX   ?= /usr/local
FUZZTIME ?= 10s
BINARY   := tapdump$(shell $(GO) env GOEXE)
IPSCAP    = $(dir $(BINARY))ipscap$(shell $(GO) env GOEXE)

# What users get: VERSION is that of the source; COMMIT is said by --version, and
# to be given where there is no git. $(call RELEASE,GOOS,GOARCH) are go build's
# arguments for a system, with which two builds are the same bytes. There is no
# symbol table, which traces of goroutines do without. On Linux the programs begin
# in internal/limits, which says in a line what is wrong where memory is too short
# for Go's runtime to start.
VERSION  := $(shell sed -n 's/^const Release = "\(.*\)"/\1/p' internal/features/features.go)
COMMIT   ?= $(shell git describe --always --dirty --abbrev=12 --exclude '*' 2> /dev/null || echo unknown)
STAMP    := -X github.com/tapdump/tapdump/internal/features.commit=$(COMMIT)
RELEASE   = -trimpath -buildvcs=false -pgo=$(PROFILE) $(HOT) $(COLD) -ldflags='-s -w -funcalign=16 $(STAMP)$(if $(filter linux/amd64 linux/arm64,$(1)/$(2)), -E=tapdump_start)'

# Where processor time goes, by which the compiler decides what to put into its callers:
# packets are printed in 0.95 of the time. Its name is not default.pgo, so that
# others than releases are built without it, and in half the time.
PROFILE  := cmd/tapdump/release.pgo
SMALL    := -tags tapdump_small

# What takes four fifths of that time counts: with the compiler's 99 % the program is
# 0.1 MB larger, for 3 % of the instructions of -nn.
HOT      := -gcflags=all=-d=pgoinlinecdfthreshold=80

# Where no packet comes by, functions are not put into those that call them: that
# makes the program 0.8 MB smaller. net/netip is where packets come by.
OURS     := github.com/tapdump/tapdump
COLD     := $(patsubst %,-gcflags=%=-l,crypto/... vendor/... net net/http/... net/internal/... net/mail net/textproto net/url encoding/json encoding/asn1 math/big regexp/... os os/... debug/... log/... context \
	github.com/cilium/... github.com/packetcap/... github.com/gopacket/... github.com/sirupsen/... github.com/landlock-lsm/... \
	$(addprefix $(OURS)/,internal/cli/args bpf/compile bpf/internal/... internal/places internal/hosts internal/owners internal/probes internal/sandbox \
	internal/streams internal/recorder internal/index internal/triggers internal/watch internal/report internal/page internal/screen internal/theme internal/features))

HERE     := $(call RELEASE,$(shell $(GO) env GOOS),$(shell $(GO) env GOARCH))

# Runs what is for the machine that builds, whatever it builds for.
NATIVE   := env -u GOOS -u GOARCH -u GOARM

export CGO_ENABLED = 0

.PHONY: build build-small page profile test lint bench bench-scaling bench-live conformance sweep fuzz test-vm install packages clean

build: page
	$(GO) build $(HERE) -o $(BINARY) ./cmd/tapdump
	ln -sf $(notdir $(BINARY)) $(IPSCAP)

# Without the features that --version lists: docs/architecture.md has what is left out.
build-small:
	$(GO) build $(HERE) $(SMALL) -o $(BINARY) ./cmd/tapdump
	ln -sf $(notdir $(BINARY)) $(IPSCAP)

# The page that --serve shows, which the program embeds, and the same as one file.
page:
	$(NATIVE) $(GO) run ./internal/page/build
	$(NATIVE) $(GO) run ./internal/page/build -o dist/tapdump.html

# The profile anew, of made traffic; it takes a minute, on a machine that does nothing else.
profile:
	$(NATIVE) $(GO) run -trimpath -ldflags=-w ./internal/bench/profile -out $(PROFILE)

test:
	$(GO) test ./...

lint:
	$(GO) vet ./...
	test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) tool staticcheck ./...

# A capture of a million packets, and tcpdump, tshark and others beside tapdump on
# it. Writes docs/performance.md. Takes ten minutes.
bench: build
	$(GO) run ./internal/bench -runs 3 -tapdump ./$(BINARY) -out docs/performance.md

# 1, 10 and 100 million packets on 1, 2 ... processors. Writes docs/performance.md.
bench-scaling: build
	$(GO) run ./internal/bench -scaling -tapdump ./$(BINARY) -out docs/performance.md

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

# The tests of live captures, and each kind of device beside the reference, on Debian's
# kernels in virtual machines. As root on Debian; .ci/vm says what else it does.
test-vm:
	.ci/vm suite
	.ci/vm table
	.ci/vm workers

# Every fuzz target in turn, FUZZTIME each; only TARGET if it is given.
fuzz:
	.ci/fuzz $(FUZZTIME) $(TARGET)

# What packaging/files says, where it says.
install: build
	while read -r mode source place system; do \
		case $$mode in [0-7]* | link) ;; *) continue ;; esac; \
		case $$system in '' | "$$($(GO) env GOOS)") ;; *) continue ;; esac; \
		case $$source in tapdump) source=$(BINARY) ;; esac; \
		place="$(DESTDIR)$(PREFIX)/$$place"; \
		case $$place in */) install -d "$$place" ;; *) install -d "$$(dirname "$$place")" ;; esac && \
		if [ $$mode = link ]; then ln -sf $$(basename $$source) "$$place"; else install -m "$$mode" $$source "$$place"; fi || exit 1; \
	done < packaging/files

# Packages for all systems, in dist/. BASE_URL says where the files will be had, PACKAGES and
# PLATFORMS make some of them: make packages PACKAGES=deb,rpm PLATFORMS=linux/amd64
packages: build
	cd packaging && CGO_ENABLED=0 $(GO) run ./cmd/packages -version '$(VERSION)' -make '$(MAKE_COMMAND)' -base-url '$(BASE_URL)' \
		-only '$(PACKAGES)' -platforms '$(PLATFORMS)' -out '$(or $(DIST),dist)'

clean:
	rm -rf $(BINARY) $(IPSCAP) dist internal/page/assets/built
