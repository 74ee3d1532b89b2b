# SPDX-License-Identifier: GPL-2.0-only
#
#   make            build the command build/daxplug and its library
#   make install    install the command, the library, manual pages (DESTDIR=, PREFIX=)
#   make module     build build/module/<kernel release>/kmem.ko (KDIR=, BTF=)
#   make dkms-install, dkms-remove  install or remove the module with dkms (doc/install.md)
#   make deb        build Debian packages in build/deb
#   make dist       make a release: tarball and signed tag (CONTRIBUTING.md)
#   make demo       show a plug and an unplug on a real kernel in a virtual machine
#   make check      run the tests; make check-long also runs those that take long
#   make check-soak  run random changes for half an hour (doc/soak.md)
#   make check-upstream  run the kernel's own selftest of `state` with daxplug's kmem
#   make check-fleet  test the support for fleets (doc/fleet.md)
#   make check-debug  run the guest tests with the debugging kernel
#   make check-races  run the tests in which tasks race, with KCSAN and with delays at locks
#   make check-fuzz  fuzz the running module, guided by coverage (doc/fuzz.md)
#   make bench      measure daxplug and the kernel's own driver (doc/performance.md)
#   make prove      check the models of the protocol and the proofs (doc/proof.md)
#   make doc        make HTML of the documents, manual pages and headers in build/doc
#   make deps       install the packages that building and testing need
#
# The rules of each part are in the *.mk file beside its sources.

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

# Everything is built before the guest boots, so that the output fits on one screen.
demo:
	@lab/deps
	@lab/fetch qemu guest 6.12
	@$(MAKE) -s all
	@lab/make 6.12 module testmods
	@lab/run --cxl 2G --cmdline kmem.policy=cxl:unplugged \
		--file build/testmod/$$(lab/fetch --print release 6.12)/refuse.ko lab/demo

clean:
	rm -rf build
