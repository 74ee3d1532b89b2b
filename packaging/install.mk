# SPDX-License-Identifier: GPL-2.0-only
#
# make install: install below DESTDIR the command, the library, its Python module, manual pages
# and completions, and the systemd units and udev rules that apply the policy at boot and to
# devices that appear later. The module is installed separately (doc/install.md).

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
PYTHONDIR ?= $(PREFIX)/lib/python3/dist-packages
UNITDIR ?= $(PREFIX)/lib/systemd/system
CATALOGDIR ?= $(PREFIX)/lib/systemd/catalog
UDEVRULESDIR ?= $(PREFIX)/lib/udev/rules.d
COMPLETIONS := packaging/completion
UNITS := daxplug.service daxplug@.service daxplug-metrics.service
# These units do not contain the path of the command, so they are installed unchanged.
PLAIN_UNITS := daxplug-metrics.timer daxplug-retry.service daxplug-retry@.timer

.PHONY: install completions
# Run this after a change of cli/commands.c. The completions are kept in git, so that a build for
# another machine need not run the command.
completions: cli
	$(COMPLETIONS)/generate bash >$(COMPLETIONS)/daxplug.bash
	$(COMPLETIONS)/generate zsh >$(COMPLETIONS)/_daxplug
	$(COMPLETIONS)/generate fish >$(COMPLETIONS)/daxplug.fish

build/libdaxplug.pc: lib/libdaxplug.pc.in VERSION FORCE
	@mkdir -p $(@D)
	@sed 's,@PREFIX@,$(PREFIX),; s,@LIBDIR@,$(LIBDIR),; s,@VERSION@,$(DAXPLUG_VERSION),' $< >$@
build/%.service: packaging/systemd/%.service.in FORCE
	@mkdir -p $(@D)
	@sed 's,@SBINDIR@,$(SBINDIR),' $< >$@
FORCE:

# A page is also installed under each other name in its NAME section, such as the functions of
# the library and daxplug-unplug.
install: cli build/libdaxplug.pc $(UNITS:%=build/%)
	install -D build/daxplug $(DESTDIR)$(SBINDIR)/daxplug
	install -D -m 644 build/libdaxplug.so.0 $(DESTDIR)$(LIBDIR)/libdaxplug.so.0
	ln -sf libdaxplug.so.0 $(DESTDIR)$(LIBDIR)/libdaxplug.so
	install -D -m 644 build/libdaxplug.a $(DESTDIR)$(LIBDIR)/libdaxplug.a
	install -D -m 644 build/libdaxplug.pc $(DESTDIR)$(LIBDIR)/pkgconfig/libdaxplug.pc
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include $(wildcard lib/daxplug*.h)
	install -D -m 644 -t $(DESTDIR)$(PYTHONDIR)/daxplug $(wildcard python/daxplug/*.py)
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man8 $(wildcard doc/man/*.8)
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man5 doc/man/daxplug.conf.5
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man7 doc/man/daxplug-hooks.7
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man3 $(wildcard doc/man/*.3)
	for page in doc/man/*.[38]; do \
		section=$${page##*.}; \
		sed -n '/^\.SH NAME/{n;s/ \\-.*//;s/,//g;s/\\//g;p}' $$page | tr ' ' '\n' | while read -r name; do \
			to=$(DESTDIR)$(MANDIR)/man$$section/$$name.$$section; \
			[ -e $$to ] || echo ".so man$$section/$${page##*/}" >$$to; \
		done; \
	done
	install -D -m 644 $(COMPLETIONS)/daxplug.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/daxplug
	install -D -m 644 $(COMPLETIONS)/_daxplug $(DESTDIR)$(ZSHDIR)/_daxplug
	install -D -m 644 $(COMPLETIONS)/daxplug.fish \
		$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/daxplug.fish
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) $(UNITS:%=build/%) \
		$(PLAIN_UNITS:%=packaging/systemd/%)
	install -D -m 644 -t $(DESTDIR)$(UDEVRULESDIR) packaging/udev/90-daxplug.rules
	install -D -m 644 -t $(DESTDIR)$(CATALOGDIR) packaging/systemd/daxplug.catalog
	install -d $(DESTDIR)/etc/daxplug/daxplug.conf.d
