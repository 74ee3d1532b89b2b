# SPDX-License-Identifier: GPL-2.0-only
#
# The module by way of dkms, which builds it anew for each new kernel. For the
# top Makefile to include; doc/install.md is the manual.
#
#   make dkms-source    /usr/src/daxplug-VERSION: what the build needs, no more
#   make dkms-install   that, and the module for one kernel
#   make dkms-remove    neither, for any kernel: the stock module is back
#
# KERNEL is the kernel's release, DESTDIR goes before /usr/src (dkms-source only).

DKMS ?= dkms
KERNEL ?= $(shell uname -r)
DKMS_NAME := daxplug/$(DAXPLUG_VERSION)
DKMS_SOURCE := $(DESTDIR)/usr/src/daxplug-$(DAXPLUG_VERSION)

.PHONY: dkms-source dkms-install dkms-remove

# Made whole under another name: dkms never sees half of it, nor a file of before.
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

# The same version again, from changed sources: dkms would keep what it has built. What
# is missing is said here, once, because dkms 3.2 puts what "ready" says into its log.
dkms-install:
	@command -v $(DKMS) >/dev/null || { echo "$@: install dkms (doc/install.md)" >&2; exit 1; }
	if $(DKMS) status $(DKMS_NAME) | grep -q .; then $(DKMS) remove $(DKMS_NAME) --all; fi
	$(MAKE) --no-print-directory dkms-source DESTDIR=
	@cd /usr/src/$(subst /,-,$(DKMS_NAME)) && { ./ready /lib/modules/$(KERNEL)/build; ready=$$?; rm -rf build; exit $$ready; }
	$(DKMS) add $(DKMS_NAME)
	$(DKMS) install $(DKMS_NAME) -k $(KERNEL)

dkms-remove:
	if $(DKMS) status $(DKMS_NAME) | grep -q .; then $(DKMS) remove $(DKMS_NAME) --all; fi
	rm -rf /usr/src/daxplug-$(DAXPLUG_VERSION)
