# SPDX-License-Identifier: GPL-2.0-only
#
#   make check      what takes less than three quarters of an hour; KERNELS="6.12 ..."
#                     picks the guests' kernels
#   make check-long   every guest on every kernel it is for: two hours
#   make check-debug  those for the guest, in a kernel that checks itself, which
#                     is built first if it has not been
#   make check-races  the tests in which tasks race, in a kernel that looks for data races
#                     (built first if it has not been), and with delays at the module's
#                     locks; RACES_SEEDS (prints it). See tests/races
#   make unit       the tests that need no booted kernel: tests/unit/run and tests/cli/run
#   make new-guest-test NAME=...  a new test for a guest, to fill in (tests/guest/new)
#   make check-loads  500 random loads, each unplugged with the stock driver and
#                     with ours, in two guests: a quarter of an hour
#   make success    doc/success.tsv: how often and how fast 1008 loads can be unplugged,
#                     with ours and with the stock driver: an hour
#   make check-large  a device of 1 TiB in memory blocks of 2 GiB: a quarter of an hour,
#                     and 19 GiB of memory; LARGE_SIZE=64G is smaller. See tests/large/run --help
#   make check-soak   random actions by several actors at once, for SOAK_MINUTES=30, with
#                     SOAK_SEED (prints it; the same seed gives the same actions), on
#                     SOAK_KERNEL=6.12; see doc/soak.md
#   make check-fuzz   a coverage-guided fuzzer against the running module, in the debugging
#                     kernel, for FUZZ_MINUTES=60 (and five more), with FUZZ_SEED (prints it);
#                     2 GiB of memory. See doc/fuzz.md
#   make check-kernels  builds the module for every kernel that has headers on the
#                     mirror, and boots the newest of each series; KERNELS="7.3* ..."
#                     picks some. Downloads 5 GB
#   make check-upstream  the kernel's own selftest of `state`, out of Debian's source of 7.3,
#                     with ours on each kernel (tests/upstream/run); KERNELS="6.12 ..." picks some
#   make check-dkms   dkms in a Debian 13 and in a Debian 12 of its own
#   make check-reproducible  the Debian packages, built twice in different surroundings, are the
#                     same, byte for byte; and their documents' links lead to files
#   make check-boot   the Debian packages in a Debian 13 and in a Debian 12 that
#                     boot with them
#   make check-fleet  what a fleet needs: the Ansible role in booted guests, the simulation
#                     of 1,000 machines, ... (tests/fleet/run)
#   make tour         writes doc/tour.md, a session with the packages in a Debian 13
#   make check-upgrade  from version 0.1.0 to this one and back, with memory plugged,
#                     kernels that DKMS cannot build for, and removal, in both
#   make check-deb-arm64  the Debian packages cross-built for arm64, and their command in a
#                     guest for arm64
#                     DEBIAN=12 picks one of the two; all these need root and debootstrap
#   make fuzz       the parsers, fuzzed for FUZZ_SECONDS
#   make static     what can be said of the tree without running it
#   make checkpatch BASE=main  the kernel's checkpatch.pl on what has changed since a commit

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/fuzz-guest/fuzz.mk

.PHONY: check check-long check-debug check-races check-loads check-large check-soak success check-kernels \
	check-dkms check-boot check-upgrade check-deb-arm64 check-fleet check-upstream check-fuzz \
	check-reproducible tour static checkpatch lab-tools new-guest-test

lab_tools := $(patsubst tests/guest/tools/%.c,$(BUILD)/lab/%,$(wildcard tests/guest/tools/*.c)) \
	$(patsubst bench/tools/%.c,$(BUILD)/lab/%,$(wildcard bench/tools/*.c)) \
	$(patsubst tests/guest/clients/%.c,$(BUILD)/lab/%,$(wildcard tests/guest/clients/*.c))

# Static: the guest has another C library.
lab-tools: $(lab_tools)

$(BUILD)/lab/%: tests/guest/tools/%.c tests/guest/tools/sysfs.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

$(BUILD)/lab/%: bench/tools/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

# Programs that are linked with the library.
$(BUILD)/lab/%: tests/guest/clients/%.c $(BUILD)/libdaxplug.a
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -D_GNU_SOURCE -Ilib $(LDFLAGS) -o $@ $^ $(LIB_LIBS)

new-guest-test:
	@tests/guest/new "$(NAME)"

checkpatch:
	@tests/unit/checkpatch $(BASE)

static:
	@tests/unit/static.sh

DEBIAN ?= 13 12

# in_debians PROGRAM: one after the other, and all of them in any case.
in_debians = status=0; for debian in $(DEBIAN); do DEBIAN=$$debian $1 || status=$$?; done; exit $$status

check-reproducible:
	@lab/deps --deb
	@tests/reproducible/run

check-dkms:
	@lab/deps --debian || true
	@$(MAKE) -s all
	@$(call in_debians,tests/dkms/run)

# One after the other, since "make deb" begins from nothing.
check-upgrade: deb lab-tools
	@lab/deps --debian || true
	@$(call in_debians,tests/upgrade/run)

check-deb-arm64: deb lab-tools
	@lab/deps --debian || true
	@$(call in_debians,tests/deb-arm64/run)

# What is missing is installed if it can be; if not, its part is skipped.
check-fleet:
	@lab/deps --debian --fleet || true
	@$(MAKE) -s all deb lab-tools || true
	@tests/fleet/run

tour: deb lab-tools
	@lab/deps --debian || true
	@tests/tour/run

check-boot: deb lab-tools
	@lab/deps --debian || true
	@$(call in_debians,tests/boot/run)

# What is missing is installed if it can be; if not, its tests are skipped.
check:
	@lab/deps --tests || true
	@$(MAKE) -s all
	@tests/run

check-long:
	@lab/deps --tests || true
	@$(MAKE) -s all
	@tests/run --long

check-debug:
	@lab/deps --tests || true
	@lab/debug-kernel
	@$(MAKE) -s all
	@tests/run --kernels debug --long

check-races:
	@lab/deps --tests || true
	@lab/debug-kernel kcsan
	@$(MAKE) -s all
	@RACES_SEEDS="$(RACES_SEEDS)" tests/races

check-loads:
	@lab/deps || true
	@tests/loads

success:
	@lab/deps || true
	@tests/success/run

check-large:
	@lab/deps || true
	@$(MAKE) -s all
	@tests/large/run

check-soak:
	@lab/deps || true
	@if [ "$(SOAK_KERNEL)" = debug ]; then lab/debug-kernel; fi
	@$(MAKE) -s all
	@SOAK_MINUTES="$(SOAK_MINUTES)" SOAK_SEED="$(SOAK_SEED)" SOAK_KERNEL="$(SOAK_KERNEL)" tests/soak/run

# 77: there is no selftest, and it has said why.
check-upstream:
	@lab/deps || true
	@$(MAKE) -s all
	@tests/upstream/run || [ $$? -eq 77 ]

check-fuzz:
	@lab/deps || true
	@FUZZ_MINUTES="$(FUZZ_MINUTES)" FUZZ_SEED="$(FUZZ_SEED)" FUZZ_KERNEL="$(FUZZ_KERNEL)" tests/fuzz-guest/run

# Patterns, which make would otherwise have the shell expand.
check-kernels:
	@lab/deps || true
	@$(MAKE) -s all
	@set -f; unset KERNELS; tests/kernels $(KERNELS)
