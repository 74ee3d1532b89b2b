# SPDX-License-Identifier: GPL-2.0-only
#
#   make            build/daxplug and its library
#   make module     build/module/<kernel release>/kmem.ko (KDIR=, BTF=)
#   make demo       the main job on a real kernel in the lab, in plain sight
#   make check      all tests
#   make deps       install what building and testing need
#
# Each part's rules are beside its sources.

CC ?= gcc
.DEFAULT_GOAL := all
.PHONY: all deps clean

all: cli

include kernel/module.mk
-include lib/lib.mk
-include cli/cli.mk
include tests/tests.mk

deps:
	@lab/deps

clean:
	rm -rf build
