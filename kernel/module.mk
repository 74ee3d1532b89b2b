# SPDX-License-Identifier: GPL-2.0-only
#
# Kernel modules. The top Makefile includes this file; the current directory is its own.
#
#   make module KDIR=<kernel headers> [BTF=<vmlinuz, vmlinux or raw BTF>]
#       build/module/<release>/kmem.ko
#   make module-ready KDIR=... [BTF=...]
#       only reports what is missing, or what the kernel lacks
#   make module KCOV=1 KDIR=...
#       build/module-kcov/<release>/kmem.ko, which records its code coverage on a kernel
#       that has KCOV
#   make module DELAYS=1 KDIR=...
#       build/module-delays/<release>/kmem.ko, which waits at its locks for random times
#       (tests/guest/delays)
#   make testmods KDIR=<kernel headers>
#       build/testmod/<release>/NAME.ko for every tests/guest/modules/NAME.c
#
# W=1, C=1, C=2 (sparse) and V=1 are passed to the kernel's build. Builds for several kernels
# may run at the same time.

module_running := $(shell uname -r)
module_wanted := $(or $(KDIR),/lib/modules/$(module_running)/build)
module_kdir := $(abspath $(module_wanted))

HOSTCC ?= cc
PKG_CONFIG ?= pkg-config
module_q := $(if $(filter-out 0,$(V)),,@)

# The release in the modules' vermagic, and whether it is older than 6.1. Do not use
# include/config/kernel.release: in Debian's headers for 6.1 its content differs.
module_facts := $(shell cd $(module_kdir)/include/generated 2>/dev/null && awk '\
	$$2 == "UTS_RELEASE" { gsub(/"/, ""); release = $$3 } \
	$$2 == "LINUX_VERSION_CODE" { age = $$3 < 6 * 65536 + 256 ? "old" : "good" } \
	END { print release, age }' utsrelease.h uapi/linux/version.h 2>/dev/null)
module_release := $(word 1,$(module_facts))

module_dir := build/module$(if $(KCOV),-kcov)$(if $(DELAYS),-delays)/$(module_release)
module_gen := $(module_dir)/generated
testmod_dir := build/testmod/$(module_release)

# module_error and module_btf_error: the first thing that is wrong with the headers and with the
# BTF. They are unset if nothing is.
ifeq ($(wildcard $(module_kdir)/.),)
module_headers := $(or $(patsubst /lib/modules/%/build,%,$(filter /lib/modules/%/build,$(module_wanted))),$(module_running))
module_error := $(module_wanted): no kernel headers there: install linux-headers-$(module_headers), or pass KDIR=<kernel headers>
else ifneq ($(words $(module_facts)),2)
module_error := $(module_wanted): not the headers of a configured kernel (no include/generated/utsrelease.h): pass KDIR=<kernel headers>
else ifeq ($(word 2,$(module_facts)),old)
module_error := Linux $(module_release) is too old: kmem needs 6.1 or later
endif

ifndef module_error
ifdef BTF
module_btf := $(BTF)
ifeq ($(wildcard $(BTF)),)
module_btf_error := BTF=$(BTF): no such file
endif
else
# Since 6.12 Debian's headers have a vmlinux with only BTF, so neither a kernel image nor a
# program that unpacks it is needed.
module_btf := $(shell for f in \
	$(if $(filter $(module_running),$(module_release)),/sys/kernel/btf/vmlinux) \
	$(module_kdir)/vmlinux \
	/boot/vmlinuz-$(module_release) /lib/modules/$(module_release)/vmlinuz \
	/usr/lib/debug/boot/vmlinux-$(module_release) \
	/usr/lib/debug/lib/modules/$(module_release)/vmlinux; do \
		[ -r $$f ] && echo $$f && break; done)
ifndef module_btf
module_btf_error := no kernel image of $(module_release) to read BTF from: install linux-image-$(module_release), or pass BTF=<vmlinuz, vmlinux or raw BTF>
endif
endif
endif

.PHONY: module module-ready testmods FORCE
FORCE:

# $(call module_kbuild,DIR,ARGS): run the kernel's build in DIR, one build at a time. The module
# is built without BTF: it has no users, it needs pahole, and a kernel may refuse a
# module whose BTF was made from another build of it. pahole's version is set to 0, because 7.3
# would otherwise warn in every build that it differs.
module_kbuild = +$(module_q)flock $(1)/.lock $(MAKE) $(if $(module_q),-s) --no-print-directory \
	-C $(module_kdir) M=$(CURDIR)/$(1) DAXPLUG=$(CURDIR) DAXPLUG_OBJ=$(CURDIR)/$(1) \
	CONFIG_DEBUG_INFO_BTF_MODULES= CONFIG_PAHOLE_VERSION=0 PAHOLE_VERSION=0 $(2) modules

# $(call module_link): make a link to the source. make and the kernel's build follow the link and
# compare the source's own time.
module_link = @mkdir -p $(@D) && ln -sfnr $< $@

# Replace a generated header only if its content changes, so that nothing is compiled again.
# $(call module_update,COMMAND,FILE)
module_update = $(module_q)$(1) >$(2).$$$$ || { rm -f $(2).$$$$; exit 1; }; \
	if cmp -s $(2).$$$$ $(2); then rm -f $(2).$$$$; else mv -f $(2).$$$$ $(2); fi

ifdef module_error

module module-ready testmods:
	@echo "$@: $(module_error)" >&2; exit 1

else

ifdef module_btf_error

module module-ready:
	@echo "$@: $(module_btf_error)" >&2; exit 1

else

module: $(module_dir)/kmem.ko

module-ready: $(module_gen)/layout.stamp $(module_gen)/have.stamp

module_links := $(addprefix $(module_dir)/, \
	$(filter-out kernel/compat/layout.c,$(wildcard kernel/*.c kernel/compat/*.c engine/*.c)) \
	$(if $(DELAYS),tests/guest/delays/delays.c))

$(module_dir)/kmem.ko: $(module_links) $(module_dir)/Kbuild $(module_gen)/layout.stamp \
		$(module_gen)/have.stamp FORCE
	@echo "  KBUILD  $@"
	$(call module_kbuild,$(module_dir),$(if $(KCOV),DAXPLUG_KCOV=y) $(if $(DELAYS),DAXPLUG_DELAYS=y))

$(module_links): $(module_dir)/%.c: %.c
	$(module_link)

$(module_dir)/Kbuild: kernel/Kbuild
	$(module_link)

# A different BTF= needs a new layout, even if that file is older.
$(module_gen)/btf.from: FORCE
	@mkdir -p $(@D)
	@echo $(abspath $(module_btf)) | cmp -s - $@ || echo $(abspath $(module_btf)) >$@

$(module_gen)/vmlinux.btf: $(module_btf) $(module_gen)/btf.from kernel/compat/btf-extract
	@echo "  BTF     $@"
	$(module_q)kernel/compat/btf-extract $< $@

# Build one layout generator for each kernel, although they are alike. The modules of two kernels
# may be built in different roots (chroots), and a program may not run in both.
$(module_gen)/layout: kernel/compat/layout.c
	@mkdir -p $(@D)
	@$(PKG_CONFIG) --exists libbpf || \
		{ echo "module: needs libbpf: install libbpf-dev and pkg-config" >&2; exit 1; }
	@echo "  HOSTCC  $@"
	$(module_q)$(HOSTCC) -std=gnu11 -O2 -g -Wall -Wextra $$($(PKG_CONFIG) --cflags libbpf) \
		-o $@ $< $$($(PKG_CONFIG) --libs libbpf)

$(module_gen)/layout.stamp: $(module_gen)/vmlinux.btf $(module_gen)/layout \
		$(if $(wildcard $(module_gen)/layout.h),,FORCE)
	@echo "  LAYOUT  $(module_gen)/layout.h"
	$(call module_update,$(module_gen)/layout $< $(module_release),$(module_gen)/layout.h)
	@touch $@

$(module_gen)/have.stamp: $(wildcard $(module_kdir)/Module.symvers) kernel/compat/probe \
		$(if $(wildcard $(module_gen)/have.h),,FORCE)
	@mkdir -p $(@D)
	@echo "  PROBE   $(module_gen)/have.h"
	$(call module_update,kernel/compat/probe $(module_kdir),$(module_gen)/have.h)
	@touch $@

endif

testmod_sources := $(wildcard tests/guest/modules/*.c)
# On other architectures the firmware or the command line marks memory as soft-reserved.
ifneq ($(ARCH),arm64)
testmod_sources := $(filter-out %/soft_reserved.c,$(testmod_sources))
endif
testmod_links := $(testmod_sources:tests/guest/modules/%=$(testmod_dir)/%)
testmod_modules := $(testmod_links:.c=.ko)

ifndef testmod_links

testmods:
	@echo "$@: tests/guest/modules/ has no modules"

else

testmods: $(testmod_links) $(testmod_dir)/Kbuild FORCE
	@echo "  KBUILD  $(testmod_dir)/"
	$(call module_kbuild,$(testmod_dir),DAXPLUG_TESTMODS="$(notdir $(testmod_links:.c=.o))")

$(testmod_modules): testmods

$(testmod_links): $(testmod_dir)/%.c: tests/guest/modules/%.c
	$(module_link)

$(testmod_dir)/Kbuild: kernel/Kbuild
	$(module_link)

endif
endif
