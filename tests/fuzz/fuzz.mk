# SPDX-License-Identifier: GPL-2.0-only
#
#   make fuzz FUZZ_SECONDS=600    the policy's parser, then the readers of sysfs,
#                                 for so long each, under ASan and UBSan

FUZZ_SECONDS ?= 30
FUZZ_CC ?= clang
FUZZ_FLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	$(USER_CPPFLAGS)

.PHONY: fuzz fuzz-build
fuzz-build: build/fuzz/fuzz_config build/fuzz/fuzz_sysfs

build/fuzz/fuzz_config: tests/fuzz/fuzz_config.c $(LIB_SRC)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $^ $(LIB_LIBS)

build/fuzz/fuzz_sysfs: tests/fuzz/fuzz_sysfs.c $(LIB_SRC)
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $^ $(LIB_LIBS)

# A finding is left in build/fuzz and ends it.
fuzz: fuzz-build
	@set -e; cd build/fuzz; for name in config sysfs; do \
		mkdir -p corpus_$$name; cp ../../tests/fuzz/seeds/$$name/* corpus_$$name; \
		echo "== fuzz_$$name, $(FUZZ_SECONDS) s"; \
		nice -n 19 ./fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -max_len=4096 \
			-timeout=60 -close_fd_mask=2 -print_final_stats=1 -dict=../../tests/fuzz/$$name.dict \
			corpus_$$name >fuzz_$$name.log 2>&1 || { tail -n 40 fuzz_$$name.log; exit 1; }; \
		grep stat: fuzz_$$name.log | head -n 2; \
	done
