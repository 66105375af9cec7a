# escrelay - the relay between a support desk and its engineers
#
#   make            build the program (build/escrelay)
#   make demo       see it work on real mail servers, in about a minute; KEEP=1 leaves it running
#   make test       all tests, on a build with AddressSanitizer and UndefinedBehaviorSanitizer
#   make unit       the C unit tests alone          UNIT="zone text" for some
#   make e2e        the end-to-end tests alone      E2E="-k receipt" or E2E="test_wire.py" for some
#   make soak       ten minutes of random mail and random failures against a model; SOAK_SECONDS=60, SOAK_SEED=N
#   make fuzz       every parser under libFuzzer, TIME=60 seconds each
#   make bench      how fast it is, beside what nobody gets under; BENCH_SMALL=1 for a quick look, BENCH_FULL=1 for more,
#                   BENCH="drain latency" for some parts (docs/speed.md)
#   make pictures   docs/mails.md and its pictures, of the golden letters that have changed
#   make lint       gcc and clang with warnings as errors, clang-tidy, cppcheck, the layers of the house
#   make install    into $(DESTDIR)$(PREFIX); systemd units, man pages, completion with it
#   make packages   installs what building needs (apt; sudo only where needed)
#
# Knobs: CC, PREFIX, DESTDIR, SANITIZE=address,undefined, BUILD=folder, JOBS=2, V=1

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR?= $(PREFIX)/lib/sysusers.d
VERSION    := 0.1.0

PACKAGES_BUILD = gcc libc6-dev pkg-config libetpan-dev libcurl4-gnutls-dev libsqlite3-dev libpcre2-dev \
	libgmime-3.0-dev libxml2-dev libgnutls28-dev libsystemd-dev libjansson-dev tzdata
PACKAGES_TEST  = libcmocka-dev python3 python3-pytest python3-icalendar python3-prometheus-client openssl systemd systemd-container dbus strace faketime ca-certificates
PACKAGES_DEMO  = python3 openssl ca-certificates
PACKAGES_BENCH = python3 openssl ca-certificates fdm
# Not for any test: the pictures are kept. The fonts are those of a phone.
PACKAGES_PICTURES = python3 chromium pngquant fonts-roboto-unhinted fonts-dejavu-core
PACKAGES_LINT  = clang clang-tidy cppcheck libclang-rt-14-dev

SANITIZE ?=
BUILD    ?= build$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))
comma    := ,
PYTHON   ?= /usr/bin/python3
Q        := $(if $(V),,@)

PKGS     = gmime-3.0 libxml-2.0 libcurl sqlite3 libpcre2-8 gnutls libsystemd jansson
# libetpan's pkg-config file turns the program into a non-PIE one behind our back: linked plainly instead.
DEPFLAGS = $(shell pkg-config --cflags $(PKGS))
DEPLIBS  = $(shell pkg-config --libs $(PKGS)) -letpan

WARN  = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wvla \
	-Wpointer-arith -Wwrite-strings -Wundef -Wformat=2 -Wimplicit-fallthrough -Wdouble-promotion -Wcast-qual \
	-Werror=implicit-function-declaration -Werror=incompatible-pointer-types -Werror=int-conversion
HARD  = -fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE
ifeq ($(SANITIZE),)
OPT  ?= -O2 -g
HARD += -D_FORTIFY_SOURCE=2
else
OPT  ?= -O1 -g -fno-omit-frame-pointer
SAN   = -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
endif
override CPPFLAGS += -D_GNU_SOURCE -DESCRELAY_VERSION='"$(VERSION)"' -Iinclude -Isrc
override CFLAGS   += -std=c17 $(OPT) $(WARN) $(HARD) $(SAN) $(if $(WERROR),-Werror)
override LDFLAGS  += -pie -Wl,-z,relro,-z,now $(SAN)

SRC  := $(sort $(wildcard src/*/*.c))
OBJ   = $(SRC:%.c=$(BUILD)/%.o)
LIB   = $(BUILD)/libescrelay.a
MAIN  = $(BUILD)/src/cli/main.o
UNITS := $(patsubst tests/unit/test_%.c,%,$(sort $(wildcard tests/unit/test_*.c)))

.PHONY: all packages packages-test packages-demo packages-bench packages-lint packages-pictures pictures unit units unit-run e2e e2e-run tools test soak fuzz fuzzers fuzz-run bench lint layers demo install clean
all: $(BUILD)/escrelay

$(BUILD)/escrelay: $(MAIN) $(LIB)
	@echo "  LINK  $@"
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(DEPLIBS)

$(LIB): $(filter-out $(MAIN),$(OBJ)) $(BUILD)/templates.o
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(DEPFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/templates.c: src/judge/templates/embed.sh $(sort $(wildcard src/judge/templates/*.txt))
	@mkdir -p $(@D)
	$(Q)sh src/judge/templates/embed.sh $(filter %.txt,$^) > $@.new && mv $@.new $@
$(BUILD)/templates.o: $(BUILD)/templates.c src/judge/letter_parts.h include/judge/letter.h
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

$(BUILD)/unit/%: tests/unit/test_%.c $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(DEPFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(DEPLIBS) -lcmocka

-include $(OBJ:.o=.d) $(UNITS:%=$(BUILD)/unit/%.d) $(wildcard $(BUILD)/tools/*.d $(BUILD)/fuzz/*.d)

# Small programs that the end-to-end tests drive single rooms with.
$(BUILD)/tools/%: tests/support/%.c $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(DEPFLAGS) $(LDFLAGS) -MMD -MP -o $@ $< $(LIB) $(DEPLIBS)

TOOLS  := $(patsubst tests/support/%.c,%,$(sort $(wildcard tests/support/*_tool.c tests/support/*_probe.c)))
# What is built for a run is built on all processors; the runs themselves know how many they can stand.
JOBS   ?= $(shell nproc)
AGAIN   = $(MAKE) --no-print-directory -s
ASAN    = $(AGAIN) SANITIZE=address,undefined BUILD=build-asan
UNIT   ?= $(UNITS)
E2E    ?=

tools: $(TOOLS:%=$(BUILD)/tools/%)
units: $(UNIT:%=$(BUILD)/unit/%)

# Each suite is a process of its own with a limit of its own; the output of a failing one is shown.
unit-run: units
	@sh tests/support/units.sh $(UNIT:%=$(BUILD)/unit/%)
e2e-run: $(BUILD)/escrelay tools
	@ESCRELAY=$(CURDIR)/$(BUILD)/escrelay TOOLS=$(CURDIR)/$(BUILD)/tools PYTHON=$(PYTHON) sh tests/support/e2e.sh $(E2E)

unit: packages-test
	@$(ASAN) -j$(JOBS) units
	@$(ASAN) unit-run
# The plain program, too: some faults are no test of one that has sanitizers in it.
e2e: packages-test
	@$(AGAIN) -j$(JOBS) all
	@$(ASAN) -j$(JOBS) all tools
	@$(ASAN) e2e-run
# One that fails does not keep the other from being run.
test: packages-test
	@$(AGAIN) -j$(JOBS) all
	@$(ASAN) -j$(JOBS) all tools units
	@$(ASAN) -k unit-run e2e-run

demo: packages-demo
	@$(AGAIN) -j$(JOBS) all
	@$(PYTHON) tests/demo/demo.py $(if $(KEEP),--keep) --program $(CURDIR)/$(BUILD)/escrelay

# ---- soak: random traffic and random failures, docs/testing.md -------------------------------------------

SOAK_SECONDS ?= 600
SOAK_SEED    ?=
soak: packages-test
	@$(AGAIN) -j$(JOBS) all
	@$(PYTHON) tests/soak/soak.py --seconds $(SOAK_SECONDS) $(if $(SOAK_SEED),--seed $(SOAK_SEED)) \
		--program $(CURDIR)/$(BUILD)/escrelay

# ---- lint: the compilers, two analysers, and the house itself -------------------------------------------

lint: packages-lint layers
	@$(AGAIN) -j$(JOBS) WERROR=1 CC=gcc BUILD=build-lint-gcc build-lint-gcc/escrelay
	@$(AGAIN) -j$(JOBS) WERROR=1 CC=clang BUILD=build-lint-clang build-lint-clang/escrelay
	@sh tests/support/lint.sh "$(DEPFLAGS)" $(SRC)

layers:
	@sh tests/support/layers.sh

# ---- fuzz: every parser for TIME seconds each, libFuzzer with both sanitizers ---------------------------

TIME   ?= 60
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
fuzz: packages-lint
	@$(AGAIN) -j$(JOBS) CC=clang SANITIZE=address,undefined,fuzzer-no-link BUILD=build-fuzz fuzzers
	@$(AGAIN) CC=clang SANITIZE=address,undefined,fuzzer-no-link BUILD=build-fuzz fuzz-run TIME=$(TIME)
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)
fuzz-run: $(FUZZERS:%=$(BUILD)/fuzz/%)
	@sh tests/support/fuzz.sh $(TIME) $(BUILD)/fuzz $(FUZZERS)
$(BUILD)/fuzz/%: tests/fuzz/fuzz_%.c $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) $(DEPFLAGS) $(LDFLAGS) -fsanitize=fuzzer -MMD -MP -o $@ $< $(LIB) $(DEPLIBS)

# ---- bench: made-up mail of the same seed every time -----------------------------------------------------

# The bench's own servers and clients: always at full speed, none of the program's code in them.
BENCHERS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(sort $(wildcard tests/bench/*.c)))
$(BUILD)/bench/%: tests/bench/%.c tests/bench/board.h
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=c17 -O2 -g $(WARN) $(if $(WERROR),-Werror) -o $@ $< -lgnutls

bench: packages-bench
	@$(AGAIN) -j$(JOBS) all $(BENCHERS) $(BUILD)/tools/rotation_probe
	@$(PYTHON) tests/bench/bench.py --program $(CURDIR)/$(BUILD)/escrelay --tools $(CURDIR)/$(BUILD)/bench --json $(BUILD)/bench.json $(BENCH)

# ---- pictures: how each mail looks, docs/mails -----------------------------------------------------------

pictures: packages-pictures
	@$(PYTHON) tests/support/pictures.py

packages:
	@sh tests/support/need.sh $(PACKAGES_BUILD)
packages-test: packages
	@sh tests/support/need.sh $(PACKAGES_TEST)
packages-demo: packages
	@sh tests/support/need.sh $(PACKAGES_DEMO)
packages-bench: packages
	@sh tests/support/need.sh $(PACKAGES_BENCH)
packages-pictures:
	@sh tests/support/need.sh $(PACKAGES_PICTURES)
packages-lint: packages-test
	@sh tests/support/need.sh $(PACKAGES_LINT)

# ---- install ---------------------------------------------------------------------------------------------

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/escrelay/templates $(DESTDIR)$(PREFIX)/share/doc/escrelay/docs/mails \
		$(DESTDIR)$(SYSCONFDIR)/escrelay/rules/examples $(DESTDIR)$(SYSCONFDIR)/escrelay/teams $(DESTDIR)$(UNITDIR) $(DESTDIR)$(SYSUSERSDIR) \
		$(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	install -m 755 $(BUILD)/escrelay $(DESTDIR)$(PREFIX)/bin/escrelay
	install -m 644 src/judge/templates/*.txt $(DESTDIR)$(PREFIX)/share/escrelay/templates
	install -m 644 README.md ARCHITECTURE.md relay.conf $(DESTDIR)$(PREFIX)/share/doc/escrelay
	install -m 644 docs/*.md docs/*.svg $(DESTDIR)$(PREFIX)/share/doc/escrelay/docs
	install -m 644 docs/mails/*.png $(DESTDIR)$(PREFIX)/share/doc/escrelay/docs/mails
	install -m 644 docs/escrelay.1 $(DESTDIR)$(PREFIX)/share/man/man1/escrelay.1
	install -m 644 docs/escrelay.bash-completion $(DESTDIR)$(PREFIX)/share/bash-completion/completions/escrelay
	for f in relay.conf rules/*.rules rules/examples/* teams/*.txt; do \
		t=$(DESTDIR)$(SYSCONFDIR)/escrelay/$$f; \
		if [ -e "$$t" ]; then cmp -s "$$f" "$$t" || install -m 644 "$$f" "$$t.new"; else install -m 644 "$$f" "$$t"; fi; done
	for u in fetch decide send; do sed 's|@BINDIR@|$(PREFIX)/bin|' systemd/escrelay-$$u.service.in > $(BUILD)/escrelay-$$u.service; \
		install -m 644 $(BUILD)/escrelay-$$u.service $(DESTDIR)$(UNITDIR); done
	install -m 644 systemd/escrelay.target $(DESTDIR)$(UNITDIR)
	install -m 644 systemd/escrelay.sysusers $(DESTDIR)$(SYSUSERSDIR)/escrelay.conf

clean:
	rm -rf build build-*
