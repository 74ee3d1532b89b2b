# SPDX-License-Identifier: GPL-2.0-only
#
#   make bench        everything that bench/rows lists; bench/run ROW for one

.PHONY: bench bench-tools

bench_tools := $(patsubst bench/tools/%.c,build/bench/%,$(wildcard bench/tools/*.c))

# Static: the guest has another C library.
bench-tools: $(bench_tools)

build/bench/%: bench/tools/%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $<

bench:
	@lab/deps || true
	@bench/run
