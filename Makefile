# SPDX-License-Identifier: GPL-2.0-only
#
#   make            build/daxplug and its library
#   make install    the command, the library, manual pages (DESTDIR=, PREFIX=)
#   make module     build/module/<kernel release>/kmem.ko (KDIR=, BTF=)
#   make dkms-install, dkms-remove    the module by way of dkms (doc/install.md)
#   make deb        Debian packages of all that, in build/deb
#   make dist       a release: tarball and signed tag (CONTRIBUTING.md)
#   make demo       the main job on a real kernel in the lab, in plain sight
#   make check      the tests; make check-long: those too that take long
#   make check-soak  random changes for half an hour (doc/soak.md)
#   make check-upstream  the kernel's own selftest of `state`, with ours
#   make check-fleet  what a fleet needs (doc/fleet.md)
#   make check-debug  those for the guest, in a kernel that checks itself
#   make check-races  those that race, with KCSAN and with delays at locks
#   make check-fuzz  random programs against the running module, by coverage (doc/fuzz.md)
#   make bench      ours beside the kernel's own (doc/performance.md)
#   make prove      models of the protocol, searched to the end (doc/proof.md)
#   make doc        HTML of the documents, manual pages and headers (build/doc)
#   make deps       install what building and testing need
#
# Each part's rules are beside its sources.

CC ?= gcc
.DEFAULT_GOAL := all
.PHONY: all deps demo clean

all: cli

include kernel/module.mk
include lib/lib.mk
include cli/cli.mk
include packaging/install.mk
include packaging/dkms/dkms.mk
include packaging/deb.mk
include packaging/dist.mk
include tests/tests.mk
include bench/bench.mk
include proof/proof.mk
include doc/doc.mk

deps:
	@lab/deps --tests

# Everything is made before the guest boots, so that one screen shows it all.
demo:
	@lab/deps
	@lab/fetch qemu guest 6.12
	@$(MAKE) -s all
	@lab/make 6.12 module testmods
	@lab/run --cxl 2G --cmdline kmem.policy=cxl:unplugged \
		--file build/testmod/$$(lab/fetch --print release 6.12)/refuse.ko lab/demo

clean:
	rm -rf build
