# escrelay - the relay between a support desk and its engineers
#
#   make            build the program (build/escrelay)
#   make demo       see it work on real mail servers, in about a minute; KEEP=1 leaves it running
#   make test       all tests, on a build with AddressSanitizer and UndefinedBehaviorSanitizer
#   make unit       the C unit tests alone          UNIT="zone text" for some
#   make e2e        the end-to-end tests alone      E2E="-k receipt" for some
#   make lint       gcc and clang with warnings as errors, clang-tidy, cppcheck, the layers of the house
#   make install    into $(DESTDIR)$(PREFIX); systemd units, man pages, completion with it
#   make packages   installs what building needs (apt; sudo only where needed)
#
# Knobs: CC, PREFIX, DESTDIR, SANITIZE=address,undefined, BUILD=folder, V=1

PREFIX     ?= /usr/local
SYSCONFDIR ?= /etc
UNITDIR    ?= $(PREFIX)/lib/systemd/system
SYSUSERSDIR?= $(PREFIX)/lib/sysusers.d
VERSION    := 0.1.0

PACKAGES_BUILD = gcc libc6-dev pkg-config libetpan-dev libcurl4-gnutls-dev libsqlite3-dev libpcre2-dev \
	libgmime-3.0-dev libxml2-dev libgnutls28-dev libsystemd-dev libjansson-dev tzdata
PACKAGES_TEST  = libcmocka-dev python3 python3-pytest openssl systemd strace faketime ca-certificates
PACKAGES_LINT  = clang clang-tidy cppcheck

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

.PHONY: all packages packages-test packages-lint unit e2e test lint layers demo install clean
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

-include $(OBJ:.o=.d) $(UNITS:%=$(BUILD)/unit/%.d)

packages:
	@sh tests/support/need.sh $(PACKAGES_BUILD)
packages-test: packages
	@sh tests/support/need.sh $(PACKAGES_TEST)
packages-lint: packages-test
	@sh tests/support/need.sh $(PACKAGES_LINT)

clean:
	rm -rf build build-*
