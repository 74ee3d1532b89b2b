# SPDX-License-Identifier: GPL-2.0-only
#
# The module with dkms, which builds it again for each new kernel. The top Makefile includes
# this file. The manual is doc/install.md.
#
#   make dkms-source    install the sources that the build needs in /usr/src/daxplug-VERSION
#   make dkms-install   do that, and build and install the module for one kernel
#   make dkms-remove    remove both for all kernels; the stock module is used again
#
# KERNEL is the kernel's release. DESTDIR is a prefix of /usr/src (dkms-source only).

DKMS ?= dkms
KERNEL ?= $(shell uname -r)
DKMS_NAME := daxplug/$(DAXPLUG_VERSION)
DKMS_SOURCE := $(DESTDIR)/usr/src/daxplug-$(DAXPLUG_VERSION)

.PHONY: dkms-source dkms-install dkms-remove

# The tree is made under another name and then renamed, so that dkms never reads a partial tree or
# a mixture of two.
dkms-source:
	rm -rf $(DKMS_SOURCE).new
	mkdir -p $(DKMS_SOURCE).new/kernel/compat $(DKMS_SOURCE).new/engine
	cp kernel/Kbuild kernel/module.mk kernel/*.[ch] $(DKMS_SOURCE).new/kernel
	cp kernel/compat/* $(DKMS_SOURCE).new/kernel/compat
	cp engine/*.[ch] $(DKMS_SOURCE).new/engine
	cp $(addprefix packaging/dkms/,Makefile ready repack keep-stock) VERSION COPYING \
		$(DKMS_SOURCE).new
	cp -r LICENSES $(DKMS_SOURCE).new
	sed 's/@VERSION@/$(DAXPLUG_VERSION)/' packaging/dkms/dkms.conf.in \
		>$(DKMS_SOURCE).new/dkms.conf
	chmod -R u=rwX,go=rX $(DKMS_SOURCE).new
	rm -rf $(DKMS_SOURCE)
	mv $(DKMS_SOURCE).new $(DKMS_SOURCE)

# Run "ready" first, on a copy of the source. If something is missing, the module that is installed stays.
# Besides, dkms 3.2 writes the messages of "ready" only to a log. Then remove an installed copy of the same
# version, because dkms would otherwise keep what it has built.
dkms-install:
	@command -v $(DKMS) >/dev/null || { echo "$@: install dkms (doc/install.md)" >&2; exit 1; }
	$(MAKE) --no-print-directory dkms-source DESTDIR=$(abspath $(BUILD))/dkms
	@cd $(BUILD)/dkms/usr/src/$(subst /,-,$(DKMS_NAME)) && ./ready /lib/modules/$(KERNEL)/build
	if $(DKMS) status $(DKMS_NAME) | grep -q .; then $(DKMS) remove $(DKMS_NAME) --all; fi
	$(MAKE) --no-print-directory dkms-source DESTDIR=
	$(DKMS) add $(DKMS_NAME)
	$(DKMS) install $(DKMS_NAME) -k $(KERNEL)

dkms-remove:
	if $(DKMS) status $(DKMS_NAME) | grep -q .; then $(DKMS) remove $(DKMS_NAME) --all; fi
	rm -rf /usr/src/daxplug-$(DAXPLUG_VERSION)
