# SPDX-License-Identifier: GPL-2.0-only
#
#   make dist   make a release of the checked-out commit: build/dist/daxplug-VERSION.tar.gz and a
#               signed tag. SIGN=no makes only the tarball. CONTRIBUTING.md describes a release

.PHONY: dist
dist:
	@packaging/dist $(if $(filter no,$(SIGN)),--no-sign)
