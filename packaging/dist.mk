# SPDX-License-Identifier: GPL-2.0-only
#
#   make dist   a release of the commit that is checked out: the tarball build/dist/daxplug-VERSION.tar.gz
#               and a signed tag. SIGN=no makes only the tarball. CONTRIBUTING.md says how to release

.PHONY: dist
dist:
	@packaging/dist $(if $(filter no,$(SIGN)),--no-sign)
