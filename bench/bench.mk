# SPDX-License-Identifier: GPL-2.0-only
#
#   make bench        measure all rows of bench/rows except those of the guest "large";
#                       bench/run ROW measures one row

.PHONY: bench

bench:
	@lab/deps || true
	@bench/run
