# SPDX-License-Identifier: GPL-2.0-only
#
#   make check      everything; KERNELS="6.12 ..." picks the guests' kernels
#   make check-debug  those for the guest, in a kernel that checks itself, which
#                     is built first if it has not been
#   make unit       the unit tests alone
#   make check-loads  500 random loads, each unplugged with the stock driver and
#                     with ours, in two guests: a quarter of an hour
#   make check-dkms   dkms in a Debian 12 of its own; needs root and debootstrap
#   make check-boot   the Debian packages in a Debian 12 that boots with them;
#                     needs root and debootstrap
#   make fuzz       the parsers, fuzzed for FUZZ_SECONDS
#   make static     what can be said of the tree without running it

include tests/unit/unit.mk
include tests/fuzz/fuzz.mk

.PHONY: check check-debug check-loads check-dkms check-boot static lab-tools

lab_tools := $(patsubst tests/lab/tools/%.c,$(BUILD)/lab/%,$(wildcard tests/lab/tools/*.c)) \
	$(patsubst bench/tools/%.c,$(BUILD)/lab/%,$(wildcard bench/tools/*.c))

# Static: the guest has another C library.
lab-tools: $(lab_tools)

$(BUILD)/lab/%: tests/lab/tools/%.c tests/lab/tools/sysfs.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

$(BUILD)/lab/%: bench/tools/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

static:
	@tests/unit/static.sh

check-dkms:
	@$(MAKE) -s all
	@tests/dkms/run

check-boot: deb lab-tools
	@tests/boot/run

# What is missing is installed if it can be; if not, its tests are skipped.
check:
	@lab/deps --tests || true
	@$(MAKE) -s all
	@tests/run

check-debug:
	@lab/deps --tests || true
	@lab/debug-kernel
	@$(MAKE) -s all
	@tests/run --kernels debug

check-loads:
	@lab/deps || true
	@tests/loads
