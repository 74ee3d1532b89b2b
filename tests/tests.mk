# SPDX-License-Identifier: GPL-2.0-only
#
#   make check      run the tests, in less than three quarters of an hour; KERNELS="6.12 ..."
#                     selects the guests' kernels
#   make check-long   run every guest test on every kernel that it supports: two hours
#   make check-debug  run the guest tests with the debugging kernel, which is built first
#                     if it is not cached
#   make check-races  run the tests in which tasks race, with a kernel that detects data races
#                     (built first if it is not cached), and with delays at the module's
#                     locks; RACES_SEEDS (printed). See tests/races
#   make unit       run the tests that need no booted kernel: tests/unit/run, tests/cli/run
#   make new-guest-test NAME=...  create a guest test to fill in (tests/guest/new)
#   make check-loads  unplug 500 random loads each with the stock driver and with
#                     daxplug's, in two guests: a quarter of an hour
#   make success    make doc/success.tsv: how often and how fast 1008 loads can be unplugged,
#                     with daxplug's driver and with the stock driver: an hour
#   make check-large  test a device of 1 TiB in memory blocks of 2 GiB: a quarter of an hour
#                     and 19 GiB of memory; LARGE_SIZE=64G is smaller. See tests/large/run --help
#   make check-soak   run random actions by several actors at once for SOAK_MINUTES=30, with
#                     SOAK_SEED (printed; the same seed gives the same actions), on
#                     SOAK_KERNEL=6.12; see doc/soak.md
#   make check-fuzz   run a coverage-guided fuzzer against the running module with the debugging
#                     kernel, for FUZZ_MINUTES=60 (and five more), with FUZZ_SEED (printed);
#                     2 GiB of memory. See doc/fuzz.md
#   make check-kernels  build the module for every kernel that has headers on the mirror, and
#                     boot the newest of each series; KERNELS="7.3* ..." selects some.
#                     Downloads 5 GB
#   make check-upstream  run the kernel's own selftest of `state` from Debian's source of 7.3,
#                     with daxplug's kmem on each kernel (tests/upstream/run); KERNELS="6.12 ..."
#                     selects some
#   make check-reproducible  build the Debian packages twice in different surroundings, and
#                     check that they are identical and that their documents' links work
#   make check-fleet  test the support for fleets: the Ansible role in booted guests, the
#                     simulation of 1,000 machines, ... (tests/fleet/run)
#   make fuzz       fuzz the parsers for FUZZ_SECONDS each
#   make static     check the sources without running them
#   make checkpatch BASE=main  run the kernel's checkpatch.pl on the changes since a commit
#
# These need root and debootstrap. DEBIAN=12 or DEBIAN=13 selects one of the two releases
# (not for make tour):
#   make check-dkms   test dkms in a Debian 13 and in a Debian 12
#   make check-boot   boot a Debian 13 and a Debian 12 with the Debian packages installed
#   make check-upgrade  upgrade from version 0.1.0 to this one and downgrade, with memory
#                     plugged; kernels that DKMS cannot build for; removal; in both releases
#   make check-deb-arm64  cross-build the Debian packages for arm64, and run their command in a
#                     guest for arm64
#   make tour         write doc/tour.md, a session with the packages in a Debian 13

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk
include tests/fuzz-guest/fuzz.mk

.PHONY: check check-long check-debug check-races check-loads check-large check-soak success check-kernels \
	check-dkms check-boot check-upgrade check-deb-arm64 check-fleet check-upstream check-fuzz \
	check-reproducible tour static checkpatch lab-tools new-guest-test

lab_tools := $(patsubst tests/guest/tools/%.c,$(BUILD)/lab/%,$(wildcard tests/guest/tools/*.c)) \
	$(patsubst bench/tools/%.c,$(BUILD)/lab/%,$(wildcard bench/tools/*.c)) \
	$(patsubst tests/guest/clients/%.c,$(BUILD)/lab/%,$(wildcard tests/guest/clients/*.c))

# Linked statically, because the guest has another C library.
lab-tools: $(lab_tools)

$(BUILD)/lab/%: tests/guest/tools/%.c tests/guest/tools/sysfs.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

$(BUILD)/lab/%: bench/tools/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

# These programs are linked with the library.
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

# in_debians PROGRAM: run PROGRAM for each Debian release, also after a failure.
in_debians = status=0; for debian in $(DEBIAN); do DEBIAN=$$debian $1 || status=$$?; done; exit $$status

check-reproducible:
	@lab/deps --deb
	@tests/reproducible/run

check-dkms:
	@lab/deps --debian || true
	@$(MAKE) -s all
	@$(call in_debians,tests/dkms/run)

# Not parallel with others of these targets, because "make deb" deletes build/deb first.
check-upgrade: deb lab-tools
	@lab/deps --debian || true
	@$(call in_debians,tests/upgrade/run)

check-deb-arm64: deb lab-tools
	@lab/deps --debian || true
	@$(call in_debians,tests/deb-arm64/run)

# Missing packages are installed if possible. If not, the part that needs them is skipped.
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

# Missing packages are installed if possible. If not, the tests that need them are skipped.
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

# tests/upstream/run exits with 77 and prints the reason if the source has no such selftest.
check-upstream:
	@lab/deps || true
	@$(MAKE) -s all
	@tests/upstream/run || [ $$? -eq 77 ]

check-fuzz:
	@lab/deps || true
	@FUZZ_MINUTES="$(FUZZ_MINUTES)" FUZZ_SEED="$(FUZZ_SEED)" FUZZ_KERNEL="$(FUZZ_KERNEL)" tests/fuzz-guest/run

# set -f: KERNELS contains patterns for tests/kernels, which the shell must not expand.
check-kernels:
	@lab/deps || true
	@$(MAKE) -s all
	@set -f; unset KERNELS; tests/kernels $(KERNELS)
