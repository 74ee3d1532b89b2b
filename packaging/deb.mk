# SPDX-License-Identifier: GPL-2.0-only
#
#   make deb    build Debian packages in build/deb/: the command, the library, its development
#               files, the Python module, the module for dkms (packaging/debian/)
#
# The build runs in a copy of the tree, so that the tree's own build/ does not influence it. The
# packages that it needs are installed first (lab/deps --deb).
#
# The packages are reproducible: identical bytes on every machine and at any time (make
# check-reproducible). dpkg lowers later file times to the time of the changelog but does not
# raise earlier ones, so this target sets the times of all files first.

DEB_DIR := build/deb
DEB_TREE := $(DEB_DIR)/daxplug-$(DAXPLUG_VERSION)

.PHONY: deb
deb:
	@lab/deps --deb
	@head -n 1 packaging/debian/changelog | grep -qF '($(DAXPLUG_VERSION))' || \
		{ echo "$@: packaging/debian/changelog is not of $(DAXPLUG_VERSION), as VERSION is" >&2; exit 1; }
	rm -rf $(DEB_DIR)
	mkdir -p $(DEB_TREE)
	tar -c --exclude=./.git --exclude=./build . | tar -x -C $(DEB_TREE)
	cp -r packaging/debian $(DEB_TREE)
	find $(DEB_TREE) -exec touch -h -d "@$$(dpkg-parsechangelog -l packaging/debian/changelog -S Timestamp)" {} +
	cd $(DEB_TREE) && env -u MAKEFLAGS -u MAKELEVEL dpkg-buildpackage --build=binary --no-sign \
		>../build.log 2>&1 || { tail -n 20 ../build.log >&2; exit 1; }
	rm -r $(DEB_TREE)
	@ls $(DEB_DIR)/*.deb
