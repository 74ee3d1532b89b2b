# SPDX-License-Identifier: GPL-2.0-only
#
#   make bench        everything that bench/rows lists; bench/run ROW for one

.PHONY: bench

bench:
	@lab/deps || true
	@bench/run
