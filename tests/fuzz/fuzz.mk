# SPDX-License-Identifier: GPL-2.0-only
#
#   make fuzz FUZZ_SECONDS=600    run each fuzzer for this time, with ASan and UBSan:
#		config		one file of the policy
#		sysfs		the library's readers of sysfs
#		values		sizes, times, lists and words of the policy and the command line
#		kmsg		the library's parser of the kernel's log
#		layers		the policy's files together, and the rule of a device with cards
#		doctor		what the doctor reads of the system
#   make fuzz FUZZERS="values kmsg"	run some of them

FUZZ_SECONDS ?= 30
FUZZ_CC ?= clang
FUZZERS ?= config sysfs values kmsg layers doctor
FUZZ_FLAGS := -std=gnu11 -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	$(USER_CPPFLAGS) -Icli $(shell pkg-config --cflags json-c smartcols 2>/dev/null)
FUZZ_CLI := $(filter-out cli/daxplug.c,$(CLI_SRC))

.PHONY: fuzz fuzz-build
fuzz-build: $(FUZZERS:%=build/fuzz/fuzz_%)

build/fuzz/fuzz_config build/fuzz/fuzz_sysfs build/fuzz/fuzz_kmsg build/fuzz/fuzz_layers: $(LIB_SRC)
build/fuzz/fuzz_values build/fuzz/fuzz_doctor: $(FUZZ_CLI) $(LIB_SRC)

build/fuzz/fuzz_%: tests/fuzz/fuzz_%.c
	@mkdir -p $(@D)
	$(FUZZ_CC) $(FUZZ_FLAGS) -o $@ $^ $(CLI_LIBS) $(LIB_LIBS)

# The first finding stops the run. Its input stays in build/fuzz.
fuzz: fuzz-build
	@set -e; cd build/fuzz; for name in $(FUZZERS); do \
		mkdir -p corpus_$$name; cp ../../tests/fuzz/seeds/$$name/* corpus_$$name; \
		echo "== fuzz_$$name, $(FUZZ_SECONDS) s"; \
		nice -n 19 ./fuzz_$$name -max_total_time=$(FUZZ_SECONDS) -max_len=4096 \
			-timeout=60 -close_fd_mask=2 -print_final_stats=1 -dict=../../tests/fuzz/$$name.dict \
			corpus_$$name >fuzz_$$name.log 2>&1 || { tail -n 40 fuzz_$$name.log; exit 1; }; \
		grep stat: fuzz_$$name.log | head -n 2; \
	done
